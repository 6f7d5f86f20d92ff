"""Swedish personal identity numbers as SQL on whole columns: kind, pseudonym, sex, birth month.

Own parser, because the public libraries refuse official numbers; where the key comes from is
pseudonym_key.py.
"""

from __future__ import annotations

from orchestration.loading.spreadsheet import spreadsheet_error
from orchestration.loading.sql_text import DASHES, literal, with_plain_dashes

SPREADSHEET_DAMAGE = "spoilt by a spreadsheet"
LOST_ZEROS = "leading zeros lost"
NO_BIRTH = "born after the day of receipt or before 1800"
PLACEHOLDER = "nobody's number"

INTERIM_LETTERS = "TRSUWXJKLMN"
"""First in the serial part of an interim number (personnummer/meta, specification 3.1)."""
FORM = rf"([0-8]\d|9[0-8])?\d{{6}}[-+]?[\d{INTERIM_LETTERS}]\d{{3}}"
"""Twelve digits that begin with 99 are a reservnummer of Region Stockholm."""
SCIENTIFIC = r"\d([.,]\d+)?[eE][+]?\d+"
AS_DECIMAL = r"[.,]0{1,2}"
"""What a spreadsheet or a data frame adds to a number that it takes for a quantity."""
DECIMAL_FORM = rf"(\d{{12}}|\d{{10}}){AS_DECIMAL}"
SHORT_FORM = rf"\d{{7,9}}({AS_DECIMAL})?"
"""Ten digits without their first noughts: born in one of the years that end with 00 to 09."""
SPOILT_FORM = rf"{SCIENTIFIC}|\d+{AS_DECIMAL}"
"""An id that a spreadsheet took for a quantity."""
EARLIEST_YEAR = 1800

AS_TEXT = r"""^(?:=?"+([^"]*)"+|'([^']*)'?)$"""
"""What makes a spreadsheet take a number for a text: ="1912" and '1912."""

MASK = r"[X*?#_]"
NOBODYS_FORMS = (
    r"\PN*|#DIV/0!",  # a word, a mask without a digit
    r"[0+-]+",
    *(f"[+-]*{digit}[{digit}+-]{{3,}}" for digit in range(1, 10)),
    rf"[\dX*?#_.+-]*{MASK}{{2,}}[\dX*?#_.+-]*",
    r"(\d{6}|\d{8})[-+]?(0000|9999|TF(0*|TF))",
    # a birth date alone, which everybody born that day would share
    r"(18|19|20)\d\d[-.]?(0[1-9]|1[0-2])[-.]?(0[1-9]|[12]\d|3[01])[-+]?",
    r"\d{6}[-+]",
)
"""What stands where no number is known, in capitals without spaces."""
NOBODYS_LOCAL_FORMS = (
    r"[^\pN\pL]*|#\PN*|#DIV/0!",
    r"[0+-]+",
    rf"[\d+-]*{MASK}{{2,}}",
    r"(OK[ÄA]N[DT]|EJK[ÄA]N[DT]|(UPPGIFT)?SAKNAS|UPPGIFTSAKNAS|EJANGI(VEN|VET)|ING(EN|ET))",
    r"(UNKNOWN|MISSING|NONE|NULL|NAN|N/A)",
)
"""The same of ids of the office's own, which may be any word."""

TEN_DIGITS = rf"\d{{6}}[-+ {DASHES}]?\d{{4}}"
FOUND = rf"(?:^|\D)((?:18|19|20)?{TEN_DIGITS})(?:\D|$)"
PARTS = ("key", "kind", "sex", "birth_year", "birth_month")
PART_TYPES = ("varchar", "varchar", "varchar", "smallint", "tinyint")
NUMBER_KINDS = ("personnummer", "samordningsnummer", "interim")


def person_number_steps(text: str, name: str, local_scope: str, reference: str) -> list[str]:
    """Return the steps (see sql_text.steps) that add `<name>_key` and its four companions.

    `text`: column with the number, trimmed, null when blank. `local_scope`: column that says where
    an id without national format is unique, `source|area`. `reference`: column with the date on
    which a two-digit year is read, and after which nobody is born. Query parameters: `inner_pad`
    and `outer_pad` (pseudonym_key.hmac_parameters).

    A number is twelve or ten digits, with or without a dash, `+` and spaces, or with the decimal
    nought of a spreadsheet behind it:

    - personnummer: a calendar day (FOL 1991:481 18 §).
    - samordningsnummer: day + 60 (2022:1697 2 kap. 8 §). Skatteverket's own list has month 00,
      day 00 and days that no month has, so the checksum decides; for month 00 the birth month is
      null.
    - interim: the serial part starts with a letter, which counts as 1 in the checksum.

    Ten digits: `-` or nothing is the latest century in which the birth is not in the future, `+`
    the latest in which the person turned 100 by the reference year.

    Of the rest, `placeholder` is what stands for no number (a word, a mask, a birth date alone):
    it has no key, so that its row is a person of its own. Everything else that is not blank is
    `local` (reservnummer, ids of the municipality), also what looks like a number but fails its
    checksum: the row counts, its sex is what the system's own column says, and its key is unique
    within `local_scope`. It is no fault of the row, since reservnummer look exactly so.

    `<name>_damage` is what has happened to a number that is none any more, else null.
    """
    n = f"_{name}"
    is_right = f"{n}_is_luhn and not {n}_is_short"
    return [
        f"{_without_quotes(with_plain_dashes(text))} as {n}_text",
        f"upper(replace({n}_text, ' ', '')) as {n}_plain",
        f"""
        case
            when regexp_full_match({n}_plain, {literal(FORM)})
            then replace(replace({n}_plain, '-', ''), '+', '')
            when regexp_full_match({n}_plain, {literal(DECIMAL_FORM)})
            then regexp_replace({n}_plain, '{AS_DECIMAL}$', '')
            when regexp_full_match({n}_plain, {literal(SHORT_FORM)})
            then lpad(regexp_replace({n}_plain, '{AS_DECIMAL}$', ''), 10, '0')
        end as {n}_digits
        """,
        f"right({n}_digits, 10) as {n}_short",
        f"""
        cast(left({n}_short, 2) as integer) as {n}_yy,
        cast(substr({n}_short, 3, 2) as integer) as {n}_month,
        cast(substr({n}_short, 5, 2) as integer) as {n}_day,
        substr({n}_short, 7, 1) > '9' as {n}_is_interim,
        case
            when {n}_digits < '1'
            then regexp_full_match({n}_plain, {literal(SHORT_FORM)})
            else false
        end as {n}_is_short,
        cast(regexp_replace({n}_short, '[A-Z]', '1') as bigint) as {n}_luhn
        """,
        f"""
        case when {n}_day >= 60 then {n}_day - 60 else {n}_day end as {n}_birth_day,
        {_is_luhn(f"{n}_luhn")} as {n}_is_luhn,
        {n}_luhn // 10 % 1000 as {n}_serial
        """,
        f"""
        case
            when length({n}_digits) = 12
            then cast(left({n}_digits, 4) as integer)
            when contains({n}_plain, '+')
            then year({reference}) - 100 - (year({reference}) - 100 - {n}_yy) % 100
            when
                {n}_yy = year({reference}) % 100
                and {n}_month * 100 + {n}_birth_day > month({reference}) * 100 + day({reference})
            then year({reference}) - 100
            else year({reference}) - (year({reference}) - {n}_yy) % 100
        end as {n}_year
        """,
        f"""
        {n}_month between 1 and 12
        and {n}_day between 1 and case
            when {n}_month in (4, 6, 9, 11)
            then 30
            when {n}_month <> 2
            then 31
            when {n}_year % 4 = 0 and ({n}_year % 100 <> 0 or {n}_year % 400 = 0)
            then 29
            else 28
        end as {n}_is_day
        """,
        f"""
        case
            when {text} is null
            then null
            when {is_right} and {n}_is_day and {n}_is_interim
            then 'interim'
            when {is_right} and {n}_is_day and {n}_serial > 0
            then 'personnummer'
            when
                {is_right}
                and {n}_serial > 0
                and not {n}_is_interim
                and {n}_month <= 12
                and {n}_day between 60 and 91
            then 'samordningsnummer'
            when {_is_form(f"{n}_plain", NOBODYS_FORMS)}
            then 'placeholder'
            else 'local'
        end as {name}_kind
        """,
        f"""
        case
            when {_is_number(name)}
            then
                case
                    when
                        {n}_year < {EARLIEST_YEAR}
                        or {n}_year > year({reference})
                        or (
                            {n}_year = year({reference})
                            and {n}_month * 100 + {n}_birth_day
                            > month({reference}) * 100 + day({reference})
                        )
                    then {literal(NO_BIRTH)}
                end
            when {name}_kind = 'local'
            then
                case
                    when {n}_is_short and {n}_is_luhn and {n}_is_day and {n}_serial > 0
                    then {literal(LOST_ZEROS)}
                    when regexp_full_match({n}_plain, {literal(SPOILT_FORM)})
                    then {literal(SPREADSHEET_DAMAGE)}
                end
            when {name}_kind = 'placeholder'
            then {spreadsheet_error(f"{n}_plain")}
        end as {name}_damage
        """,
        f"""
        case
            when {_is_number(name)}
            then lpad(cast({n}_year as varchar), 4, '0') || right({n}_short, 8)
            when {name}_kind = 'local'
            then 'local|' || {local_scope} || '|' || {n}_text
        end as {n}_identity
        """,
        *_pseudonym(name),
        f"""
        case when {_is_number(name)} and {n}_serial % 2 = 0 then 'women'
            when {_is_number(name)} then 'men' end as {name}_sex,
        case when {_is_number(name)} then cast({n}_year as smallint) end as {name}_birth_year,
        case when {_is_number(name)} then cast(nullif({n}_month, 0) as tinyint) end
            as {name}_birth_month
        """,
    ]


def local_id_steps(text: str, name: str, local_scope: str) -> list[str]:
    """Return the steps for ids that are no person numbers: never read as one, whatever they hold.

    The columns are those of person_number_steps; sex and birth are not known.
    """
    n = f"_{name}"
    return [
        f"{_without_quotes(with_plain_dashes(text))} as {n}_text",
        f"upper(replace({n}_text, ' ', '')) as {n}_plain",
        f"""
        case
            when {text} is null
            then null
            when {_is_form(f"{n}_plain", NOBODYS_LOCAL_FORMS)}
            then 'placeholder'
            else 'local'
        end as {name}_kind
        """,
        f"""
        case
            when {name}_kind = 'local'
            then
                case
                    when regexp_full_match({n}_plain, {literal(SPOILT_FORM)})
                    then {literal(SPREADSHEET_DAMAGE)}
                end
            when {name}_kind = 'placeholder'
            then {spreadsheet_error(f"{n}_plain")}
        end as {name}_damage,
        case when {name}_kind = 'local' then 'local|' || {local_scope} || '|' || {n}_text end
            as {n}_identity
        """,
        *_pseudonym(name),
        f"""
        cast(null as varchar) as {name}_sex,
        cast(null as smallint) as {name}_birth_year,
        cast(null as tinyint) as {name}_birth_month
        """,
    ]


def found_number(text: str) -> str:
    """Return the SQL of the ten digits within a text that may be a person number, else null."""
    found = f"regexp_extract({text}, {literal(FOUND)}, 1)"
    digits = f"right(regexp_replace({found}, '\\D', '', 'g'), 10)"
    return f"case when strlen({text}) >= 10 then try_cast({digits} as bigint) end"


def is_person_number(digits: str) -> str:
    """Return the SQL that says whether ten digits as a number are one of a person.

    `digits`: a column. One of ten is by chance: what has a day in its place is looked at only.
    """
    return (
        f"{digits} // 1000000 % 100 between 1 and 12 "
        f"and {digits} // 10000 % 100 % 60 between 1 and 31 "
        f"and {digits} // 10 % 1000 > 0 and {_is_luhn(digits)}"
    )


def _without_quotes(text: str) -> str:
    return rf"trim(regexp_replace({text}, {literal(AS_TEXT)}, '\1\2'))"


def _is_luhn(number: str) -> str:
    """Return the SQL that says whether the checksum of ten digits as a number is right."""
    odd = [f"({number} // {10**place} % 10)" for place in range(1, 10, 2)]
    even = [f"({number} // {10**place} % 10)" for place in range(0, 10, 2)]
    total = " + ".join([*even, *(f"{digit} * 2 % 10 + {digit} // 5" for digit in odd)])
    return f"({total}) % 10 = 0"


def _is_number(name: str) -> str:
    kinds = ", ".join(literal(kind) for kind in NUMBER_KINDS)
    return f"{name}_kind in ({kinds})"


def _is_form(plain: str, forms: tuple[str, ...]) -> str:
    return f"regexp_full_match({plain}, {literal('|'.join(f'(?:{form})' for form in forms))})"


def _pseudonym(name: str) -> list[str]:
    n = f"_{name}"
    return [
        f"sha256($inner_pad || encode({n}_identity)) as {n}_inner",
        f"left(sha256($outer_pad || unhex({n}_inner)), 32) as {name}_key",
    ]

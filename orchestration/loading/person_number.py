"""Swedish personal identity numbers as SQL on whole columns: kind, pseudonym, sex, birth month.

Own parser, because the public libraries refuse official numbers; where the key comes from is
pseudonym_key.py.
"""

from __future__ import annotations

from orchestration.loading.sql_text import literal

INTERIM_LETTERS = "TRSUWXJKLMN"
"""First in the serial part of an interim number (personnummer/meta, specification 3.1)."""
FORM = f"([0-9]{{2}})?[0-9]{{6}}[-+]?[0-9{INTERIM_LETTERS}][0-9]{{3}}"
PARTS = ("key", "kind", "sex", "birth_year", "birth_month")
PART_TYPES = ("varchar", "varchar", "varchar", "smallint", "tinyint")


def person_number_steps(text: str, name: str, local_scope: str, reference: str) -> list[str]:
    """Return the steps (see sql_text.steps) that add `<name>_key` and its four companions.

    `text`: column with the number, trimmed, null when blank. `local_scope`: column that says where
    an id without national format is unique, `source|area`. `reference`: column with the date on
    which a two-digit year is read. Query parameters: `inner_pad` and `outer_pad`
    (pseudonym_key.hmac_parameters).

    A number is twelve or ten digits, with or without `-`, `+` and spaces:

    - personnummer: a calendar day (FOL 1991:481 18 §).
    - samordningsnummer: day + 60 (2022:1697 2 kap. 8 §). Skatteverket's own list has month 00,
      day 00 and days that no month has, so the checksum decides; for month 00 the birth month is
      null.
    - interim: the serial part starts with a letter, which counts as 1 in the checksum.

    Ten digits: `-` or nothing is the latest century in which the birth is not in the future, `+`
    the latest in which the person turned 100 by the reference year.

    Everything else that is not blank is `local` (reservnummer, ids of the municipality), also
    what looks like a number but fails its checksum: the row counts, its sex is what the system's
    own column says, and its key is unique within `local_scope`. It is no fault of the row, since
    reservnummer look exactly so.
    """
    n = f"_{name}"
    odd = [f"({n}_luhn // {10**place} % 10)" for place in range(1, 10, 2)]
    even = [f"({n}_luhn // {10**place} % 10)" for place in range(0, 10, 2)]
    luhn_sum = " + ".join([*even, *(f"{digit} * 2 % 10 + {digit} // 5" for digit in odd)])
    is_number = f"{name}_kind <> 'local'"
    return [
        f"upper(replace({text}, ' ', '')) as {n}_plain",
        f"""
        case
            when regexp_full_match({n}_plain, {literal(FORM)})
            then replace(replace({n}_plain, '-', ''), '+', '')
        end as {n}_digits
        """,
        f"right({n}_digits, 10) as {n}_short",
        f"""
        cast(left({n}_short, 2) as integer) as {n}_yy,
        cast(substr({n}_short, 3, 2) as integer) as {n}_month,
        cast(substr({n}_short, 5, 2) as integer) as {n}_day,
        substr({n}_short, 7, 1) > '9' as {n}_is_interim,
        cast(regexp_replace({n}_short, '[A-Z]', '1') as bigint) as {n}_luhn
        """,
        f"""
        case when {n}_day >= 60 then {n}_day - 60 else {n}_day end as {n}_birth_day,
        ({luhn_sum}) % 10 = 0 as {n}_is_luhn,
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
            when {n}_is_luhn and {n}_is_day and {n}_is_interim
            then 'interim'
            when {n}_is_luhn and {n}_is_day and {n}_serial > 0
            then 'personnummer'
            when
                {n}_is_luhn
                and {n}_serial > 0
                and not {n}_is_interim
                and {n}_month <= 12
                and {n}_day between 60 and 91
            then 'samordningsnummer'
            else 'local'
        end as {name}_kind
        """,
        f"""
        sha256(
            $inner_pad || encode(
                case
                    when {is_number}
                    then lpad(cast({n}_year as varchar), 4, '0') || right({n}_short, 8)
                    else 'local|' || {local_scope} || '|' || {text}
                end
            )
        ) as {n}_inner
        """,
        f"""
        left(sha256($outer_pad || unhex({n}_inner)), 32) as {name}_key,
        case when {is_number} and {n}_serial % 2 = 0 then 'women' when {is_number} then 'men' end
            as {name}_sex,
        case when {is_number} then cast({n}_year as smallint) end as {name}_birth_year,
        case when {is_number} then cast(nullif({n}_month, 0) as tinyint) end as {name}_birth_month
        """,
    ]

"""What spreadsheets write in place of a value, whatever the format it comes in.

Reading a workbook is workbook.py.
"""

from __future__ import annotations

from orchestration.loading.sql_text import literal

ERROR_CELL, NEVER_COMPUTED = "error of a spreadsheet", "formula that was never computed"

UNCOMPUTED = "#UNCOMPUTED!"
"""How workbook.py writes a formula without a value."""
ERROR_FORM = r"#(?:N/A|[\p{Lu}/0]+[!?])"
"""What spreadsheets of any language show for a value that cannot be: #N/A, #SAKNAS!, #DIV/0!."""


def spreadsheet_error(text: str) -> str:
    """Return the SQL that names what a spreadsheet wrote in place of a value, else null."""
    return (
        f"case when {text} = '{UNCOMPUTED}' then '{NEVER_COMPUTED}' "
        f"when regexp_full_match({text}, {literal(ERROR_FORM)}) then '{ERROR_CELL}' end"
    )

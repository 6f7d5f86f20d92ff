"""Exports to raw tables: the small public face of this folder, which never imports Dagster.

Everything else in here is for its own modules.
"""

from orchestration.loading.contract import ContractError, SourceTable, parse_source_table, read_axes
from orchestration.loading.delivery import check_file, load_table, unmatched_files
from orchestration.loading.file_name import landing_files
from orchestration.loading.outcome import FileOutcome, Problem
from orchestration.loading.pseudonym_key import make_key, read_key
from orchestration.loading.raw_tables import ensure_raw_tables, open_raw
from orchestration.loading.reading_apart import apart

__all__ = [
    "ContractError",
    "FileOutcome",
    "Problem",
    "SourceTable",
    "apart",
    "check_file",
    "ensure_raw_tables",
    "landing_files",
    "load_table",
    "make_key",
    "open_raw",
    "parse_source_table",
    "read_axes",
    "read_key",
    "unmatched_files",
]

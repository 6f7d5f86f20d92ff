"""Exports to raw tables: the small public face of this folder, which never imports Dagster.

Everything else in here is for its own modules.
"""

from orchestration.loading.contract import ContractError, SourceTable, parse_source_table, read_axes
from orchestration.loading.delivery import (
    UnclaimedFileError,
    check_file,
    load_table,
    unmatched_files,
)
from orchestration.loading.delivery_log import IS_COUNTED
from orchestration.loading.file_name import find_files, landing_files
from orchestration.loading.outcome import FileOutcome, Problem, Signal
from orchestration.loading.participants import (
    Participants,
    participant_faults,
    read_participants,
)
from orchestration.loading.pseudonym_key import make_key, read_key
from orchestration.loading.raw_tables import RESTORE_RAW, ensure_raw_tables, open_raw
from orchestration.loading.reading_apart import apart
from orchestration.loading.rekeying import check_key, is_key_of, rekey

__all__ = [
    "IS_COUNTED",
    "RESTORE_RAW",
    "ContractError",
    "FileOutcome",
    "Participants",
    "Problem",
    "Signal",
    "SourceTable",
    "UnclaimedFileError",
    "apart",
    "check_file",
    "check_key",
    "ensure_raw_tables",
    "find_files",
    "is_key_of",
    "landing_files",
    "load_table",
    "make_key",
    "open_raw",
    "parse_source_table",
    "participant_faults",
    "read_axes",
    "read_key",
    "read_participants",
    "rekey",
    "unmatched_files",
]

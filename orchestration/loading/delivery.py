"""The files of a source table into the raw file: skipped, refused or loaded, and logged.

A batch of files is one transaction; reading and checking it happens elsewhere: reading_apart.py.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from orchestration.errors import JamviktError
from orchestration.loading.checking import landed_names
from orchestration.loading.delivery_log import DeliveryLog
from orchestration.loading.file_name import (
    Coverage,
    find_files,
    landing_files,
    read_coverage,
)
from orchestration.loading.outcome import FileOutcome, Problem, UnreadableFileError
from orchestration.loading.pseudonym_key import keys_in
from orchestration.loading.raw_tables import ensure_raw_tables, open_raw
from orchestration.loading.reading_apart import (
    QUARANTINED,
    READ,
    ROWS,
    UNHASHED,
    BatchError,
    BatchToRead,
    FileRead,
    FileToRead,
    Hashed,
    ReaderDiedError,
    apart,
    hash_files,
    killed,
    read_batch,
)
from orchestration.loading.rekeying import check_key, renewed
from orchestration.loading.signals import read_signals, told
from orchestration.loading.sql_text import identifier

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from orchestration.loading.contract import SourceTable
    from orchestration.loading.participants import Participants
    from orchestration.workspace import Workspace

WITHDRAWN = "it was taken back by `jamvikt withdraw`"
NO_KEY = bytes(32)
"""Stands in where rows are judged and nothing is kept."""
BATCH_FILES, BATCH_BYTES = 64, 64 * 2**20
"""What is read, checked and committed together at the most; a larger file is a batch by itself."""


class UnclaimedFileError(JamviktError):
    """No source table is waiting for a file of this name."""


def load_table(
    raw_file: Path,
    table: SourceTable,
    landing_dir: Path,
    *,
    key: bytes,
    axes: Mapping[str, frozenset[str]],
    participants: Participants,
    now: datetime,
    workspace: Workspace,
    on_file: Callable[[FileOutcome], None] = lambda _: None,
) -> list[FileOutcome]:
    """Load the files of one source table, in name order, in batches that are one transaction each.

    A file is skipped when the last that was loaded under its name was the same bytes under the same
    contract; the same bytes under another name are another area, month or day. `key`: from
    read_key. `axes`: from read_axes. `participants`: from read_participants. `now`: stands in for a
    file name without date. `workspace`: where text lies while it is read. `on_file` is called after
    each file. Raises ContractError for an axis or code that does not exist and JamviktError when
    the raw file cannot be used; a file that cannot be read is an outcome.
    """
    outcomes = []
    with open_raw(raw_file, workspace) as connection:
        ensure_raw_tables(connection, [table])
        check_key(connection, key)
        loader = _Loader.start(connection, table, axes, participants, key, now, workspace)
        for batch in _batches(loader.find(landing_dir)):
            for outcome in loader.load(batch):
                outcomes.append(outcome)
                on_file(outcome)
    return outcomes


def check_file(
    file: Path,
    tables: Iterable[SourceTable],
    *,
    axes: Mapping[str, frozenset[str]],
    participants: Participants,
    now: datetime,
    workspace: Workspace,
    raw_file: Path | None = None,
) -> FileOutcome:
    """Say what would become of a file, which lies in a folder with the name of its source.

    Writes nothing. With `raw_file`, what is loaded already is taken into account. Raises
    UnclaimedFileError when no source table is waiting for such a file.
    """
    table, file_name = _find_table(file.absolute(), tuple(tables))
    is_loaded = raw_file is not None and raw_file.is_file()
    place = raw_file if raw_file is not None and is_loaded else workspace.folder / "empty.duckdb"
    with open_raw(place, workspace, read_only=is_loaded) as connection:
        if not is_loaded:
            ensure_raw_tables(connection, [table])
        loader = _Loader.start(connection, table, axes, participants, NO_KEY, now, workspace)
        (hashed,) = _hashed([file])
        return loader.judge(_Delivery(file, file_name, hashed, loader.unknown))


def unmatched_files(landing_dir: Path, tables: Iterable[SourceTable]) -> list[Path]:
    """Return the files in landing that no source table is waiting for, in name order."""
    matched = {file for table in tables for file in find_files(table, landing_dir)}
    return [file for file in landing_files(landing_dir) if file not in matched]


@dataclass
class _Delivery:
    """A file on its way into the raw file."""

    file: Path
    file_name: str
    hashed: Hashed
    coverage: Coverage
    """What its name says; nothing until that is read."""
    read: FileRead | None = None
    """What reading it came to; None where it was loaded before."""
    file_no: int | None = None
    """Its place among the files of the batch that are read."""


def _hashed(files: Sequence[Path]) -> list[Hashed]:
    """Hash files; where the reader dies of it, each by itself says which it was."""
    try:
        return apart(hash_files, files)
    except ReaderDiedError:
        if len(files) > 1:
            return [hashed for file in files for hashed in _hashed([file])]
        return [Hashed(unreadable=UNHASHED) for _ in files]


def _batches(deliveries: list[_Delivery]) -> Iterator[list[_Delivery]]:
    """Share out files so that a batch is small enough to lose in a crash."""
    batch: list[_Delivery] = []
    total = 0
    for delivery in deliveries:
        size = delivery.hashed.state.size
        if batch and (len(batch) == BATCH_FILES or total + size > BATCH_BYTES):
            yield batch
            batch, total = [], 0
        batch.append(delivery)
        total += size
    if batch:
        yield batch


@dataclass(frozen=True)
class _Loader:
    """Loads the files of one source table."""

    connection: DuckDBPyConnection
    table: SourceTable
    axes: Mapping[str, frozenset[str]]
    key: bytes
    now: datetime
    workspace: Workspace
    contract_hash: str
    participants: Participants
    log: DeliveryLog

    @classmethod
    def start(
        cls,
        connection: DuckDBPyConnection,
        table: SourceTable,
        axes: Mapping[str, frozenset[str]],
        participants: Participants,
        key: bytes,
        now: datetime,
        workspace: Workspace,
    ) -> _Loader:
        table.check_axes(axes)
        contract_hash = table.fingerprint(axes)
        log = DeliveryLog(connection, table, now)
        return cls(connection, table, axes, key, now, workspace, contract_hash, participants, log)

    @property
    def unknown(self) -> Coverage:
        """What is said of a file whose name cannot be read."""
        return Coverage(self.table.contract.area, None, None, None, self.now, (None,))

    def find(self, landing_dir: Path) -> list[_Delivery]:
        """Return the files in landing, hashed."""
        files = find_files(self.table, landing_dir)
        folder = landing_dir / self.table.source_name
        return [
            _Delivery(file, file.relative_to(folder).as_posix(), hashed, self.unknown)
            for file, hashed in zip(files, _hashed(files), strict=True)
        ]

    def load(self, deliveries: list[_Delivery]) -> list[FileOutcome]:
        """Load a batch in one transaction; return what became of each file."""
        import duckdb

        try:
            self._read(deliveries)
        except BatchError:
            return [outcome for each in deliveries for outcome in self.load([each])]
        outcomes = []
        loaded: dict[int, int] = {}
        self.connection.begin()
        try:
            for delivery in deliveries:
                outcome = self._outcome(delivery)
                outcomes.append(outcome)
                told_of = (outcome, delivery.hashed.sha256, self.contract_hash)
                if outcome.status == "loaded" and delivery.file_no is not None:
                    loaded[delivery.file_no] = self._add(delivery, outcome)
                elif outcome.status == "refused" and not self.log.is_refused(*told_of):
                    self._add(delivery, outcome)
            self.log.write()
            if loaded:
                self._insert_rows(loaded)
            self.connection.commit()
        except BaseException:
            with suppress(duckdb.Error):  # a commit that failed has left nothing to roll back
                self.connection.rollback()
            raise
        return outcomes

    def judge(self, delivery: _Delivery) -> FileOutcome:
        """Say what would become of a file, and write nothing."""
        self._read([delivery])
        return self._outcome(delivery)

    def _read(self, deliveries: list[_Delivery]) -> None:
        """Have files read and checked that have not been loaded before.

        Raises BatchError where one of several is the fault of the whole.
        """
        files: list[FileToRead] = []
        for delivery in deliveries:
            if self._is_known(delivery):
                continue
            try:
                delivery.coverage = read_coverage(self.table, delivery.file_name, self.now)
                self.participants.check(self.table, delivery.coverage)
            except UnreadableFileError as error:
                delivery.read = FileRead(unreadable=(error.message, error.fix))
                continue
            if unreadable := delivery.hashed.unreadable:
                delivery.read = FileRead(unreadable=unreadable)
                continue
            file = FileToRead(
                *(delivery.file, delivery.file_name),
                *(delivery.coverage, delivery.hashed.state),
            )
            for_good = killed(self._batch(file), is_again=True)
            if self._was_refused(delivery, for_good):
                delivery.read = FileRead(unreadable=for_good)
                continue
            delivery.file_no = len(files)
            files.append(file)
        if not files:
            return
        batch = self._batch(*files)
        try:
            reads = apart(read_batch, batch)
        except ReaderDiedError:
            shutil.rmtree(self.workspace.folder / READ, ignore_errors=True)
            if len(files) > 1:
                raise BatchError from None
            (delivery,) = (each for each in deliveries if each.file_no is not None)
            is_again = self._was_refused(delivery, killed(batch, is_again=False))
            reads = [FileRead(unreadable=killed(batch, is_again=is_again))]
        for delivery in deliveries:
            if delivery.file_no is not None:
                delivery.read = reads[delivery.file_no]

    def _batch(self, *files: FileToRead) -> BatchToRead:
        first_key = keys_in(self.key)[0]
        return BatchToRead(files, self.table, self.axes, first_key, self.workspace)

    def _was_refused(self, delivery: _Delivery, fault: tuple[str, str]) -> bool:
        """Return whether the same bytes were refused for the same fault before."""
        outcome = _refused(self._loaded(delivery), [fault])
        return self.log.is_refused(outcome, delivery.hashed.sha256, self.contract_hash)

    def _loaded(self, delivery: _Delivery) -> FileOutcome:
        table = self.table
        return FileOutcome(table.source_name, table.table_name, delivery.file_name, "loaded")

    def _is_known(self, delivery: _Delivery) -> bool:
        """Return whether these bytes were loaded last under their name, as they would be now.

        What has been taken back does not come again by itself.
        """
        last = self.log.last_loaded(delivery.file_name)
        if last is None or last.sha256 != delivery.hashed.sha256:
            return False
        return last.contract_hash == self.contract_hash or last.withdrawn_at is not None

    def _outcome(self, delivery: _Delivery) -> FileOutcome:
        """Say what is to become of a file that has been read, or need not be."""
        table, read = self.table, delivery.read
        outcome = self._loaded(delivery)
        if read is None:
            last = self.log.last_loaded(delivery.file_name)
            reason = WITHDRAWN if last and last.withdrawn_at else None
            return replace(outcome, status="skipped", reason=reason)
        if read.stopped:
            raise JamviktError(f"{delivery.file_name}: {read.stopped[0]}", read.stopped[1])
        if read.unreadable:
            return _refused(outcome, [read.unreadable])
        if read.checked is None or read.seen is None:
            raise RuntimeError(f"{delivery.file_name}: {read.failed}")
        counts = read.checked.counts
        before = self.log.before(delivery.coverage, delivery.hashed.sha256)
        is_elsewhere = self.log.is_elsewhere(delivery.hashed.sha256, delivery.coverage.area_code)
        outcome = replace(
            outcome,
            undeclared_columns=read.seen.undeclared_columns,
            undeclared_places=read.seen.undeclared_places,
            rows_in_file=counts.rows,
            rows_quarantined=counts.rows_quarantined,
            problems=read.checked.problems,
            signals=read_signals(table, counts, read.seen, before, is_elsewhere=is_elsewhere),
        )
        faults = [
            told(signal, table, counts, read.seen, before)
            for signal in outcome.signals
            if signal.is_over
        ]
        if faults:
            return _refused(outcome, faults)
        return replace(outcome, rows_loaded=counts.rows - counts.rows_quarantined)

    def _add(self, delivery: _Delivery, outcome: FileOutcome) -> int:
        """Add a delivery to the log; return its delivery_id."""
        return self.log.add(outcome, delivery.coverage, delivery.hashed.sha256, self.contract_hash)

    def _insert_rows(self, loaded: Mapping[int, int]) -> None:
        """Insert the rows of files that are loaded, and the reasons of the others among them.

        `loaded`: delivery_id by number in the batch.
        """
        names: list[str] = []
        values: list[str] = []
        pads: dict[str, bytes] = {}
        for column in self.table.landed_columns:
            for name in landed_names(column):
                value = identifier(name)
                names.append(value)
                if column.contract.identity and name == f"{column.name}_key":
                    value, pads = renewed(value, keys_in(self.key)[1:])
                values.append(value)
        relation = f"{identifier(self.table.source_name)}.{identifier(self.table.table_name)}"
        deliveries = (
            "(select cast(unnest($file_nos) as integer) as file_no, "
            "cast(unnest($delivery_ids) as bigint) as delivery_id)"
        )
        parameters = {"file_nos": list(loaded), "delivery_ids": list(loaded.values())}
        folder = self.workspace.folder
        self.connection.execute(
            f"insert into {relation} "
            f"({', '.join(names)}, _delivery_id, _row_number, _area_code, _period_month) "
            f"select {', '.join(values)}, "
            "delivery.delivery_id, _row_number, delivery.area_code, _period_month "
            f"from read_parquet($file) inner join {deliveries} as new using (file_no) "
            "inner join log.delivery as delivery on new.delivery_id = delivery.delivery_id "
            "order by delivery.delivery_id, _row_number",
            {**parameters, **pads, "file": str(folder / ROWS)},
        )
        if (folder / QUARANTINED).is_file():
            self.connection.execute(
                "insert into log.quarantined_row "
                "select new.delivery_id, row_number, column_name, reason "
                f"from read_parquet($file) inner join {deliveries} as new using (file_no) "
                "order by new.delivery_id, row_number, column_name",
                {**parameters, "file": str(folder / QUARANTINED)},
            )


def _refused(outcome: FileOutcome, faults: Sequence[tuple[str, str]]) -> FileOutcome:
    """Return the outcome of a file that is refused for faults with a message and a fix each."""
    problems = [Problem(None, None, f"{outcome.file_name}: {said}", fix) for said, fix in faults]
    return replace(
        outcome,
        status="refused",
        reason="; ".join(f"{message} (fix: {fix})" for message, fix in faults),
        problems=(*problems, *outcome.problems),
    )


def _find_table(file: Path, tables: tuple[SourceTable, ...]) -> tuple[SourceTable, str]:
    """Return the source table that waits for a file, and the file's name below its source."""
    for table in tables:
        for folder in file.parents:
            file_name = file.relative_to(folder).as_posix()
            if folder.name == table.source_name and table.contract.file_name_pattern.fullmatch(
                file_name
            ):
                return table, file_name
    source_name = file.parent.name
    waiting = [table.contract.files for table in tables if table.source_name == source_name]
    if not waiting:
        raise UnclaimedFileError(
            f"No source is called {source_name}, the folder of the file",
            f"lay it in a folder named after its source: "
            f"{', '.join(sorted({table.source_name for table in tables}))}",
        )
    raise UnclaimedFileError(
        f"The source {source_name} waits for no file of this name",
        f"name it like one of {', '.join(waiting)}",
    )

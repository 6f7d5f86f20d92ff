"""Dagster's log of events in SQLite as it ships, by one connection a file, not one an event.

A night has some six hundred events. Their file is for looking back: losing the last of them when
the machine loses its power is no loss of data, so nobody waits for the disk.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from sqlalchemy.pool import StaticPool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dagster._serdes import ConfigurableClassData


class OneConnectionEventLogStorage(SqliteEventLogStorage):
    """The same files and rows; named in dagster.yaml."""

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Any
    ) -> OneConnectionEventLogStorage:
        """Return the storage of a DAGSTER_HOME, where Dagster itself would have it."""
        return cls(str(Path(config_value["base_dir"], "history", "runs")), inst_data)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[sqlalchemy.Connection]:
        with self._db_lock, self._engine(shard).begin() as connection:
            yield connection

    def _engine(self, shard: str) -> sqlalchemy.Engine:
        engines: dict[str, sqlalchemy.Engine] = self.__dict__.setdefault("_engines", {})
        if shard not in engines:
            engine = sqlalchemy.create_engine(
                self.conn_string_for_shard(shard),
                poolclass=StaticPool,
                connect_args={
                    "timeout": SQLITE_BUSY_TIMEOUT_SECONDS,
                    "check_same_thread": False,
                },
            )
            self._initdb(engine)
            with engine.connect() as connection:
                connection.execute(sqlalchemy.text("pragma synchronous = off"))
            engines[shard] = engine
        return engines[shard]

    def delete_events(self, run_id: str) -> None:
        """Delete what is known of a run, and the file that held it."""
        super().delete_events(run_id)
        with self._db_lock:
            self._engine(run_id).dispose()
            del self.__dict__["_engines"][run_id]
            Path(self.path_for_shard(run_id)).unlink()

    def dispose(self) -> None:
        """Close the files."""
        with ExitStack() as stack:
            stack.callback(super().dispose)
            for engine in self.__dict__.pop("_engines", {}).values():
                engine.dispose()

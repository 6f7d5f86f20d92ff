"""Takes a delivery back: the command `jamvikt withdraw`.

Nothing is deleted: the log says since when and why the rows of the delivery no longer count.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from orchestration.errors import JamviktError
from orchestration.loading import ensure_raw_tables, open_raw
from orchestration.night.night import hold_night

if TYPE_CHECKING:
    from orchestration.settings import Settings


def withdraw(settings: Settings, delivery: str, reason: str) -> str:
    """Take a delivery back and return which it was.

    `delivery`: its delivery_id, or `<source>/<file name>` for the last that counts under the name.
    What was built as of an earlier moment keeps it. The same bytes under the same name are not
    loaded again. Raises JamviktError where no such delivery counts, and while a night runs.
    """
    if not settings.raw_file.is_file():
        raise JamviktError("Nothing has been loaded yet", "run a night first")
    source_name, _, file_name = delivery.partition("/")
    is_number = delivery.isdigit()
    with (
        hold_night(settings) as night,
        open_raw(settings.raw_file, night.workspace) as connection,
    ):
        ensure_raw_tables(connection, [])
        found = connection.execute(
            "select delivery_id, source_name || '/' || file_name from log.delivery "
            "where status = 'loaded' and withdrawn_at is null and "
            "(delivery_id = $delivery_id or source_name = $source_name and file_name = $file_name) "
            "order by delivery_id desc limit 1",
            {
                "delivery_id": int(delivery) if is_number else None,
                "source_name": source_name,
                "file_name": file_name,
            },
        ).fetchone()
        if found is None:
            raise JamviktError(
                f"No delivery that counts is {delivery}",
                "say its delivery_id of quality.dq_deliveries, or <source>/<file name>",
            )
        connection.execute(
            "update log.delivery set withdrawn_at = $now, withdrawn_reason = $reason "
            "where delivery_id = $delivery_id",
            {"now": datetime.now(UTC), "reason": reason, "delivery_id": found[0]},
        )
    return f"{found[1]} (delivery {found[0]})"

"""A clock that is set back, changes to winter time, or meets a leap day."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from loading_support import HEADER, NAME, ROW, Landing
from test_publishing import _publish

from orchestration.night.night import _new_night_id
from orchestration.publishing.release import current_release
from tests.conftest import installation

if TYPE_CHECKING:
    from pathlib import Path

STOCKHOLM = ZoneInfo("Europe/Stockholm")


def test_releases_are_pruned_in_the_order_they_were_made(tmp_path: Path) -> None:
    """Those of a clock that was behind sort before older ones."""
    for release_id in ("2026-11-24", "2026-11-25", "2019-01-01", "2019-01-02"):
        _publish(tmp_path, release_id, keep=3)
    published = tmp_path / "published"
    assert {path.name for path in published.iterdir() if path.is_dir()} == {
        *("2026-11-25", "2019-01-01", "2019-01-02", "current")
    }
    _publish(tmp_path, "2026-11-26", keep=2)
    assert {path.name for path in published.iterdir() if path.is_dir()} == {
        *("2019-01-02", "2026-11-26", "current")
    }
    release = current_release(published)
    assert release is not None
    assert (release.release_id, release.release_number) == ("2026-11-26", 5)


def test_nights_in_the_hour_that_comes_twice_have_ids_in_their_order(tmp_path: Path) -> None:
    half_past_two = datetime(2026, 10, 25, 2, 30, tzinfo=STOCKHOLM)
    first, second = (
        _new_night_id(installation(tmp_path), half_past_two.replace(fold=fold).astimezone(UTC))
        for fold in (0, 1)
    )
    assert (first, second) == ("2026-10-25T003000Z", "2026-10-25T013000Z")


def test_a_clock_that_is_behind_refuses_what_is_new_and_loses_nothing(tmp_path: Path) -> None:
    landing = Landing(tmp_path, now=datetime(2024, 2, 5, 12, tzinfo=UTC))
    landing.load_one(f"{HEADER}\n{ROW}")
    landing.now = datetime(2019, 1, 1, tzinfo=UTC)
    new = NAME.replace("20240205", "20240219")
    landing.put(f"{HEADER}\n{ROW}\n{ROW}", new)
    skipped, refused = landing.load()
    assert (skipped.status, refused.status) == ("skipped", "refused")
    assert "see that the clock of this machine is right" in (refused.reason or "")
    landing.now = datetime(2024, 2, 20, tzinfo=UTC)
    assert [outcome.status for outcome in landing.load()] == ["skipped", "loaded"]


@pytest.mark.parametrize(
    ("now", "day", "status"),
    [
        (datetime(2024, 2, 29, 1, tzinfo=UTC), "20240229", "loaded"),
        (datetime(2024, 2, 28, 23, 30, tzinfo=UTC), "20240229", "loaded"),  # winter: an hour ahead
        (datetime(2024, 3, 30, 22, 30, tzinfo=UTC), "20240331", "refused"),
        (datetime(2024, 3, 30, 23, 30, tzinfo=UTC), "20240331", "loaded"),  # the night of 23 hours
        (datetime(2024, 10, 26, 22, 30, tzinfo=UTC), "20241027", "loaded"),  # summer: two ahead
        (datetime(2025, 3, 1, tzinfo=UTC), "20250229", "refused"),
    ],
)
def test_the_day_of_drawing_is_a_day_of_sweden_in_every_season(
    tmp_path: Path, now: datetime, day: str, status: str
) -> None:
    landing = Landing(tmp_path, now=now)
    assert landing.load_one(f"{HEADER}\n{ROW}", NAME.replace("20240205", day)).status == status


def test_a_leap_day_belongs_to_its_month(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    outcome = landing.load_one(
        f"{HEADER}\n{ROW.replace('202401', '202402').replace('2024-01-31', '2024-02-29')}",
        NAME.replace("202401", "202402"),
    )
    assert outcome.rows_loaded == 1
    assert landing.query("select period_end from log.delivery") == [(date(2024, 2, 29),)]

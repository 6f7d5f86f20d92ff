"""The leaflet says what the marts say, of one municipality and year, and loads nothing."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import pytest

from orchestration.errors import JamviktError
from orchestration.tools.leaflet import write_leaflet
from tests.conftest import installation

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import DemoNight


def test_the_leaflet_holds_gaps_improvements_targets_and_decisions(
    demo_night: DemoNight, tmp_path: Path
) -> None:
    file = write_leaflet(demo_night.settings, "9901", 2025, tmp_path / "leaflets")
    page = html.unescape(file.read_text(encoding="utf-8"))
    gaps = [
        sentence
        for (sentence,) in demo_night.query(
            "select sentence_sv from marts.mart_department_gaps where municipality_code = '9901' "
            "and year = 2025 and certainty = 'certain' order by standardised_size desc"
        )
    ]
    assert len(gaps) > 3
    shown = [sentence for sentence in gaps if sentence in page]
    assert shown == gaps[:10]
    assert [page.index(sentence) for sentence in shown] == sorted(map(page.index, shown))
    for (sentence,) in demo_night.query(
        "select sentence_sv from marts.mart_effect_chain "
        "where municipality_code = '9901' and sex in ('women', 'men')"
    ):
        assert page.count(sentence) == 1
    (targets,) = demo_night.query(
        "select count(*) from marts.mart_target where municipality_code = '9901'"
    )
    assert len(re.findall(r"<td>(?:Kvinnor|Män|Flickor|Pojkar)</td><td", page)) == targets[0] + 16
    for quarter in range(1, 5):
        sol = "16 kap. 6 h §" if quarter < 3 else "34 kap. 3 §"
        for paragraph in ("28 h § LSS", sol):
            assert re.search(f"<td>2025 kv {quarter}</td><td>{paragraph}[^<]*</td><td>Kv", page)
    assert not re.search(r"<script|https?:|@import|url\(", page)
    assert "endast för\ninternt bruk" in page


def test_bars_are_as_long_as_the_values_beside_them(demo_night: DemoNight, tmp_path: Path) -> None:
    page = write_leaflet(demo_night.settings, "9901", 2025, tmp_path).read_text(encoding="utf-8")
    bars = [
        (float(width), float(value.replace("\N{NARROW NO-BREAK SPACE}", "").replace(",", ".")))
        for width, value in re.findall(r"width: ([\d.]+)%\"></i><b>([^<]+)</b>", page)
    ]
    assert bars
    assert len(bars) % 2 == 0
    for women, men in zip(bars[::2], bars[1::2], strict=True):
        assert max(women[0], men[0]) == 100
        assert women[0] / men[0] == pytest.approx(women[1] / men[1], rel=0.02)


def test_what_is_not_published_is_said(demo_night: DemoNight, tmp_path: Path) -> None:
    with pytest.raises(JamviktError, match=r"nothing of municipality 1234 in 2025\.") as error:
        write_leaflet(demo_night.settings, "1234", 2025, tmp_path)
    assert "9901" in error.value.fix
    with pytest.raises(JamviktError, match="holds no publication"):
        write_leaflet(installation(tmp_path / "empty"), "9901", 2025, tmp_path)
    assert not list(tmp_path.glob("*.html"))

"""A key of another installation is refused; a new one comes on top of the old, and nobody goes."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

import pytest
from loading_support import HEADER, NAME, ROW, Landing, source_table, workspace
from typer.testing import CliRunner

from orchestration.cli import app
from orchestration.errors import JamviktError
from orchestration.loading import open_raw, read_key, rekey
from tests.conftest import installation, run

if TYPE_CHECKING:
    from pathlib import Path

    from orchestration.settings import Settings

LATER = NAME.replace("202401_20240205", "202402_20240301")
NUMBER = "189001019802"
KEYS = (bytes(range(32)), bytes(range(1, 33)), bytes(range(2, 34)))


def expected(text: str, *keys: bytes) -> str:
    """Recompute a pseudonym from its definition."""
    for key in keys:
        text = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:32]
    return text


def send(landing: Landing, name: str = NAME) -> None:
    month = "202402" if name == LATER else "202401"
    rows = [ROW, ROW.replace("B1", "B2").replace("18900101-9802", "R-17")]
    text = "\n".join([HEADER, *rows, ""]).replace("202401", month)
    outcome = landing.load_one(text.replace("2024-01-31", f"2024-{month[4:]}-01"), name)
    assert (outcome.status, outcome.rows_loaded) == ("loaded", 2)


def people(landing: Landing) -> dict[str, set[str]]:
    """Return the pseudonyms of every id, by what kind it is."""
    found: dict[str, set[str]] = {}
    for kind, key in landing.query("select pnr_kind, pnr_key from prov.betalning"):
        found.setdefault(kind, set()).add(key)
    return found


def new_key(landing: Landing, *keys: bytes) -> None:

    with workspace(landing.folder) as scratch, open_raw(landing.raw_file, scratch) as connection:
        assert rekey(connection, b"".join(keys[:-1]), keys[-1]) == 1


def test_another_key_than_before_is_refused_with_the_fix(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    send(landing)
    before = people(landing)
    landing.key = KEYS[1]
    with pytest.raises(
        JamviktError, match=r"not the one that raw\.duckdb was loaded with[\s\S]*fix: restore"
    ):
        landing.load_one(f"{HEADER}\n{ROW}\n", LATER)
    assert people(landing) == before
    landing.key = KEYS[0]
    send(landing, LATER)


@pytest.mark.parametrize("count", [2, 3])
def test_who_came_before_is_who_comes_after(tmp_path: Path, count: int) -> None:
    landing = Landing(tmp_path)
    send(landing)
    for place in range(1, count):
        new_key(landing, *KEYS[: place + 1])
    assert people(landing)["personnummer"] == {expected(NUMBER, *KEYS[:count])}
    landing.key = b"".join(KEYS[:count])
    send(landing, LATER)
    assert {kind: len(keys) for kind, keys in people(landing).items()} == {
        "personnummer": 1,
        "local": 1,
    }
    assert people(landing)["personnummer"] == {expected(NUMBER, *KEYS[:count])}


def test_the_old_key_alone_and_the_new_alone_are_refused(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    send(landing)
    new_key(landing, *KEYS[:2])
    for key in KEYS[:2]:
        landing.key = key
        with pytest.raises(JamviktError, match="not the one"):
            landing.load()


def test_a_contract_that_is_no_more_gets_the_new_key_too(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    send(landing)
    landing.table = source_table(
        {"betalning_id": ("varchar", {"required": True})}, period_column=None
    )
    landing.load()
    new_key(landing, *KEYS[:2])
    assert expected(NUMBER, *KEYS[:2]) in people(landing)["personnummer"]
    assert expected(NUMBER, KEYS[0]) not in people(landing)["personnummer"]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return an installation into which a file was loaded."""
    settings = installation(tmp_path)
    settings.pseudonym_key_file.parent.mkdir(parents=True)
    settings.pseudonym_key_file.write_text(f"{KEYS[0].hex()}\n", encoding="ascii")
    settings.pseudonym_key_file.chmod(0o600)
    landing = Landing(tmp_path)
    send(landing)
    settings.raw_file.parent.mkdir(parents=True)
    landing.raw_file.replace(settings.raw_file)
    monkeypatch.setenv("JAMVIKT_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("JAMVIKT_LANDING_DIR", str(settings.landing_dir))
    monkeypatch.setenv("JAMVIKT_PSEUDONYM_KEY_FILE", str(settings.pseudonym_key_file))
    return settings


def stored(settings: Settings) -> set[str]:
    import duckdb

    with duckdb.connect(str(settings.raw_file), read_only=True) as connection:
        found = connection.execute(
            "select pnr_key from prov.betalning where pnr_kind = 'personnummer'"
        ).fetchall()
    return {key for (key,) in found}


def test_the_command_writes_the_key_file_anew_and_says_what_to_keep(settings: Settings) -> None:
    outcome = CliRunner().invoke(app, ["rekey"])
    assert outcome.exit_code == 0, outcome.stderr
    assert "1 columns of raw.duckdb have a new key" in outcome.output
    assert "Keep a copy of the key file" in outcome.output
    key = read_key(settings.pseudonym_key_file)
    assert (key[:32], len(key)) == (KEYS[0], 64)
    assert stored(settings) == {expected(NUMBER, key[:32], key[32:])}
    assert key[32:].hex() not in outcome.output
    assert [file.name for file in settings.pseudonym_key_file.parent.iterdir()] == ["pseudonym.key"]


@pytest.mark.parametrize(
    ("instant", "has_changed"),
    [("orchestration.tools.rekey.rekey", False), ("pathlib.Path.replace", True)],
)
def test_cut_short_the_same_command_goes_on(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, instant: str, *, has_changed: bool
) -> None:
    """Before raw.duckdb has changed, and between that and the change of the key file."""

    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(instant, cut)
        assert CliRunner().invoke(app, ["rekey"]).exit_code != 0
    assert read_key(settings.pseudonym_key_file) == KEYS[0]
    assert (stored(settings) != {expected(NUMBER, KEYS[0])}) == has_changed
    assert CliRunner().invoke(app, ["rekey"]).exit_code == 0
    key = read_key(settings.pseudonym_key_file)
    assert stored(settings) == {expected(NUMBER, key[:32], key[32:])}


def test_a_new_key_file_of_another_history_is_refused(settings: Settings) -> None:
    coming = settings.pseudonym_key_file.with_name("pseudonym.key.new")
    coming.write_text(f"{KEYS[1].hex()}\n{KEYS[2].hex()}\n", encoding="ascii")
    coming.chmod(0o600)
    outcome = CliRunner().invoke(app, ["rekey"])
    assert outcome.exit_code == 3
    assert "does not go on from the keys" in outcome.stderr
    assert stored(settings) == {expected(NUMBER, KEYS[0])}


def test_a_wrong_key_is_no_key_to_begin_with(settings: Settings) -> None:
    settings.pseudonym_key_file.write_text(f"{KEYS[2].hex()}\n", encoding="ascii")
    before = stored(settings)
    outcome = CliRunner().invoke(app, ["rekey"])
    assert outcome.exit_code == 3
    assert "not the one that raw.duckdb was loaded with" in outcome.stderr
    assert stored(settings) == before


def test_a_night_with_another_key_ends_with_3_and_loads_nothing(settings: Settings) -> None:
    settings.pseudonym_key_file.write_text(f"{KEYS[2].hex()}\n", encoding="ascii")
    before = stored(settings)
    night = run(settings)
    assert night.exit_code == 3
    assert "not the one that raw.duckdb was loaded with" in night.summary
    assert stored(settings) == before

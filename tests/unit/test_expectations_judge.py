"""One small night judged by the real Great Expectations: verdicts, pages, no leaks."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import duckdb
import pytest

from expectations import __main__ as command
from expectations.evidence import Evidence
from expectations.judge import judge, verdict
from expectations.promise_result import PromiseResult, read_results
from expectations.promises import Promise
from orchestration.errors import JamviktError
from orchestration.night.judging import Judge
from orchestration.workspace import Workspace
from tests.conftest import PROJECT_DIR, WARM

SENTINEL = "HEMLIGT-VARDE"
MEMORY = "1GiB"
INJECTION = "<script>alert('x')</script><img src=https://example.org/a.png>"


@dataclass(frozen=True)
class Judged:
    """What a judged night left."""

    build_file: Path
    manifest_file: Path
    reports_dir: Path
    results: dict[str, PromiseResult]

    @property
    def pages(self) -> dict[str, str]:
        folder = self.reports_dir / "natt-1" / "data_docs"
        return {
            str(file.relative_to(folder)): file.read_text(encoding="utf-8")
            for file in sorted(folder.rglob("*"))
            if file.is_file()
        }


def node(promise_id: str, subject: list[str], **changes: str) -> dict[str, Any]:
    return {
        "resource_type": "model",
        "name": f"dq_{promise_id}",
        "schema": "quality",
        "patch_path": f"jamvikt://models/quality/dq_{promise_id}.yml",
        "original_file_path": f"models/quality/dq_{promise_id}.sql",
        "columns": {column: {} for column in subject},
        "config": {
            "meta": {
                "promise": {
                    "promise_id": promise_id,
                    "title": {"sv": f"Löftet {promise_id}", "en": f"The promise {promise_id}"},
                    "question": {"sv": "Är det så?", "en": "Is it so?"},
                    "judges": "mart_indicator",
                    "violated_when": "violation is not null",
                    "subject": subject,
                    **changes,
                }
            }
        },
    }


NODES = [
    node("kept", ["area_code"]),
    node("broken", ["area_code", "violation"], waived_when="is_waived -- with a comment"),
    node("vacuous", ["area_code"]),
    node("waived", ["area_code"], waived_when="is_waived"),
    node("missing", ["area_code"]),
    node("undecided", ["area_code"], violated_when="women <> men"),
    node("unreadable", ["area_code"], violated_when="cast(secret as integer) = 1"),
    node("braces", ["area_code"], violated_when="regexp_matches(area_code, '^9{5}$')"),
]


def write_night(folder: Path) -> tuple[Path, Path]:
    build_file, manifest_file = folder / "build.duckdb", folder / "manifest.json"
    with duckdb.connect(str(build_file)) as connection:
        connection.execute("create schema quality")
        for table, rows in {
            "kept": "select '9901' as area_code, null as violation, ? as secret",
            "vacuous": "select '9901' as area_code, null as violation, ? as secret where false",
            "undecided": "select '9901' as area_code, 1 as women, null as men, ? as secret",
            "unreadable": "select '9901' as area_code, ? as secret",
            "braces": "select '9901' as area_code, ? as secret",
            "waived": """
                select '990' || i as area_code, i < 2 as is_waived, ? as secret,
                    case when i < 1 then 'no men' end as violation
                from range(5) as each(i)
            """,
            "broken": """
                select
                    cast(9900 + i // 2 as varchar) as area_code, i = 49 as is_waived,
                    ? || i as secret, $2 as violation
                from range(50) as each(i)
                union all
                select '9999', null, $1, null
            """,
        }.items():
            values = [SENTINEL, INJECTION] if table == "broken" else [SENTINEL]
            sql = rows.replace("?", "$1")
            connection.execute(f"create table quality.dq_{table} as {sql}", values)
    manifest_file.write_text(
        json.dumps({"nodes": {each["name"]: each for each in NODES}}), encoding="utf-8"
    )
    return build_file, manifest_file


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    folder = tmp_path_factory.mktemp("judged")
    build_file, manifest_file = write_night(folder)
    before = build_file.read_bytes()
    scratch = folder / "scratch"
    scratch.mkdir()
    results = judge(build_file, manifest_file, folder / "reports", "natt-1", scratch, MEMORY)
    assert not list(scratch.iterdir()), "nothing stays in scratch"
    assert build_file.read_bytes() == before, "the build file is only read"
    return Judged(
        build_file,
        manifest_file,
        folder / "reports",
        {result.promise_id: result for result in results},
    )


@pytest.mark.parametrize(
    ("promise_id", "status", "checked", "violating", "waived"),
    [
        ("kept", "kept", 1, 0, 0),
        ("broken", "broken", 51, 49, 1),
        ("vacuous", "vacuous", 0, 0, 0),
        ("waived", "waived", 5, 0, 2),
        ("missing", "broken", 0, 0, 0),
        ("undecided", "broken", 1, 1, 0),
        ("unreadable", "broken", 0, 0, 0),
        ("braces", "kept", 1, 0, 0),
    ],
)
def test_every_promise_gets_its_verdict_and_its_counts(
    judged: Judged, promise_id: str, status: str, checked: int, violating: int, waived: int
) -> None:
    result = judged.results[promise_id]
    assert (result.status, result.rows_checked, result.rows_violating, result.rows_waived) == (
        status,
        checked,
        violating,
        waived,
    )


def test_what_could_not_be_judged_says_why(judged: Judged) -> None:
    reasons = {each.promise_id: each.reason for each in judged.results.values() if each.reason}
    assert set(reasons) == {"missing", "unreadable"}
    assert "dq_missing does not exist" in reasons["missing"]
    assert reasons["unreadable"] == "ConversionException while the rows were read"


def test_violations_are_named_by_their_subject_twenty_at_most_and_all_are_counted(
    judged: Judged,
) -> None:
    result = judged.results["broken"]
    assert result.subject_count == 25
    assert result.subjects == tuple(
        {"area_code": str(9900 + number), "violation": INJECTION} for number in range(20)
    )
    assert judged.results["waived"].subjects == ()


def test_no_other_column_reaches_any_byte_of_the_report(judged: Judged) -> None:
    for file in judged.reports_dir.rglob("*"):
        if file.is_file():
            assert SENTINEL.encode() not in file.read_bytes(), file


def test_the_machine_file_holds_the_results_in_a_stable_order(judged: Judged) -> None:
    file = judged.reports_dir / "natt-1" / "promises.json"
    told = json.loads(file.read_text(encoding="utf-8"))
    assert [each["promise_id"] for each in told] == sorted(judged.results)
    assert {each.promise_id: each for each in read_results(file)} == judged.results
    assert told[0]["evidence"] == "quality.dq_braces"
    assert {each.name for each in file.parent.iterdir()} == {"promises.json", "data_docs"}


def test_latest_is_a_relative_link_to_the_newest_night(judged: Judged) -> None:
    assert (judged.reports_dir / "latest").readlink() == Path("natt-1")


def test_there_is_a_page_per_promise_and_one_of_great_expectations_per_verdict(
    judged: Judged,
) -> None:
    promises = {f"promises/{promise_id}.html" for promise_id in judged.results}
    recorded = {
        f"great_expectations/{each.promise_id}.html"
        for each in judged.results.values()
        if each.reason is None
    }
    assert set(judged.pages) == {"index.html"} | promises | recorded


class Links(HTMLParser):
    """Collects what a page loads or links to, and what it might run."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in {"href", "src", "srcset"}]
        assert not [name for name, _ in attrs if name.startswith("on") or name == "style"]


def test_pages_load_nothing_and_link_only_to_each_other(judged: Judged) -> None:
    folder = judged.reports_dir / "natt-1" / "data_docs"
    for name, html in judged.pages.items():
        seen = Links()
        seen.feed(html)
        assert not seen.tags & {"script", "link", "img", "iframe", "object", "base", "form"}, name
        assert "@import" not in html
        assert "url(" not in html
        for link in seen.links:
            assert ":" not in link, f"{name} links to {link}"
            assert (folder / name).parent.joinpath(link).is_file(), f"{name} links to {link}"


def test_the_policy_of_a_page_allows_its_own_style_sheet_and_nothing_else(judged: Judged) -> None:
    for html in judged.pages.values():
        (style,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', html)
        assert unescape(policy).startswith(f"default-src 'none'; style-src 'sha256-{digest}';")


def test_markup_in_a_subject_is_shown_and_not_run(judged: Judged) -> None:
    page = judged.pages["promises/broken.html"]
    assert INJECTION not in page
    assert page.count("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;") == 20


def test_the_index_says_swedish_first_and_the_status_in_words(judged: Judged) -> None:
    index = judged.pages["index.html"]
    assert '<html lang="sv">' in index
    assert "4 av 8 löften är brutna" in index
    for told in ("Brutet", "Inget att pröva", "Hållet med undantag", "Hållet"):
        assert f"</span> {told}</span>" in index
    assert index.index("Löftet broken") < index.index("Löftet kept")


def test_great_expectations_pages_state_the_promise_in_both_languages(judged: Judged) -> None:
    page = judged.pages["great_expectations/broken.html"]
    assert "Löftet broken<br>The promise broken" in page
    assert "✗ Failed" in page


def served(judge: Judge, judged: Judged, folder: Path, build_file: Path) -> list[PromiseResult]:
    """Ask a judge for the verdicts on a build file."""
    return judge.verdicts(
        build_file,
        judged.manifest_file,
        folder / "reports" / build_file.stem,
        folder / "night.log",
        Workspace(judged.build_file.parent / "scratch", 2**30, 2**30),
    )


def test_a_served_judge_judges_one_night_after_another_and_closes_every_file(
    judged: Judged, tmp_path: Path
) -> None:
    for number in range(2):
        build_file = tmp_path / f"{number}.duckdb"
        shutil.copy(judged.build_file, build_file)
        results = served(WARM.judge, judged, tmp_path, build_file)
        assert {each.promise_id: each.status for each in results} == {
            promise_id: result.status for promise_id, result in judged.results.items()
        }
        with duckdb.connect(str(build_file)):
            pass  # for writing: nobody has it open
    with pytest.raises(JamviktError, match=r"could not be judged \(exit 3\)"):
        served(WARM.judge, judged, tmp_path, tmp_path / "none.duckdb")
    assert "could not be judged" in (tmp_path / "night.log").read_text(encoding="utf-8")


def test_a_served_judge_that_was_killed_has_no_verdicts(judged: Judged, tmp_path: Path) -> None:
    killed = Judge(tmp_path / "judge.log")
    killed._process.kill()
    try:
        with pytest.raises(JamviktError, match=r"could not be judged \(exit -9\)"):
            served(killed, judged, tmp_path, judged.build_file)
    finally:
        killed.stop()


def test_the_command_judges_what_its_words_ask_for(
    judged: Judged,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    # the judge of this process may still have the other one open
    build_file = shutil.copy(judged.build_file, tmp_path)
    words = [*arguments(judged, tmp_path), "--build-file", str(build_file)]
    monkeypatch.setattr(sys, "argv", ["expectations", *words])
    assert command.main() == 1
    told = capsys.readouterr().out
    assert "broken   broken: 51 checked, 49 violating, 1 waived (quality.dq_broken)" in told
    assert "vacuous  vacuous: 0 checked" in told
    first = judged.reports_dir / "natt-1" / "promises.json"
    assert (tmp_path / "natt-2" / "promises.json").read_bytes() == first.read_bytes()


def test_the_command_ends_with_3_and_no_verdicts_when_it_cannot_judge(
    judged: Judged, tmp_path: Path
) -> None:
    stale = tmp_path / "natt-2" / "promises.json"
    stale.parent.mkdir()
    stale.write_text("[]", encoding="utf-8")
    (tmp_path / "no.duckdb").write_bytes(b"not a database, and long enough to be read as one" * 99)
    told = subprocess.run(
        [
            *(sys.executable, "-m", "expectations", *arguments(judged, tmp_path)),
            *("--build-file", str(tmp_path / "no.duckdb")),
        ],
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 3
    assert "could not be judged" in told.stderr
    assert not stale.exists()
    assert not (tmp_path / "latest").exists()


@pytest.mark.parametrize(
    ("judged_as", "code"), [(["kept", "waived", "vacuous"], 0), (["kept", "broken"], 1)]
)
def test_the_command_ends_with_0_unless_a_promise_is_broken(
    judged: Judged,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    judged_as: list[str],
    code: int,
) -> None:
    results = [judged.results[promise_id] for promise_id in judged_as]
    monkeypatch.setattr(command, "judge", lambda *_: results)
    monkeypatch.setattr(sys, "argv", ["expectations", *arguments(judged, tmp_path)])
    assert command.main() == code


def test_a_served_judge_ends_quietly_when_it_is_never_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(command, "import_great_expectations", lambda: None)
    monkeypatch.setattr(sys, "argv", ["expectations", "--serve"])
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    with (tmp_path / "out").open("w") as out, (tmp_path / "log").open("w") as log:
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(sys, "stderr", log)
        assert command.main() == 0
    assert not (tmp_path / "out").read_text(encoding="ascii")
    assert not (tmp_path / "log").read_text(encoding="ascii")


def test_what_a_library_prints_is_no_answer_of_a_served_judge(tmp_path: Path) -> None:
    program = (
        "import os, sys\n"
        "from expectations import __main__ as command\n"
        "command.import_great_expectations = lambda: os.write(1, b'0\\n')\n"
        "sys.argv = ['expectations', '--serve']\n"
        "sys.exit(command.main())\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", program],
        cwd=PROJECT_DIR,
        input='{"log_file": "' + str(tmp_path / "log") + '"}\n',
        capture_output=True,
        text=True,
        check=False,
    )
    assert (told.returncode, told.stdout) == (0, "3\n")
    assert told.stderr.startswith("0\n")


@pytest.mark.parametrize("night_id", ["latest", "../elsewhere", ".hidden", ""])
def test_a_night_stays_in_its_own_folder(judged: Judged, tmp_path: Path, night_id: str) -> None:
    with pytest.raises(ValueError, match="night_id"):
        judge(judged.build_file, judged.manifest_file, tmp_path, night_id, tmp_path, MEMORY)
    assert not list(tmp_path.iterdir())


def arguments(judged: Judged, reports_dir: Path) -> list[str]:
    return [
        *("--build-file", str(judged.build_file)),
        *("--manifest-file", str(judged.manifest_file)),
        *("--reports-dir", str(reports_dir), "--night-id", "natt-2"),
        *("--scratch-dir", str(judged.build_file.parent / "scratch"), "--memory-limit", MEMORY),
    ]


def test_a_promise_that_must_have_evidence_is_broken_without_it() -> None:
    promise = Promise.model_validate(
        {
            "promise_id": "split",
            "title": {"sv": "s", "en": "e"},
            "question": {"sv": "s", "en": "e"},
            "judges": "mart",
            "violated_when": "violation is not null",
            "subject": ["violation"],
            "evidence": "quality.dq_split",
            "must_have_evidence": True,
        }
    )
    nothing = Evidence()
    assert verdict(promise, nothing, 0).status == "broken"
    allowed = promise.model_copy(update={"must_have_evidence": False})
    assert verdict(allowed, nothing, 0).status == "vacuous"

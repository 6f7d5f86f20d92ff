"""The command line `jamvikt`: reads arguments, hands on, turns what went wrong into words.

Every command imports what it needs when it runs, so that `jamvikt --help` answers at once.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from orchestration.errors import JamviktError

if TYPE_CHECKING:
    from orchestration.settings import Settings

USER_ERROR = 3
"""What a command ends with that could not do its work for a reason a person can mend."""
PAGE_WIDTH = 120

app = typer.Typer(
    help="Jämvikt: a nightly warehouse that proves every indicator is split by sex.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)


fetch_app = typer.Typer(help="Fetch figures of others into landing; never part of a night.")
app.add_typer(fetch_app, name="fetch", no_args_is_help=True)


Persons = Annotated[
    int | None, typer.Option(min=1, help="About how many persons the demo has; default 9 000.")
]


@app.command()
def nightly(
    with_demo: Annotated[
        bool,
        typer.Option("--demo", help="Begin a new installation with a fictional county."),
    ] = False,
    persons: Persons = None,
) -> None:
    """Run the whole night: load, build, judge the promises, publish.

    Ends with 0 published · 1 a promise is broken · 2 published, a file was refused or read by
    nobody · 3 technical · 4 another night is running.
    """
    with _told():
        from orchestration.night.run import run_night

        if persons is not None and not with_demo:
            raise JamviktError("--persons says how large the demo is", "say --demo too")
        code = run_night(_settings(), _console(), with_demo=with_demo, persons=persons)
    raise typer.Exit(int(code))


@app.command()
def demo(persons: Persons = None) -> None:
    """Write the exports of a fictional county to landing, and a key for demo data.

    Only into a new installation: where something real is or has been, it is refused.
    """
    with _told():
        from orchestration.demo.installation import write_demo_installation
        from orchestration.night.dbt_runner import parse

        settings = _settings()
        sources = parse(settings).manifest.sources
        with settings.workspace(f"demo-{os.getpid()}") as workspace:
            count = write_demo_installation(settings, sources, workspace, persons)
        typer.echo(f"{count} files written to {settings.landing_dir}")


@app.command()
def check(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Default: every file in landing.")
    ] = None,
) -> None:
    """Judge what is declared, say what a night would do with files, and change nothing.

    Ends with 1 if something is wrong with a contract, an indicator block, a participant or a file.
    """
    with _told():
        from orchestration.tools.check_files import print_check

        good = print_check(_console(), _settings(), files or [])
    raise typer.Exit(0 if good else 1)


@app.command()
def withdraw(
    delivery: Annotated[
        str, typer.Argument(help="Its delivery_id, or <source>/<file name> for the last of it.")
    ],
    because: Annotated[str, typer.Option(help="Why; stands in the log for good.")],
) -> None:
    """Take a delivery back: from the next night on, the one before it counts again."""
    with _told():
        from orchestration.tools.withdraw import withdraw as take_back

        told = take_back(_settings(), delivery, because)
        typer.echo(f"taken back: {told}; run a night to build without it")


@app.command()
def key() -> None:
    """Make the pseudonym key of this installation, once."""
    with _told():
        from orchestration.loading import make_key

        settings = _settings()
        make_key(settings.pseudonym_key_file)
        typer.echo(f"key written to {settings.pseudonym_key_file}")
        typer.echo("Keep a copy in a safe place, apart from the warehouse: it cannot be made anew.")


@app.command()
def rekey() -> None:
    """Put a new key on top of the old, on every pseudonym there is and on all that come."""
    with _told():
        from orchestration.tools.rekey import renew_key

        settings = _settings()
        columns = renew_key(settings)
        typer.echo(f"{columns} columns of raw.duckdb have a new key: {settings.pseudonym_key_file}")
        typer.echo(
            "Keep a copy of the key file as it is now, and remove copies of raw.duckdb and builds "
            "of before."
        )


@fetch_app.command()
def kolada(
    year: Annotated[list[int], typer.Option(help="May be said several times.")],
) -> None:
    """Fetch what seeds/kolada_kpis.csv names, for the groups of seeds/benchmark_groups.csv."""
    with _told():
        from datetime import UTC, datetime

        from orchestration.tools.kolada import fetch

        file = fetch(_settings(), year, datetime.now(tz=UTC).date())
        typer.echo(f"written: {file}")


@app.command()
def status() -> None:
    """Say what is live since when, how fresh every source is, how the last nights ended."""
    with _told():
        from orchestration.tools.status import print_status

        print_status(_console(), _settings())


@app.command()
def docs() -> None:
    """Write what follows from the project: dictionary, rules, contracts, blocks, definitions.lock.

    Says which definitions have changed without a version and a row that says why.
    """
    with _told():
        from orchestration.night.dbt_runner import parse
        from orchestration.publishing.data_dictionary import data_dictionary
        from orchestration.registry.versions import locked_definitions, unversioned_changes
        from orchestration.tools.block_page import block_page, block_schema
        from orchestration.tools.contract_page import contract_page, contract_schema
        from orchestration.tools.rules_page import rules_page

        settings = _settings()
        manifest = parse(settings).manifest
        folder = settings.project_dir / "docs"
        pages = data_dictionary(manifest, settings.versions_file)
        files = {
            **{folder / "dictionary" / name: page for name, page in pages.items()},
            folder / "rules.md": rules_page(manifest),
            folder / "blocks.md": block_page(manifest),
            folder / "block.schema.json": block_schema(manifest),
            folder / "contracts.md": contract_page(manifest.sources),
            folder / "contract.schema.json": contract_schema(),
            settings.definitions_file: locked_definitions(manifest, settings.definitions_file),
        }
        (folder / "dictionary").mkdir(exist_ok=True)
        for file, text in files.items():
            file.write_text(text, encoding="utf-8")
        typer.echo(f"written: {folder / 'dictionary' / 'index.html'}, {folder / 'rules.md'}")
        for line in unversioned_changes(
            manifest, settings.definitions_file, settings.versions_file
        ):
            typer.echo(line)


@app.command()
def template(
    table: Annotated[str, typer.Argument(help="A workbook of the contracts: <source>.<table>.")],
    folder: Annotated[Path, typer.Option(help="Where to write it.")] = Path(),
) -> None:
    """Write an empty workbook for an xlsx contract, with lists of what each column may hold."""
    with _told():
        from orchestration.loading import read_axes
        from orchestration.registry.declared import read_declared
        from orchestration.tools.template import write_template

        settings = _settings()
        sources = read_declared(settings.project_dir).sources
        file = write_template(table, sources, read_axes(settings.project_dir), folder)
        typer.echo(f"written: {file}")


@app.command()
def leaflet(
    municipality: Annotated[str, typer.Argument(help="Code of the municipality, as 9901.")],
    year: Annotated[int, typer.Option(help="Calendar year.")],
    folder: Annotated[Path, typer.Option(help="Where to write it.")] = Path(),
) -> None:
    """Write a page to print from the live publication: gaps, improvements, targets, decisions."""
    with _told():
        from orchestration.tools.leaflet import write_leaflet

        typer.echo(f"written: {write_leaflet(_settings(), municipality, year, folder)}")


def _console() -> Console:
    """Return the terminal, or a page wide enough for the tables where there is none."""
    console = Console()
    return console if console.is_terminal else Console(width=PAGE_WIDTH)


def _settings() -> "Settings":
    from pydantic import ValidationError

    from orchestration.settings import Settings

    try:
        return Settings()
    except ValidationError as error:
        problems = "; ".join(
            f"JAMVIKT_{'_'.join(str(part) for part in problem['loc']).upper()}: {problem['msg']}"
            for problem in error.errors(include_input=False, include_url=False)
        )
        raise JamviktError(problems, "see .env.example for what each may hold") from None


@contextmanager
def _told() -> Iterator[None]:
    """Print what a person can mend to stderr, without a traceback."""
    try:
        yield
    except JamviktError as error:
        typer.echo(f"jamvikt: {error}", err=True)
        raise typer.Exit(USER_ERROR) from None

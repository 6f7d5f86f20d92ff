# mypy: allow-subclassing-any, allow-untyped-decorators
"""Great Expectations: the expectation that states a promise, and one checkpoint over all.

Only this module and data_docs/view.py import it; it is slow to import and is told what to judge.
"""

# Great Expectations is not followed by mypy (pyproject.toml), so its classes are Any to it.
from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import great_expectations as gx
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)
from great_expectations.expectations.expectation import UnexpectedRowsExpectation
from great_expectations.render import LegacyDiagnosticRendererType
from great_expectations.render.renderer.renderer import renderer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from expectations.promises import Promise

ENGINE_ARGUMENTS = {
    "pool_reset_on_return": None,
    "isolation_level": "AUTOCOMMIT",
    "skip_autocommit_rollback": True,
}
"""Without them every metric fails: results are read after SQLAlchemy's rollback."""


class ExpectPromiseToBeKept(UnexpectedRowsExpectation):
    """No row of the evidence violates the promise; its description says the promise in words."""

    @classmethod
    @renderer(renderer_type=LegacyDiagnosticRendererType.UNEXPECTED_STATEMENT)
    def _diagnostic_unexpected_statement_renderer(cls, **_: object) -> list[object]:
        """Say nothing of single rows: the stock one wants percentages that no query gives."""
        return []


def run_checkpoint(
    build_file: Path,
    promises: list[Promise],
    night_id: str,
    pages_dir: Path,
    scratch_dir: Path,
    engine: Mapping[str, str],
) -> dict[str, int]:
    """Judge the promises and return the violating rows of each that came to a verdict.

    Writes Great Expectations' own page of each of them to `pages_dir/<promise_id>.html`.
    `scratch_dir`: where its site lies for the moment. `engine`: configuration of DuckDB.
    """
    if not promises:
        return {}
    with tempfile.TemporaryDirectory(dir=scratch_dir) as site:
        context = _context(Path(site))
        datasource = context.data_sources.add_sql(
            "build_file",
            connection_string=f"duckdb:///{build_file.resolve()}?"
            + urlencode({"access_mode": "READ_ONLY", **engine}),
            kwargs=ENGINE_ARGUMENTS,
        )
        checkpoint = gx.Checkpoint(
            name="promises",
            validation_definitions=[
                _validation(context, datasource, promise) for promise in promises
            ],
            # SUMMARY of this kind of expectation is a count: rows never reach a store or a page.
            result_format="SUMMARY",
        )
        outcome = context.checkpoints.add(checkpoint).run(run_id=gx.RunIdentifier(night_id))
        context.build_data_docs(build_index=False)
        datasource.get_engine().dispose()
        violations = {
            result.suite_name: int(result.results[0].result["observed_value"])
            for result in outcome.run_results.values()
            if "observed_value" in result.results[0].result
        }
        # Only pages of verdicts are kept: an exception on a page could quote a row.
        pages_dir.mkdir()
        for promise_id in violations:
            (page,) = Path(site, "validations", promise_id).rglob("*.html")
            shutil.move(page, pages_dir / f"{promise_id}.html")
        return violations


def _context(site: Path) -> Any:
    """Return a context that lives as long as the run, with our own view of its pages."""
    view = {"module_name": "expectations.data_docs.view", "class_name": "ValidationPageView"}
    config = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        analytics_enabled=False,
        progress_bars=ProgressBarsConfig(globally=False, metric_calculations=False),
        data_docs_sites={
            "promises": {
                "class_name": "SiteBuilder",
                "show_how_to_buttons": False,
                "store_backend": {
                    "class_name": "TupleFilesystemStoreBackend",
                    "base_directory": str(site),
                },
                "site_section_builders": {
                    "expectations": "None",
                    "profiling": "None",
                    "validations": {"view": view},
                },
            }
        },
    )
    return gx.get_context(mode="ephemeral", project_config=config)


def _validation(context: Any, datasource: Any, promise: Promise) -> Any:
    """Return one promise as a validation: its evidence, and the one expectation of it."""
    schema, table = promise.evidence.split(".")
    asset = datasource.add_table_asset(promise.promise_id, table_name=table, schema_name=schema)
    suite = context.suites.add(gx.ExpectationSuite(promise.promise_id))
    # Braces are doubled because Great Expectations formats the query.
    condition = promise.is_violated.replace("{", "{{").replace("}", "}}")
    suite.add_expectation(
        ExpectPromiseToBeKept(
            description=f"{promise.title.sv}\n{promise.title.en}",
            unexpected_rows_query=f"select {promise.subject_list} from {{batch}} where {condition}",
        )
    )
    return context.validation_definitions.add(
        gx.ValidationDefinition(
            name=promise.promise_id,
            data=asset.add_batch_definition_whole_table("all_rows"),
            suite=suite,
        )
    )

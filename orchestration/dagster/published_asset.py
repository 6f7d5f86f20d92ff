"""The publication as a Dagster asset, downstream of everything that is published or judged."""

import dagster as dg

from orchestration.night.night import Night
from orchestration.night.steps import publish_release, published_models
from orchestration.registry.manifest import Manifest


def published_release(manifest: Manifest) -> dg.AssetsDefinition:
    """Return the asset that makes a release of the build file and swaps `published/current`."""
    deps = {
        model.asset_key
        for model in (
            *published_models(manifest),
            *(promise.judges for promise in manifest.promises),
        )
    }

    @dg.asset(
        key=["published", "release"],
        group_name="published",
        deps=[dg.AssetKey(key) for key in sorted(deps)],
        description="What people read: `published/current`.",
    )
    def release(night: dg.ResourceParam[Night]) -> dg.MaterializeResult[None]:
        figures = night.record.figures
        if figures is None or not night.record.promises:
            raise dg.Failure("No promise was judged, so nothing may be published.")
        if night.record.failures:
            raise dg.Failure("A step has failed, so nothing may be published.")
        published = publish_release(night, manifest, figures)
        night.record.keep(published)
        made = published.release
        night.listen("publish", made.release_id)
        return dg.MaterializeResult(
            metadata={
                "release": made.release_id,
                "tables": len(made.tables),
                "rows": sum(table.rows for table in made.tables),
            }
        )

    return release

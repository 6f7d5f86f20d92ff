"""Typed blocks of the project's YAML: an unknown key is a fault that names file, place and key."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

if TYPE_CHECKING:
    from collections.abc import Collection

Model = TypeVar("Model", bound=BaseModel)


class Strict(BaseModel):
    """A block that holds its keys and no others; the text below a key says what it means."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


def validated(
    model: type[Model], block: Any, where: str, faults: list[str], keys: Collection[str] = ()
) -> Model | None:
    """Return the block as its model, or None and a fault for every key that is wrong.

    `where` begins each fault; `keys`: what may have been meant by a key that there is not, beside
    those of the model.
    """
    try:
        return model.model_validate(block)
    except ValidationError as error:
        known = {*model.model_fields, *keys}
        faults += [
            f"{where}: {_key(problem['loc'])}{problem['msg']}{_nearest(problem['loc'], known)}"
            for problem in error.errors(include_input=False, include_url=False)
        ]
        return None


def _key(location: tuple[int | str, ...]) -> str:
    """Return the key as it stands in YAML: what only parts the typed model is no part of it."""
    key = ".".join(str(part) for part in location if part != "contract")
    return f"{key}: " if key else ""


def _nearest(location: tuple[int | str, ...], keys: Collection[str]) -> str:
    """Say which key may have been meant by one that there is not."""
    word = str(location[-1]) if location else ""
    near = [] if word in keys else get_close_matches(word, keys, n=1)
    return f" (is `{near[0]}` meant?)" if near else ""

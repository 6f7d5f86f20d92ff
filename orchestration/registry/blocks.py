"""What a block of the indicator registry may say, typed; the macros of dbt only render it.

A block is data in `models/indicators/<service area>.yml`. What it does not say its service area's
`defaults` say, or `indicator_defaults` in the YAML of dim_indicator.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Literal

import duckdb
from pydantic import Discriminator, Field, Tag, model_validator

from orchestration.typed_yaml import Strict, validated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

INDICATORS = "dim_indicator"
"""The model whose YAML holds the units there are, and what blocks say unless they say otherwise."""
CONSTANT_AXES = ("age_band", "birth_region")
"""Axes that any breakdown may be crossed with; beside them it has one at most."""
AREA_KEYS = ("owner", "department", "audience", "version", "valid_from", "individual_based",
             "not_individual_reason")  # fmt: skip
"""What the defaults of a service area may say for all its blocks."""


class Texts(Strict):
    """A text in both languages."""

    sv: str = Field(min_length=1)
    """Swedish."""
    en: str = Field(min_length=1)
    """English."""


class Sum(Strict):
    """Something of the rows that is added up."""

    sum: str
    """Expression over the columns of the fact."""


class Quantile(Strict):
    """The value below which a share of the rows lies: 0.5 is the median."""

    quantile: float = Field(gt=0, lt=1)
    """Which one; between two rows it is interpolated."""
    of: str
    """Expression over the columns of the fact; rows without a value are none."""


def _kind_of_count(count: Any) -> str:
    """Return which of the three a count is meant to be, so that its faults are told once."""
    if isinstance(count, Quantile) or (isinstance(count, dict) and {"quantile", "of"} & set(count)):
        return "quantile"
    return "sum" if isinstance(count, Sum | dict) else "word"


Count = Annotated[
    Annotated[Literal["rows", "persons", "months"], Tag("word")]
    | Annotated[Sum, Tag("sum")]
    | Annotated[Quantile, Tag("quantile")],
    Discriminator(_kind_of_count),
]


class Part(Strict):
    """A numerator or a denominator: rows of a fact, counted or added up."""

    fact: str
    """Name of the fact, without `fct_`."""
    date: str
    """Column of the fact that says to which period a row belongs."""
    count: Count
    """What is counted (months: every person's different months), or `sum` and an expression over
    the columns of the fact, or of a numerator `quantile` and `of`."""
    at_least: int = Field(default=1, ge=1, le=12)
    """count persons: those with rows in at least so many different months of the period."""
    where: str | None = None
    """Predicate over the columns of the fact that its rows must meet; it may not ask for sex."""

    @property
    def expressions(self) -> tuple[str, ...]:
        """What of it is SQL."""
        summed = (
            (self.count.sum,)
            if isinstance(self.count, Sum)
            else (self.count.of,)
            if isinstance(self.count, Quantile)
            else ()
        )
        return (*summed, *((self.where,) if self.where is not None else ()))

    @model_validator(mode="after")
    def _is_consistent(self) -> Part:
        if self.at_least > 1 and self.count != "persons":
            raise ValueError("at_least is for count: persons")
        return self


class OwnModel(Strict):
    """A model of the folder that has the figures in the cube's columns."""

    name: str
    """The model, which the service area hands to `indicator_cube` as `models`."""
    fact: str
    """Fact whose months it owes."""


class References(Strict):
    """What an indicator belongs to."""

    features: tuple[str, ...] = ()
    """Rows of the list of features."""
    kolada: tuple[str, ...] = ()
    """Key figures of Kolada that say the same."""
    cemr: tuple[int, ...] = ()
    """Articles of the CEMR declaration."""
    goal: int | None = None
    """National goal of gender equality."""


class Block(Strict):
    """An indicator, completed by the defaults of its service area and by those of all."""

    indicator_id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    """What a headline would say, in small letters."""
    name: Texts
    """Name."""
    definition: Texts
    """What is counted, of what, over which period."""
    unit: str
    """Unit of the value; what the quotient is multiplied by follows from it."""
    better: Literal["higher", "lower", "neither"]
    """Which way is better, for both sexes."""
    period: Literal["month", "year"]
    """Period of a figure; of a month breakdowns have one axis at most."""
    ages: Literal["all", "adults", "children"]
    """Restricts both parts; children are called girls and boys."""
    numerator: Part | None = None
    """What is counted or added up."""
    denominator: Part | None = None
    """What it is divided by; a plain count has none."""
    model: OwnModel | None = None
    """Instead of a numerator: what is no quotient of sums, as an index."""
    breakdowns: tuple[tuple[str, ...], ...]
    """Axes by which the figures are cut further, each a column of the facts of both parts."""
    cuts: tuple[tuple[str, ...], ...]
    """Cuts that a mart reads of the service area's model: by axes of any number, also one that no
    list names, as a unit. Counted where there are rows, owed nowhere, in no figure of the cube."""
    only_cuts: bool
    """Whether it is no figure of its own: counted, as a whole and by its cuts, for marts only."""
    only_by: str | None
    """Axis without which it has no figure: over unlike categories, as steps, a mean is none."""
    explain_by: tuple[str, ...]
    """Axes that the gap between women and men is taken apart over, the foremost first: breakdowns
    of their own, and free of sex."""
    references: References
    """Features, key figures, articles and goal that it answers to."""
    owner: str
    """Who answers for the definition."""
    department: Texts
    """Under which heading readers find it."""
    audience: tuple[str, ...] = Field(min_length=1)
    """Readers it is for."""
    version: int = Field(ge=1)
    """Raised with a row in seeds/indicator_versions.csv when what computes it changes."""
    valid_from: date
    """First day of the first period that it has figures for."""
    final_after_months: int = Field(ge=0)
    """How many months must have come past the period before a figure is final."""
    look_back_months: int = Field(ge=0)
    """How many months before the period the figure reaches."""
    followed_by: str | None
    """Boolean column of the numerator's fact: which rows have been followed to the end. No others
    are counted; null where nothing is waited for."""
    is_among_base: bool
    """Whether the persons of the numerator are among those of the denominator though each has a
    fact of its own: then they vary together."""
    compares_sexes: bool
    """Whether the value is itself a comparison of women and men (ADR 0013); for a model."""
    individual_based: bool
    """Whether there are persons to split."""
    not_individual_reason: str
    """Why there are none."""

    @property
    def parts(self) -> tuple[tuple[str, Part | OwnModel], ...]:
        """Its numerator or model, and its denominator, each with its key."""
        parts = {
            "model": self.model,
            "numerator": self.numerator,
            "denominator": self.denominator,
        }
        return tuple((key, part) for key, part in parts.items() if part)

    @property
    def _divides_persons_of_two_facts(self) -> bool:
        if not self.numerator or not self.denominator:
            return False
        counts = {self.numerator.count, self.denominator.count}
        return counts == {"persons"} and self.numerator.fact != self.denominator.fact

    @model_validator(mode="after")
    def _is_consistent(self) -> Block:
        if (self.model is None) == (self.numerator is None):
            raise ValueError("it says either numerator or model")
        if self.denominator and any(
            isinstance(part.count, Quantile) for part in (self.numerator, self.denominator) if part
        ):
            raise ValueError("count: a quantile is divided by nothing")
        if self.compares_sexes and not self.model:
            raise ValueError(
                "compares_sexes is for a model; what is counted or divided is split by sex"
            )
        if self.followed_by and not self.numerator:
            raise ValueError("followed_by is for a numerator; a model follows by itself")
        if self.is_among_base and not self._divides_persons_of_two_facts:
            raise ValueError("is_among_base is for persons of a fact divided by those of another")
        if self.individual_based == bool(self.not_individual_reason):
            raise ValueError("not_individual_reason says why individual_based is false, only then")
        if self.cuts and not self.numerator:
            raise ValueError("cuts is for a numerator; a model says itself what it is cut by")
        if self.only_cuts and (self.breakdowns or not self.numerator):
            raise ValueError(
                "only_cuts is for a numerator without breakdowns: nobody would see them"
            )
        if self.only_by and not self.breakdowns:
            raise ValueError(f"breakdowns: none has {self.only_by}, which only_by asks for")
        for axis in self.explain_by:
            if not self.denominator:
                raise ValueError("explain_by is for what is divided by a base")
            if (axis,) not in self.breakdowns:
                raise ValueError(f"explain_by: breakdowns has no [{axis}]")
        for breakdown in self.breakdowns:
            if self.only_by and self.only_by not in breakdown:
                raise ValueError(
                    f"breakdowns: {list(breakdown)} is without {self.only_by}, which only_by says"
                )
            if len(set(breakdown) - set(CONSTANT_AXES)) > 1:
                raise ValueError(
                    f"breakdowns: {list(breakdown)} has more than one axis beside age_band and "
                    "birth_region; what a mart alone reads is one of cuts"
                )
            if self.period == "month" and len(breakdown) > 1:
                raise ValueError(
                    f"breakdowns: {list(breakdown)} has more than one axis, which is for yearly "
                    "indicators only"
                )
        return self


class MartSexes(Strict):
    """What a mart that is split by sex says of its measures: `sexes` of its keys."""

    add_up: tuple[str | dict[str, str], ...] = ()
    """Of which women, men and unknown make the total; by sex, where each is a column."""
    others: dict[str, str] = Field(default_factory=dict)
    """Of which they do not, each with why."""
    absent: str | None = None
    """Why a sex may have no row."""
    not_judged: str | None = None
    """Why nothing of the mart is judged."""

    @model_validator(mode="after")
    def _is_consistent(self) -> MartSexes:
        if bool(self.add_up) == bool(self.not_judged) or (self.not_judged and self.others):
            raise ValueError("it says add_up, with others and absent beside it, or not_judged")
        return self


@dataclass(frozen=True)
class DeclaredModel:
    """What the YAML of a model says of it."""

    name: str
    file: str
    """The YAML file, for messages."""
    columns: frozenset[str]
    meta: Mapping[str, Any]
    """Our own keys."""


@dataclass(frozen=True)
class _Project:
    """What blocks may refer to."""

    models: Mapping[str, DeclaredModel]
    """By name."""
    units: frozenset[str]
    defaults: Mapping[str, Any]

    def fact(self, name: str) -> DeclaredModel | None:
        model = self.models.get(f"fct_{name}")
        return model if model and "fact" in model.meta else None


def block_faults(models: Sequence[DeclaredModel]) -> list[str]:
    """Return all that is wrong with the blocks of a project.

    `models`: facts, indicators and marts. Each fault names the file, the model, the block and the
    key.
    """
    of_all = next((model.meta for model in models if model.name == INDICATORS), {})
    project = _Project(
        models={model.name: model for model in models},
        units=frozenset(of_all.get("unit_scales") or ()),
        defaults=of_all.get("indicator_defaults") or {},
    )
    faults: list[str] = []
    for model in models:
        if "sexes" in model.meta:
            where = f"{model.file}: {model.name}: sexes"
            validated(MartSexes, model.meta["sexes"], where, faults)
    typed = _typed(models, project, faults)
    reads = _columns_read(
        expression
        for _, block in typed
        for _, part in block.parts
        if isinstance(part, Part)
        for expression in part.expressions
    )
    for where, block in typed:
        faults += [f"{where}: {fault}" for fault in _faults(block, project, reads)]
    return faults


def _typed(
    models: Sequence[DeclaredModel], project: _Project, faults: list[str]
) -> list[tuple[str, Block]]:
    """Return the blocks that say what they may, each with where it stands; add faults of others."""
    typed: list[tuple[str, Block]] = []
    ids: Counter[str] = Counter()
    for model in models:
        of_area = model.meta.get("defaults") or {}
        faults += [
            f"{model.file}: {model.name}: defaults: {key} is not for all blocks of a service area; "
            f"known are {', '.join(AREA_KEYS)}"
            for key in of_area
            if key not in AREA_KEYS
        ]
        of_area = {key: value for key, value in of_area.items() if key in AREA_KEYS}
        for place, block in enumerate(model.meta.get("indicators") or (), start=1):
            where = f"{model.file}: {model.name}: block {place}"
            if not isinstance(block, dict) or not block.get("indicator_id"):
                faults.append(f"{where}: indicator_id: is missing")
                continue
            ids[block["indicator_id"]] += 1
            if ids[block["indicator_id"]] > 1:
                faults.append(f"{where}: indicator_id: {block['indicator_id']} is there already")
            where += f" ({block['indicator_id']})"
            complete = {**project.defaults, **of_area, **block}
            if found := validated(Block, complete, where, faults, Part.model_fields):
                typed.append((where, found))
    return typed


def _faults(
    block: Block, project: _Project, reads: Mapping[str, frozenset[str] | None]
) -> Iterator[str]:
    """Yield what is wrong with a block beside the rest of the project."""
    if block.unit not in project.units:
        yield f"unit: {block.unit} is none of {', '.join(sorted(project.units))}"
    for key, part in block.parts:
        fact = project.fact(part.fact)
        if fact is None:
            yield f"{key}.fact: there is no fact fct_{part.fact}"
            continue
        for cut_by in ("breakdowns", "cuts"):
            for axes in getattr(block, cut_by):
                for axis in sorted(set(axes) - fact.columns):
                    yield f"{cut_by}: axis {axis} is not a column of {fact.name}"
        kind = fact.meta["fact"]["kind"]
        if isinstance(part, OwnModel):
            if part.name not in project.models:
                yield f"{key}.name: there is no model {part.name}"
            continue
        if kind != "observed" and (
            part.count in ("persons", "months") or isinstance(part.count, Quantile)
        ):
            yield f"{key}.count: {fact.name} holds no persons to count"
        if key == "numerator" and block.look_back_months and kind == "published":
            yield "look_back_months is for own rows; a published figure is looked up"
        if key == "numerator" and block.followed_by and block.followed_by not in fact.columns:
            yield f"followed_by: {block.followed_by} is not a column of {fact.name}"
        if part.date not in fact.columns:
            yield f"{key}.date: {part.date} is not a column of {fact.name}"
        if block.ages != "all" and "is_adult" not in fact.columns:
            yield f"ages: {fact.name} has no column is_adult"
        for expression in part.expressions:
            columns = reads[expression]
            if columns is None:
                yield f"{key}: this is no SQL: {expression}"
                continue
            for column in sorted(columns - fact.columns):
                yield f"{key}: {column} is not a column of {fact.name}: {expression}"
            if asked := sorted(column for column in columns if "sex" in column.split("_")):
                yield (
                    f"{key}: {', '.join(asked)} may not be asked for, every figure is split by "
                    f"sex: {expression}"
                )


def _columns_read(expressions: Iterable[str]) -> dict[str, frozenset[str] | None]:
    """Return the columns that each expression of SQL reads; None where it does not parse."""
    with duckdb.connect() as connection:
        return {
            expression: _columns_of(
                connection.execute(
                    "select json_serialize_sql('select ' || ?)", [expression]
                ).fetchall()[0][0]
            )
            for expression in dict.fromkeys(expressions)
        }


def _columns_of(tree: str) -> frozenset[str] | None:
    parsed = json.loads(tree)
    if parsed["error"] or len(parsed["statements"]) != 1:
        return None
    return frozenset(_column_names(parsed["statements"][0]))


def _column_names(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if node.get("class") == "COLUMN_REF":
            yield node["column_names"][-1]
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from _column_names(child)

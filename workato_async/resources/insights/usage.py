"""Usage of one month, by recipe or by project; its columns depend on the contract.

Source: "Insights data catalog" (docs: workato-api/insights-catalog), "Data sources" (docs: insights/data-sources). They
name the data but not every column, so the columns of a workspace are looked up first.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Literal

import attrs

from workato_async.base_model import AwareDatetime, Part
from workato_async.errors import (
    BadRequestError,
    ConfigurationError,
    InvalidResponseError,
    NotFoundError,
    PermissionDeniedError,
    ResponseError,
)
from workato_async.resources.insights.rows import COLUMNS, rows_of_tree

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence

    from workato_async.endpoint import JsonObject
    from workato_async.resources.insights.rows import Row

    Schema = Callable[[Sequence[str]], Awaitable[JsonObject]]
    Query = Callable[[str], Awaitable[list[Row]]]

UsageBy = Literal["recipe", "project"]
JOBS = "workato_data.public.jobs"
_RECIPES = "workato_data.public.recipes"
_PROJECTS = "workato_data.public.projects"
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
_NAME = re.compile(r"[A-Za-z_]\w*")
_TIMES = ("started_at", "completed_at")
_RECIPE_IDS = ("recipe_id", "flow_id")
_METRIC = re.compile(r"(billable_)?(task|credit|business_action|action|transaction)s?(_(count|used|usage))?")
"""Columns of jobs that a contract may count by."""
_COLUMN_NAMES = ("column_name", "column", "name", "field")
_COLUMN_TYPES = ("type", "data_type", "column_type")
_NO_INSIGHTS = (
    "Monthly usage needs Insights, with both privileges of Tools > Insights. The counters of recipes are totals since "
    "their creation, and cannot stand in for it."
)


@attrs.frozen(kw_only=True)
class UsageRow(Part):
    """The usage of one recipe or project.

    Attributes:
        id: its id; None for jobs that have none, such as those of deleted recipes.
        name: its name; None if Insights does not have it.
        jobs: how many jobs started in the month.
        metrics: the sums of what the contract counts, by column, e.g. ``{"task_count": 1204}``.
    """

    id: int | str | None
    name: str | None
    jobs: int
    metrics: dict[str, float]


@attrs.frozen(kw_only=True)
class UsageReport(Part):
    """The usage of one month.

    Attributes:
        month: e.g. ``"2026-10"``.
        by: ``"recipe"`` or ``"project"``.
        since: when the month begins, in UTC.
        until: when the next one begins.
        metrics: the columns that are summed, empty if the workspace has none: then only jobs are counted.
        rows: the recipes or projects, most usage first.
    """

    month: str
    by: UsageBy
    since: AwareDatetime
    until: AwareDatetime
    metrics: tuple[str, ...]
    rows: tuple[UsageRow, ...]

    @property
    def jobs(self) -> int:
        """The jobs of the month."""
        return sum(row.jobs for row in self.rows)

    @property
    def totals(self) -> dict[str, float]:
        """The sums of all rows, by column."""
        return {metric: sum(row.metrics[metric] for row in self.rows) for metric in self.metrics}


async def usage(schema: Schema, query: Query, month: str | date, by: UsageBy) -> UsageReport:
    """Return the usage of a month; see ``Insights.usage``.

    Args:
        schema: returns the columns of tables.
        query: runs a query.
        month: such as ``"2026-10"``, or a day in it.
        by: ``"recipe"`` or ``"project"``.
    """
    since, until = _bounds(month)
    jobs = await _columns(schema, JOBS)
    time, recipe = _first(jobs, _TIMES), _first(jobs, _RECIPE_IDS)
    project = "project_id" if "project_id" in jobs else None
    if time is None or (recipe is None and (by == "recipe" or project is None)):
        raise InvalidResponseError(
            f"{JOBS} lacks the columns for usage by {by}: it has {', '.join(jobs) or 'none that could be understood'}",
            advice="Query what is there with insights.query().",
        )
    metrics = tuple(name for name, kind in jobs.items() if _METRIC.fullmatch(name) and not _is_text(kind))
    columns, joins = await _grouped(schema, jobs, recipe, by)
    sums = "".join(f", sum(j.{metric}) as {metric}" for metric in metrics)
    sql = (
        f"select {columns}, count(*) as jobs{sums} from {JOBS} j{joins} "  # noqa: S608 - all names are checked
        f"where j.{time} >= {_literal(since, jobs[time])} and j.{time} < {_literal(until, jobs[time])} "
        f"group by {columns.partition(' as ')[0]}"
    )
    rows = [_usage_row(row, metrics) for row in await query(sql)]
    rows.sort(key=lambda row: ([-row.metrics[metric] for metric in metrics], -row.jobs, str(row.id)))
    return UsageReport(month=f"{since:%Y-%m}", by=by, since=since, until=until, metrics=metrics, rows=tuple(rows))


async def _grouped(schema: Schema, jobs: Mapping[str, str], recipe: str | None, by: UsageBy) -> tuple[str, str]:
    """Return the columns with the id and the name, and the joins that these need."""
    joins = ""
    if by == "recipe":
        if "recipe_name" in jobs:
            return f"j.{recipe} as id, max(j.recipe_name) as name", joins
        if {"id", "name"} <= set(await _columns(schema, _RECIPES, required=False)):
            return f"j.{recipe} as id, max(r.name) as name", f" left join {_RECIPES} r on r.id = j.{recipe}"
        return f"j.{recipe} as id", joins
    project = "j.project_id"
    if "project_id" not in jobs:
        project, joins = "r.project_id", f" left join {_RECIPES} r on r.id = j.{recipe}"
        await _columns(schema, _RECIPES)  # an error that names the table, should it be missing
    if "project_name" in jobs:
        return f"{project} as id, max(j.project_name) as name", joins
    if {"id", "name"} <= set(await _columns(schema, _PROJECTS, required=False)):
        return f"{project} as id, max(p.name) as name", f"{joins} left join {_PROJECTS} p on p.id = {project}"
    return f"{project} as id", joins


async def _columns(schema: Schema, table: str, *, required: bool = True) -> dict[str, str]:
    """Return the types of the columns of a table by their names; none if it cannot be read and is not required."""
    try:
        return dict(columns_in(await schema([table])))
    except (BadRequestError, NotFoundError, PermissionDeniedError) as error:
        if not required:
            return {}
        _explain(error)
        raise


def _explain(error: ResponseError) -> None:
    error.advice = f"{error.advice} {_NO_INSIGHTS}".strip()


def columns_in(tree: Any) -> Iterator[tuple[str, str]]:
    """Yield the names and types of the columns in a response about one table; no source shows its form."""
    try:
        rows: list[Any] = list(rows_of_tree(tree))
    except InvalidResponseError:
        rows = [tree]
    for row in rows:
        if isinstance(row, str):
            yield from _column(row, "")
        elif isinstance(row, dict):
            listed = next((row[key] for key in COLUMNS if isinstance(row.get(key), dict | list)), None)
            name = next((row[key] for key in _COLUMN_NAMES if isinstance(row.get(key), str)), None)
            if isinstance(listed, dict):
                yield from (pair for column in listed.items() for pair in _column(*map(str, column)))
            elif listed is not None:
                yield from columns_in(listed)
            elif name is not None:
                yield from _column(name, next((str(row[key]) for key in _COLUMN_TYPES if row.get(key)), ""))
            else:  # e.g. by the names of the tables
                yield from (
                    pair for value in row.values() if isinstance(value, dict | list) for pair in columns_in(value)
                )


def _column(name: str, kind: str) -> Iterator[tuple[str, str]]:
    if _NAME.fullmatch(name):  # it becomes part of a query
        yield name.lower(), kind.lower()


def _first(columns: Mapping[str, str], names: Sequence[str]) -> str | None:
    return next((name for name in names if name in columns), None)


def _is_text(kind: str) -> bool:
    return any(word in kind for word in ("char", "text", "string"))


def _literal(time: datetime, kind: str) -> str:
    """Return a time as SQL compares it with a column of a type."""
    if _is_text(kind):
        return f"'{time:%Y-%m-%dT%H:%M:%SZ}'"
    if kind == "date":
        return f"date '{time:%Y-%m-%d}'"
    zone = " UTC" if "zone" in kind and "without" not in kind else ""
    return f"timestamp '{time:%Y-%m-%d %H:%M:%S}{zone}'"


def _bounds(month: str | date) -> tuple[datetime, datetime]:
    text = f"{month:%Y-%m}" if isinstance(month, date) else month
    found = _MONTH.fullmatch(text) if isinstance(text, str) else None
    if found is None or not 1 <= int(found[1]) < date.max.year:
        raise ConfigurationError(f"month must be a month such as '2026-10', not {month!r}")
    since = datetime(int(found[1]), int(found[2]), 1, tzinfo=UTC)
    return since, since.replace(year=since.year + since.month // 12, month=since.month % 12 + 1)


def _usage_row(row: Row, metrics: Sequence[str]) -> UsageRow:
    named = {name.lower(): value for name, value in row.items()}
    id_ = named.get("id")
    if isinstance(id_, str) and id_.isdecimal():
        id_ = int(id_)
    return UsageRow(
        id=id_ if isinstance(id_, int) else id_ or None,
        name=named.get("name") or None,
        jobs=int(_number(named.get("jobs"))),
        metrics={metric: _number(named.get(metric)) for metric in metrics},
    )


def _number(value: Any) -> float:
    """Return a sum, which is null if there was nothing to add, and text in CSV."""
    try:
        number = float(value or 0)
    except (TypeError, ValueError):
        problem = f"{value!r} is not a number"
    else:
        return int(number) if number.is_integer() else number
    raise InvalidResponseError(f"the rows of the usage cannot be read: {problem}")

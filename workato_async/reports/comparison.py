"""Comparison: the differences between two workspaces, e.g. development and production."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Literal, cast

import attrs

from workato_async.base_model import Part
from workato_async.errors import ConfigurationError, InvalidResponseError
from workato_async.reports.reading import Unread, tasks
from workato_async.reports.workspace_side import (
    KINDS,
    Kind,
    Side,
    columns_of,
    facts_of,
    is_missing,
    read_side,
    table_path,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping

    from workato_async.reports.families import Families
    from workato_async.reports.workspace_side import Facts, Objects
    from workato_async.resources.lookup_tables import LookupTable

_ROWS = "rows"


@attrs.frozen(kw_only=True)
class Difference(Part):
    """One difference between two workspaces.

    Attributes:
        kind: what it is about, e.g. ``"recipes"``.
        path: the object: folders, then its name, e.g. ``"Sales/Imports/New leads"``.
        change: ``"source only"``, ``"target only"`` or ``"different"``.
        field: what is different, e.g. ``"code"`` or ``"running"``; None if the object is only on one side.
        source: what the source has, None if it lacks the object. Of a property it is ``"set"`` or ``"empty"``, as
            values may be secret.
        target: what the target has.
    """

    kind: Kind
    path: str
    change: Literal["source only", "target only", "different"]
    field: str | None
    source: Any
    target: Any

    def __str__(self) -> str:
        """Return one line of text."""
        if self.field is None:
            return f"{self.kind}: {self.path}: {self.change}"
        return f"{self.kind}: {self.path}: {self.field}: {self.source} -> {self.target}"


@attrs.frozen(kw_only=True)
class WorkspaceComparison(Part):
    """The differences between two workspaces.

    Attributes:
        compared: the kinds that were compared; one that could not be read on both sides is missing.
        differences: by kind, then by path.
        unread: what could not be read.
    """

    compared: tuple[Kind, ...]
    differences: tuple[Difference, ...]
    unread: tuple[Unread, ...]

    @property
    def equal(self) -> bool:
        """Whether everything could be read and nothing differs."""
        return not self.differences and not self.unread


async def compare_workspaces(
    source: Families, target: Families, *, only: Collection[Kind] | None = None, rows: bool = True
) -> WorkspaceComparison:
    """Report the differences between two workspaces: what only one of them has, and what is not the same in both.

    ```py
    async with WorkatoSession(dev_token) as dev, WorkatoSession(prod_token) as prod:
        comparison = await compare_workspaces(dev, prod)
    ```

    Objects are matched by path and name. Recipes are compared by their code (ignoring the ids of other objects), by the
    connections that they use, and by whether they run; connections by whether they are authorized; properties by their
    values, which the report does not show; lookup tables by columns and rows; custom connectors by their versions;
    projects and tags by their descriptions.

    Both workspaces are read at the same time. Each takes one request for every 100 recipes, folders, projects, tables
    and tags; one each for connections, connectors, the properties of the environment and those of each project; and one
    for every 1,000 rows of a table that both have. Many of these lists end with an empty page, which is one more
    request.

    Without ``await``: ``dev.run(compare_workspaces, dev.session, prod.session)``.

    Args:
        source: a session or a view.
        target: a session or a view of the other workspace.
        only: the kinds to compare, None for all.
        rows: whether the rows of lookup tables are compared.

    Raises:
        ConfigurationError: for an unknown kind.
        WorkatoError: if nothing at all can be read from one of them.
    """
    kinds = _kinds(only)
    async with tasks() as group:
        reads = [
            group.create_task(read_side(workato, name, kinds))
            for workato, name in ((source, "source"), (target, "target"))
        ]
    left, right = (read.result() for read in reads)
    left.named = right.named = frozenset(
        kind for kind in KINDS if left.lists[kind] is not None and right.lists[kind] is not None
    )
    compared: list[Kind] = []
    differences: list[Difference] = []
    for kind in kinds:
        if any(is_missing(side, kind) for side in (left, right)):
            continue
        compared.append(kind)
        differences += await asyncio.to_thread(_compared, kind, left, right)
        if kind == "lookup_tables" and rows:
            differences += await _row_differences(left, right)
    order = {kind: position for position, kind in enumerate(kinds)}
    return WorkspaceComparison(
        compared=tuple(compared),
        differences=tuple(sorted(differences, key=lambda one: (order[one.kind], one.path, one.field or ""))),
        unread=(*left.reader.unread, *right.reader.unread),
    )


def _kinds(only: Collection[Kind] | None) -> tuple[Kind, ...]:
    if only is None:
        return KINDS
    unknown = [kind for kind in ([only] if isinstance(only, str) else only) if kind not in KINDS]
    if unknown or isinstance(only, str):
        raise ConfigurationError(f"only must be a collection of {', '.join(map(repr, KINDS))}, not {only!r}")
    return tuple(kind for kind in KINDS if kind in only)


def _compared(kind: Kind, source: Side, target: Side) -> list[Difference]:
    return list(_differences(kind, facts_of(kind, source), facts_of(kind, target)))


def _differences(kind: Kind, source: Objects, target: Objects) -> Iterator[Difference]:
    for path in {**source, **target}:
        here, there = source.get(path), target.get(path)
        if here is None or there is None:
            yield Difference(
                kind=kind,
                path=path,
                change="target only" if here is None else "source only",
                field=None,
                source=_shown(here),
                target=_shown(there),
            )
            continue
        for field, fact in here.items():
            if field in there and fact.value != there[field].value:
                yield _changed(kind, path, field, fact.shown, there[field].shown)


def _changed(kind: Kind, path: str, field: str, source: Any, target: Any) -> Difference:
    return Difference(kind=kind, path=path, change="different", field=field, source=source, target=target)


def _shown(facts: Facts | None) -> Any:
    return None if facts is None else {field: fact.shown for field, fact in facts.items()}


async def _row_differences(left: Side, right: Side) -> list[Difference]:
    """Compare the rows of the tables that both workspaces have with the same columns."""
    sides = left, right
    tables = [side.keyed("lookup_tables", table_path(side)) for side in sides]
    common = [
        path for path in tables[0] if path in tables[1] and columns_of(tables[0][path]) == columns_of(tables[1][path])
    ]
    async with tasks() as group:
        reads = [
            group.create_task(
                side.reader.each("rows of lookup tables", _counted(side, of_side), common, cast("Any", str))
            )
            for side, of_side in zip(sides, tables, strict=True)
        ]
    found: list[Difference] = []
    for path, here, there in zip(common, *(read.result() for read in reads), strict=True):
        if here is not None and there is not None and here != there:
            shown = [
                f"{rows.total()} rows, {(rows - others).total()} only here"
                for rows, others in ((here, there), (there, here))
            ]
            found.append(_changed("lookup_tables", path, _ROWS, *shown))
    return found


def _counted(side: Side, tables: Mapping[str, LookupTable]) -> Callable[[str], Awaitable[Counter[bytes]]]:
    async def count(path: str) -> Counter[bytes]:
        rows: Counter[bytes] = Counter()
        unreadable = 0
        async for page in side.workato.lookup_tables.rows.list(tables[path]).pages():
            unreadable += len(page.unreadable)
            for row in page.items:
                rows[blake2b(json.dumps(row.data, sort_keys=True).encode(), digest_size=16).digest()] += 1
        if unreadable:
            raise InvalidResponseError(f"{unreadable} of its rows could not be decoded")
        return rows

    return count

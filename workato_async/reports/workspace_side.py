"""One of two workspaces that are compared: what is read of it, and the facts that count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args

import attrs

from workato_async.reports.reading import Reader, all_folders, folder_paths, tasks
from workato_async.reports.recipe_code import fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from workato_async.reports.families import Families
    from workato_async.resources.lookup_tables import LookupTable
    from workato_async.resources.projects.models import Project

Kind = Literal["projects", "folders", "recipes", "connections", "properties", "lookup_tables", "connectors", "tags"]
"""What can be compared."""
KINDS: tuple[Kind, ...] = get_args(Kind)


@attrs.frozen
class Fact:
    """One thing about an object.

    Attributes:
        value: what is compared.
        shown: what the report has.
    """

    value: Any
    shown: Any


Facts = dict[str, Fact]
Objects = dict[str, Facts]
"""The objects of one kind by their paths."""


@attrs.define
class Side:
    """What was read of one workspace: lists are None if they could not be read, or were not needed."""

    workato: Families
    reader: Reader
    lists: dict[str, list[Any] | None]
    properties: dict[str, str | None] | None = None
    named: frozenset[str] = frozenset()
    """The kinds whose names are known on both sides, so that they can stand for ids in the code of recipes."""

    def keyed(self, kind: Kind, path: Callable[[Any], str]) -> dict[str, Any]:
        """Return the objects of a kind by path; those with the same one are numbered, oldest first."""
        found: dict[str, Any] = {}
        for one in sorted(self.lists[kind] or (), key=lambda one: str(one.id).rjust(20)):
            free, number = path(one), 2
            while free in found:
                free, number = f"{path(one)} ({number})", number + 1
            found[free] = one
        return found


_NEEDS: dict[Kind, tuple[Kind, ...]] = {
    "recipes": ("folders",),
    "properties": ("projects",),
    "lookup_tables": ("projects",),
}
"""What else must be known of both workspaces to compare a kind."""
_NAMED_IN_CODE: tuple[Kind, ...] = ("connections", "projects", "lookup_tables")


async def read_side(workato: Families, name: str, kinds: Collection[Kind]) -> Side:
    """Read what is needed of one workspace to compare some kinds."""
    side = Side(workato, Reader(name), dict.fromkeys(KINDS))
    wanted: set[Kind] = {*kinds, *(needed for kind in kinds for needed in _NEEDS.get(kind, ()))}
    if "recipes" in kinds:
        wanted.update(_NAMED_IN_CODE)
    pages: dict[Kind, Callable[[], Any]] = {
        "projects": workato.projects.list,
        "recipes": workato.recipes.list,
        "connections": workato.connections.list,
        "lookup_tables": workato.lookup_tables.list,
        "connectors": workato.custom_connectors.list,
        "tags": workato.tags.list,
    }

    async def read(kind: Kind) -> None:
        if kind == "folders":
            side.lists[kind] = await all_folders(workato, side.reader)
        else:
            side.lists[kind] = await side.reader.all(kind.replace("_", " "), pages[kind]())
        if kind == "projects" and "properties" in kinds and side.lists[kind] is not None:
            await _read_properties(side)

    async with tasks() as group:
        for kind in wanted:
            if kind != "properties":  # they are read project by project
                group.create_task(read(kind))
    side.reader.require_anything()
    return side


async def _read_properties(side: Side) -> None:
    """Read the properties of the environment and of all projects; they are None if any cannot be read."""
    projects: list[Project | None] = [None, *(side.lists["projects"] or ())]

    async def of(project: Project | None) -> dict[str, str | None]:
        return await side.workato.properties.list(prefix="", project_id=project)

    found = await side.reader.each(
        "properties", of, projects, lambda project: project.name if project else "the environment"
    )
    if None not in found:
        side.properties = {
            f"{project.name}/{name}" if project else name: value
            for project, values in zip(projects, found, strict=True)
            for name, value in (values or {}).items()
        }


def is_missing(side: Side, kind: Kind) -> bool:
    """Whether a kind cannot be compared, because it or what it needs was not read."""
    if kind == "properties":
        return side.properties is None
    return any(side.lists[one] is None for one in (kind, *_NEEDS.get(kind, ())))


def _projects(side: Side) -> Objects:
    found = side.keyed("projects", lambda project: project.name or str(project.id))
    return {path: {"description": _plain(project.description or None)} for path, project in found.items()}


def _folders(side: Side) -> Objects:
    return {path: {} for path in folder_paths(side.lists["folders"] or ()).values()}


def _recipes(side: Side) -> Objects:
    folders = folder_paths(side.lists["folders"] or ())
    recipes = side.keyed("recipes", lambda one: "/".join(filter(None, (folders.get(one.folder_id), one.name))))
    names: dict[str, dict[int, str]] = {
        "folders": folders,
        "recipes": {recipe.id: path for path, recipe in recipes.items()},
        **{
            kind: {one.id: path for path, one in side.keyed(kind, _PATHS[kind](side)).items()}
            for kind in _NAMED_IN_CODE
            if kind in side.named
        },
    }
    found: Objects = {}
    without_code: list[str] = []
    for path, recipe in recipes.items():
        found[path] = {"running": _plain(recipe.running)}
        if code := fingerprint(recipe, names):
            found[path]["code"] = Fact(code, f"version {recipe.version_no}, {code}")
        else:
            without_code.append(path)
    if without_code:
        side.reader.note("the code of recipes", "Workato sent no code.", without_code)
    return found


def _connection_path(connection: Any) -> str:
    return f"{connection.name} ({connection.provider or connection.application})"


def table_path(side: Side) -> Callable[[LookupTable], str]:
    """Return a function that returns the path of a table: its project and its name."""
    projects = {str(project.id): project.name for project in side.lists["projects"] or ()}
    return lambda table: "/".join(filter(None, (projects.get(str(table.project_id)), table.name or str(table.id))))


_PATHS: dict[Kind, Callable[[Side], Callable[[Any], str]]] = {
    "connections": lambda _: _connection_path,
    "projects": lambda _: lambda project: project.name or str(project.id),
    "lookup_tables": table_path,
}


def _connections(side: Side) -> Objects:
    return {
        path: {
            "authorized": Fact(
                connection.authorization_status == "success", connection.authorization_status or "never authorized"
            )
        }
        for path, connection in side.keyed("connections", _connection_path).items()
    }


def _properties(side: Side) -> Objects:
    return {
        path: {"value": Fact(value, "set" if value else "empty")} for path, value in (side.properties or {}).items()
    }


def _lookup_tables(side: Side) -> Objects:
    tables = side.keyed("lookup_tables", table_path(side))
    return {path: {"columns": _plain(columns_of(table))} for path, table in tables.items()}


def columns_of(table: LookupTable) -> list[Any]:
    """Return the labels of the columns of a table."""
    try:
        return [column.get("label") or column.get("name") for column in table.columns]
    except (ValueError, AttributeError):  # no JSON, or not of objects
        return [table.schema]


def _connectors(side: Side) -> Objects:
    found = side.keyed("connectors", lambda connector: connector.name or connector.title or str(connector.id))
    return {
        path: {
            "latest version": _plain(connector.latest_version),
            "released version": _plain(connector.latest_released_version),
        }
        for path, connector in found.items()
    }


def _tags(side: Side) -> Objects:
    found = side.keyed("tags", lambda tag: tag.title or tag.handle)
    return {
        path: {"color": _plain(tag.color), "description": _plain(tag.description or None)}
        for path, tag in found.items()
    }


def _plain(value: Any) -> Fact:
    return Fact(value, value)


_OBJECTS: dict[Kind, Callable[[Side], Objects]] = {
    "projects": _projects,
    "folders": _folders,
    "recipes": _recipes,
    "connections": _connections,
    "properties": _properties,
    "lookup_tables": _lookup_tables,
    "connectors": _connectors,
    "tags": _tags,
}


def facts_of(kind: Kind, side: Side) -> Objects:
    """Return the objects of one kind by their paths, with the facts that count of each."""
    return _OBJECTS[kind](side)

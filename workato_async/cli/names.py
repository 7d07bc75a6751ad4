"""Names instead of ids: what a person types is looked up in the workspace."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Literal

import attrs

from workato_async.cli.command_runner import CommandError, ExitStatus

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping, Sequence

    from workato_async import WorkatoSession
    from workato_async.resources.folders import Folder

Kind = Literal["recipe", "folder", "project", "connection", "lookup table", "custom connector", "API client", "user"]
"""What can be given by name."""

SHOWN = 10
"""Candidates that an error lists."""
_LONGEST_ID, _LONGEST_SHOWN = 19, 100
"""Digits of an id, which is an integer of 64 bits; characters of a name that an error shows."""


@attrs.frozen
class Named:
    """Something with an id and a name.

    Attributes:
        id: its id.
        name: its name.
        where: its path or whatever else tells it from another of the same name.
    """

    id: int
    name: str
    where: str = ""


async def resolve(workato: WorkatoSession, kind: Kind, text: str | int) -> int:
    """Return the id that an argument means: a number is an id, anything else a name, or the path of a folder.

    Capitals do not matter, unless names differ in nothing else. A number costs no request, a name one pass over the
    list, and the path of a folder two requests for each of its parts.

    Raises:
        CommandError: if there is nothing of this name, or more than one; the error lists them.
    """
    return (await resolve_all(workato, kind, [text]))[0]


async def resolve_optional(workato: WorkatoSession, kind: Kind, text: str | int | None) -> int | None:
    """Return the id that the value of an option means, None if it was not given."""
    return None if text is None else await resolve(workato, kind, text)


async def resolve_all(workato: WorkatoSession, kind: Kind, texts: Iterable[str | int]) -> Sequence[int]:
    """Return the ids that arguments mean, each once, in their order; all names cost one pass over the list."""
    known = list(dict.fromkeys(texts))
    ids = {text: int(text) for text in known if not _is_name(text)}
    if kind == "folder":
        for text in known:
            if text not in ids and (found := await _folder_at(workato, str(text))) is not None:
                ids[text] = found
    if all(text in ids for text in known):
        return [*dict.fromkeys(ids.values())]
    by_name: defaultdict[str, list[Named]] = defaultdict(list)
    async for one in _all(workato, kind):
        for spelling in {one.name.casefold(), one.where.casefold()} - {""}:
            by_name[spelling].append(one)
    return [*dict.fromkeys(ids[text] if text in ids else _only(kind, str(text), by_name) for text in known)]


async def all_folders(workato: WorkatoSession) -> dict[int, Folder]:
    """Return every folder below Home by its id.

    Servers that do not know nested folders list the top only; where nothing is nested, each folder is looked into.
    """
    from workato_async import fan_out

    found = {folder.id: folder async for folder in workato.folders.list(with_nested_folders=True)}
    level = [] if any(folder.parent_id in found for folder in found.values()) else [*found.values()]
    while level:
        children: list[Folder] = []
        async with fan_out(lambda folder: workato.folders.list(parent_id=folder).collect(), level) as outcomes:
            async for outcome in outcomes:
                children += outcome.unwrap()
        level = [folder for folder in children if folder.id not in found]
        found |= {folder.id: folder for folder in level}
    return found


async def _folder_at(workato: WorkatoSession, path: str) -> int | None:
    """Return the folder at a path, which costs two requests for each of its parts; None if there is not exactly one."""
    parent: int | None = None
    for part in path.strip("/").split("/"):
        folders = await workato.folders.list(parent_id=parent).collect()
        same = [folder.id for folder in folders if (folder.name or "").casefold() == part.casefold()]
        exact = [folder.id for folder in folders if folder.name == part]
        if len(chosen := exact or same) != 1:
            return None
        (parent,) = chosen
    return parent


def _is_name(text: str | int) -> bool:
    return not (isinstance(text, int) or (text.isascii() and text.isdigit() and len(text) <= _LONGEST_ID))


def _only(kind: Kind, text: str, by_name: Mapping[str, Sequence[Named]]) -> int:
    """Return the id of the one thing of this name."""
    wanted = text.strip("/") if kind == "folder" else text
    found = by_name.get(wanted.casefold(), ())
    exact = [one for one in found if wanted in (one.name, one.where)]
    if len(chosen := exact or found) == 1:
        return chosen[0].id
    named = repr(text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…")
    if chosen:
        listed = "; ".join(f"{one.id} ({one.where or one.name})" for one in chosen[:SHOWN])
        more = f"; and {len(chosen) - SHOWN} more" if len(chosen) > SHOWN else ""
        raise CommandError(
            f"error: {len(chosen)} {_plural(kind)} are named {named}; use an id: {listed}{more}", ExitStatus.USAGE
        )
    from difflib import get_close_matches

    close = get_close_matches(wanted.casefold()[:_LONGEST_SHOWN], by_name, n=3)
    hint = f"; did you mean {' or '.join(repr(by_name[name][0].name) for name in close)}?" if close else ""
    raise CommandError(f"error: no {kind} is named {named}{hint}", ExitStatus.USAGE)


def _plural(kind: Kind) -> str:
    return f"{kind}s"


async def _all(workato: WorkatoSession, kind: Kind) -> AsyncIterator[Named]:
    """Iterate over everything of a kind."""
    match kind:
        case "folder":
            from workato_async.reports.reading import folder_paths

            folders = await all_folders(workato)
            paths = folder_paths(folders.values())
            for folder in folders.values():
                yield Named(folder.id, folder.name or "", paths[folder.id])
        case "recipe":
            async for recipe in workato.recipes.list(exclude_code=True, paging="since_id"):
                yield Named(recipe.id, recipe.name or "", f"folder {recipe.folder_id}")
        case "project":
            async for project in workato.projects.list():
                yield Named(project.id, project.name or "", f"folder {project.folder_id}")
        case "connection":
            async for connection in workato.connections.list():
                yield Named(
                    connection.id, connection.name or "", f"{connection.provider}, folder {connection.folder_id}"
                )
        case "lookup table":
            async for table in workato.lookup_tables.list():
                yield Named(table.id, table.name or "")
        case "custom connector":
            async for connector in workato.custom_connectors.list():
                yield Named(connector.id, connector.title or "", connector.name or "")
        case "API client":
            async for client in workato.developer_api_clients.list():
                yield Named(client.id, client.name or "")
        case "user":
            async for member in workato.members.list():
                yield Named(member.id, member.name or "", member.email or "")

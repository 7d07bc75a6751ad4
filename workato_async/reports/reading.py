"""Reader: reads what a report needs; what cannot be read becomes part of the report."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

import attrs

from workato_async.base_model import Part
from workato_async.errors import (
    AuthenticationError,
    ConfigurationError,
    InvalidResponseError,
    PermissionDeniedError,
    ResponseError,
    WorkatoError,
)
from workato_async.fan_out import fan_out

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence

    from workato_async.pages import Pages
    from workato_async.reports.families import Families
    from workato_async.resources.folders import Folder

T = TypeVar("T")
R = TypeVar("R")

_PROBES = 3
"""How many reads of one kind must be denied before the others are not tried: they would cost a request each."""


@attrs.frozen(kw_only=True)
class Unread(Part):
    """Something that a report lacks, because it could not be read.

    Attributes:
        what: e.g. ``"privileges of members"``.
        of: the objects for which it could not be read, by name; empty if that is the whole list.
        workspace: ``"source"`` or ``"target"``, if the report is about two workspaces.
        endpoint: the key of the endpoint, e.g. ``"GET /api/members"``.
        status: the HTTP status, None if there was no response.
        reason: what happened, and what can be done.
    """

    what: str
    of: tuple[str, ...]
    workspace: str | None
    endpoint: str
    status: int | None
    reason: str

    def __str__(self) -> str:
        """Return one line of text."""
        whole = f"{self.what} of the {self.workspace}" if self.workspace else self.what
        names = ", ".join(self.of[:3]) + (f" and {len(self.of) - 3} more" if len(self.of) > 3 else "")
        return f"{whole}{f' ({names})' if names else ''}: {self.reason}"


class Reader:
    """Reads for one report, or for one side of a comparison.

    Attributes:
        unread: what could not be read so far.
        workspace: which side, empty if there is one workspace only.
    """

    def __init__(self, workspace: str | None = None) -> None:
        self.unread: list[Unread] = []
        self.workspace = workspace
        self._read = False
        self._first: WorkatoError | None = None

    async def one(self, what: str, call: Awaitable[T]) -> T | None:
        """Await one call; None if it fails."""
        try:
            found = await call
        except WorkatoError as error:
            self._failed(what, error)
            return None
        self._read = True
        return found

    async def all(self, what: str, pages: Pages[T]) -> list[T] | None:
        """Read a whole list; None if it fails. Items that cannot be decoded are also recorded."""
        found = await self.one(what, _collected(pages))
        if found is None:
            return None
        items, unreadable = found
        if unreadable:
            self.note(what, f"{unreadable} of {len(items) + unreadable} could not be decoded")
        return items

    async def each(
        self, what: str, function: Callable[[T], Awaitable[R]], items: Sequence[T], name: Callable[[T], object]
    ) -> list[R | None]:
        """Call a function for each item, several at a time; the results are in their order, None where it fails.

        If the token may not read the first few, the others are not tried.
        """
        results: list[R | None] = []
        failures: dict[tuple[type[WorkatoError], int | None], tuple[WorkatoError, list[str]]] = {}
        denied: WorkatoError | None = None

        async def read(item: T) -> R:
            if denied is not None:
                raise denied
            return await function(item)

        for part in (items[:_PROBES], items[_PROBES:]):
            errors: list[WorkatoError] = []
            async with fan_out(read, part, ordered=True) as outcomes:
                async for outcome in outcomes:
                    error = outcome.error
                    if error is None:
                        self._read = True
                    elif not isinstance(error, WorkatoError) or isinstance(error, ConfigurationError):
                        raise error
                    else:
                        errors.append(error)
                        kind = type(error), getattr(error, "status", None)
                        failures.setdefault(kind, (error, []))[1].append(str(name(outcome.item)))
                    results.append(outcome.value)
            if len(errors) == len(part) and all(
                isinstance(error, AuthenticationError | PermissionDeniedError) for error in errors
            ):
                denied = next(iter(errors), None)
        for error, names in failures.values():
            self._failed(what, error, names)
        return results

    def note(self, what: str, reason: str, of: Sequence[str] = ()) -> None:
        """Record that something is missing without an error."""
        found = Unread(what=what, of=tuple(of), workspace=self.workspace, endpoint="", status=None, reason=reason)
        self.unread.append(found)

    def require_anything(self) -> None:
        """Raise the first error if nothing at all could be read: a report would say nothing."""
        if not self._read and self._first is not None:
            raise self._first

    def _failed(self, what: str, error: WorkatoError, of: Sequence[str] = ()) -> None:
        """Record an error.

        Raises:
            ConfigurationError: if it is one: the program is wrong, and not the workspace.
        """
        if isinstance(error, ConfigurationError):
            raise error
        self._first = self._first or error
        self.unread.append(
            Unread(
                what=what,
                of=tuple(of),
                workspace=self.workspace,
                endpoint=error.endpoint,
                status=error.status if isinstance(error, ResponseError) else None,
                reason=" ".join(filter(None, (_sentence(error.reason), error.advice))),
            )
        )


@asynccontextmanager
async def tasks() -> AsyncIterator[asyncio.TaskGroup]:
    """Run tasks together; if one fails, the others are cancelled and its error is raised, not a group of it."""
    failed: BaseException | None = None
    try:
        async with asyncio.TaskGroup() as group:
            yield group
    except BaseExceptionGroup as errors:
        failed = errors
        while isinstance(failed, BaseExceptionGroup):
            failed = failed.exceptions[0]
    if failed is not None:
        raise failed


async def whole(pages: Pages[T]) -> list[T]:
    """Return a list that is read for one of many objects.

    Raises:
        InvalidResponseError: if an item cannot be decoded: without it, the list would say something else.
    """
    items, unreadable = await _collected(pages)
    if unreadable:
        raise InvalidResponseError(f"{unreadable} of {len(items) + unreadable} could not be decoded")
    return items


async def _collected(pages: Pages[T]) -> tuple[list[T], int]:
    items: list[T] = []
    unreadable = 0
    async for page in pages.pages():
        items += page.items
        unreadable += len(page.unreadable)
    return items, unreadable


def _sentence(text: str) -> str:
    return text if text.endswith((".", "…")) else f"{text}."


async def all_folders(workato: Families, reader: Reader) -> list[Folder] | None:
    """Return every folder but Home; None if they cannot be read.

    Older servers do not know nested folders and list the projects only; where nothing is nested, the children of each
    folder are listed, to be sure.
    """
    found = await reader.all("folders", workato.folders.list(with_nested_folders=True))
    if found is None:
        return None
    known = {folder.id: folder for folder in found}
    if any(folder.parent_id in known for folder in found):
        return found

    async def children(folder: Folder) -> list[Folder]:
        return await whole(workato.folders.list(parent_id=folder))

    level = found
    while level:
        lists = await reader.each("folders", children, level, lambda folder: folder.name)
        if None in lists:
            return None  # without some, the paths of others would be wrong
        level = [folder for folders in lists for folder in folders or () if folder.id not in known]
        known |= {folder.id: folder for folder in level}
    return list(known.values())


def folder_paths(folders: Iterable[Folder]) -> dict[int, str]:
    """Return the paths of folders by their ids, e.g. ``"Sales/Imports"``; an unknown parent is Home."""
    known = {folder.id: folder for folder in folders}
    paths: dict[int, str] = {}
    for folder in known.values():
        names: list[str] = []
        step: Folder | None = folder
        while step is not None and len(names) <= len(known):  # a circle also ends
            names.append(step.name or str(step.id))
            step = None if step.parent_id is None else known.get(step.parent_id)
        paths[folder.id] = "/".join(reversed(names))
    return paths

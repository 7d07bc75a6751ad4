"""Assets on their way into another environment: the limits of imports, and what a person must do afterwards.

Source: "Importing: Deployment" (docs: recipe-development-lifecycle/import) and "Understanding project deployment with
environments" (docs: features/environments/deployment).
"""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol, TypeVar

import attrs

from workato_async._backoff import sleep
from workato_async.base_model import Part
from workato_async.errors import BadRequestError, PermissionDeniedError, QuotaWaitError, ResponseError, WorkatoError
from workato_async.events import logger as package_logger

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Container, Iterable, Mapping

    from workato_async.pages import Pages
    from workato_async.resources.connections import Connections
    from workato_async.resources.projects.models import Project
    from workato_async.resources.properties import Properties
    from workato_async.resources.recipes import Recipes
    from workato_async.resources.recipes.models import Recipe

T = TypeVar("T")

logger = package_logger.getChild("transfers")
"""A logger of its own, for programs that follow the progress and show it themselves."""
BETWEEN_IMPORTS = 15 * 60.0
"""Seconds required between two imports into one environment."""
LARGEST_PACKAGE = 30 * 2**20
"""Bytes of the largest package that can be imported; newer pages of the documentation speak of 100 MB."""
_AGAIN = 3 * 60.0
"""Seconds until an import that came too soon is tried again, when it is not known how much too soon."""
_TOO_SOON = re.compile(r"\b15[\s-]*min", re.IGNORECASE)
"""In the text of a rejected import; the documentation does not show one."""


class ProjectList(Protocol):
    """What lists the projects of a workspace: ``workato.projects``."""

    def list(self) -> Pages[Project]:
        """List the projects."""
        ...


class Target(Protocol):
    """A session with a token of the environment that assets are moved to, such as ``WorkatoSession``."""

    @property
    def connections(self) -> Connections:
        """Its connections."""
        ...

    @property
    def projects(self) -> ProjectList:
        """Its projects."""
        ...

    @property
    def properties(self) -> Properties:
        """Its properties."""
        ...

    @property
    def recipes(self) -> Recipes:
        """Its recipes."""
        ...


@attrs.frozen(kw_only=True)
class ToDo(Part):
    """Something that a person must do.

    ``kind`` is ``"connection"`` (to authorize), ``"property"`` (to set), ``"review"`` (to give or wait for),
    ``"recipe"`` (to start) or ``"check"`` (to check by hand what could not be read). ``id`` and ``name`` are those of
    the object.
    """

    kind: str
    text: str
    id: int | None = None
    name: str | None = None


@attrs.frozen(kw_only=True)
class RecipeNotRestarted(Part):
    """A recipe that ran before and does not run now; ``import_result`` is as Workato reported it, if it did."""

    id: int | None = None
    name: str | None = None
    import_result: str | None = None


def remaining(last: datetime | None, now: datetime) -> float:
    """Return the seconds until the next import into an environment is permitted, 0 if it is.

    Args:
        last: when the last one was, None if that is not known.
        now: the current time.
    """
    if last is None:
        return 0.0
    return min(BETWEEN_IMPORTS, max(0.0, BETWEEN_IMPORTS - (now - last).total_seconds()))


def too_soon(where: str, seconds: float, max_wait: float | None) -> QuotaWaitError:
    """Return the error of an import that would have to wait for too long."""
    allowed = max_wait or 0.0
    return QuotaWaitError(
        f"Workato requires 15 minutes between two imports into one environment: the next one into {where} is possible "
        f"at {_at(seconds)}, and it may wait {allowed:.0f} s",
        wait=seconds,
        max_wait=allowed,
    )


async def wait_for_turn(where: str, seconds: float, on_wait: Callable[[datetime], object]) -> None:
    """Wait until an import is permitted, and log until when."""
    logger.warning(
        "Workato requires 15 minutes between two imports into one environment: %s waits until %s", where, _at(seconds)
    )
    on_wait(datetime.now(UTC) + timedelta(seconds=seconds))
    await sleep(seconds)


async def in_turn(
    start: Callable[[], Awaitable[T]], where: str, *, max_wait: float | None, on_wait: Callable[[datetime], object]
) -> T:
    """Start an import, again if it was rejected because it came too soon after the last one.

    Such a response says that nothing was done, so this imports only once.
    """
    clock = asyncio.get_running_loop().time
    begin = clock()
    while True:
        try:
            return await start()
        except BadRequestError as error:
            waited = clock() - begin
            longest = BETWEEN_IMPORTS if max_wait is None else min(BETWEEN_IMPORTS, max_wait)
            if not _TOO_SOON.search(str(error)) or waited >= longest:
                raise
            await wait_for_turn(where, min(_AGAIN, longest - waited), on_wait)


async def recipes_inside(recipes: Recipes, folder_id: int | None) -> Mapping[int, Recipe]:
    """Return the recipes of a folder and of those below it, by id; none of a folder that is not known."""
    if folder_id is None:
        return {}
    listed = recipes.list(folder_id=folder_id, with_subfolders=True, exclude_code=True)
    return {recipe.id: recipe async for recipe in listed}


def stopped(before: Mapping[int, Recipe], after: Mapping[int, Recipe]) -> tuple[RecipeNotRestarted, ...]:
    """Return the recipes that ran before and do not run now."""
    ran = (recipe for id_, recipe in before.items() if recipe.running and id_ in after and not after[id_].running)
    return tuple(RecipeNotRestarted(id=recipe.id, name=recipe.name) for recipe in ran)


async def unauthorized(
    listing: Connections, recipes: Iterable[Recipe], folder_ids: Container[int | None]
) -> list[ToDo]:
    """Return the connections without authorization that recipes use, or that are in some folders."""
    used = {entry.account_id for recipe in recipes for entry in recipe.config}
    try:
        connections = await listing.list().collect()
    except PermissionDeniedError as error:
        return [unread("connections", error)]
    return [
        ToDo(
            kind="connection",
            id=one.id,
            name=one.name,
            text=one.connection_lost_reason or one.authorization_error or "it was never authorized",
        )
        for one in connections
        if one.authorization_status != "success" and (one.id in used or one.folder_id in folder_ids)
    ]


async def missing_properties(
    source: Properties, target: Properties, source_project: int, target_project: int | None
) -> list[ToDo]:
    """Return the properties of a project, and of its environment, that the other one does not have."""
    found = []
    pairs: list[tuple[int | None, int | None, str]] = [(None, None, "environment")]
    if target_project is not None:
        pairs.append((source_project, target_project, "project"))
    try:
        for here, there, of in pairs:
            names = await source.list(prefix="", project_id=here)
            known = await target.list(prefix="", project_id=there)
            text = f"the {of} does not have it"
            found += [ToDo(kind="property", name=name, text=text) for name in names if name not in known]
    except ResponseError as error:
        found.append(unread("properties", error))
    return found


def unread(what: str, error: WorkatoError) -> ToDo:
    """Return what to do about something that could not be checked."""
    return ToDo(kind="check", name=what, text=f"could not be read: {error}")


def _at(seconds: float) -> str:
    until = datetime.now().astimezone() + timedelta(seconds=seconds)
    return f"{until:%H:%M:%S} (in {seconds:.0f} s)"

"""The calls that faults strike: each with a way to make it, and a way to see in the server's data what it did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from workato_async import ENDPOINTS, Endpoint, WorkatoSession

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from workato_async.testing import FakeWorkato

RECIPES = 20
"""Recipes of the server, ids from 10001; the odd ones run, the even ones do not."""
PER_PAGE = 10
JOB = "j-repeat-me"

_BY_ID = {endpoint.id: endpoint for endpoint in ENDPOINTS}


@attrs.frozen
class Verb:
    """One kind of call.

    Attributes:
        endpoint: the id of its endpoint.
        call: makes it; what it has got is appended to the list as it comes.
        right: tells whether what it has got is what the server has.
        effects: how often the server carried it out, as far as its data shows; None for a read.
        once: the data shows no more than whether it was carried out at all.
        before: requests of the call that go well before the fault strikes.
    """

    endpoint: str
    call: Callable[[WorkatoSession, list[Any]], Awaitable[None]]
    right: Callable[[FakeWorkato, list[Any]], bool]
    effects: Callable[[FakeWorkato], int] | None = None
    once: bool = False
    before: int = 0

    @property
    def definition(self) -> Endpoint[Any]:
        return _BY_ID[self.endpoint]

    @property
    def at_most_once(self) -> bool:
        """Whether it must never be carried out twice."""
        return not self.definition.idempotent


async def _get(workato: WorkatoSession, got: list[Any]) -> None:
    got.append((await workato.recipes.get(10_001)).id)


async def _list(workato: WorkatoSession, got: list[Any]) -> None:
    async for recipe in workato.recipes.list(per_page=PER_PAGE):
        got.append(recipe.id)


async def _update(workato: WorkatoSession, got: list[Any]) -> None:
    await workato.recipes.update(10_002, name="Renamed")
    got.append(None)


async def _start(workato: WorkatoSession, got: list[Any]) -> None:
    await workato.recipes.start(10_004)
    got.append(None)


async def _delete(workato: WorkatoSession, got: list[Any]) -> None:
    await workato.recipes.delete(10_006)
    got.append(None)


async def _create(workato: WorkatoSession, got: list[Any]) -> None:
    got.append((await workato.recipes.create(name="Made", folder_id=2_001, code={"number": 0})).id)


async def _repeat(workato: WorkatoSession, got: list[Any]) -> None:
    """Repeat one job; its report holds the error instead of its being raised."""
    (result,) = (await workato.jobs.repeat(10_001, [JOB])).results
    if isinstance(result.error, Exception):
        raise result.error
    got.append((result.status, result.job_id))


def _made(fake: FakeWorkato) -> list[int]:
    return [recipe["id"] for recipe in fake.state.recipes.values() if recipe["name"] == "Made"]


def _repeats(fake: FakeWorkato) -> list[str]:
    jobs = fake.state.jobs[10_001].values()
    return [job["id"] for job in jobs if job["master_job_id"] == JOB != job["id"]]


VERBS = {
    "get": Verb("recipes.get", _get, lambda fake, got: got == [10_001]),
    "list": Verb(
        "recipes.list",
        _list,
        lambda fake, got: got == list(range(10_000 + RECIPES, 10_000, -1)),
        before=1,
    ),
    "update": Verb(
        "recipes.update", _update, lambda fake, got: got == [None], lambda fake: _recipe(fake, 10_002)["version_no"] - 3
    ),
    "start": Verb(
        "recipes.start",
        _start,
        lambda fake, got: got == [None],
        lambda fake: _recipe(fake, 10_004)["running"],
        once=True,
    ),
    "delete": Verb(
        "recipes.delete",
        _delete,
        lambda fake, got: got == [None],
        lambda fake: 10_006 not in fake.state.recipes,
        once=True,
    ),
    "create": Verb("recipes.create", _create, lambda fake, got: got == _made(fake)[:1], lambda fake: len(_made(fake))),
    "repeat": Verb(
        "jobs.repeat",
        _repeat,
        lambda fake, got: got == [("enqueued", _repeats(fake)[0])],
        lambda fake: len(_repeats(fake)),
    ),
}


def prepare(fake: FakeWorkato) -> None:
    """Add the job that is repeated to a server with ``RECIPES`` recipes."""
    fake.state.add_job(10_001, status="failed", id=JOB)


def _recipe(fake: FakeWorkato, recipe_id: int) -> Any:
    return fake.state.recipes[recipe_id]

"""recipes.health.wait, and the polling below it."""

from __future__ import annotations

import asyncio
import itertools
import math
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.scripted_server import HANG, OK, Drop, Seen, reply, session_of
from workato_async import (
    ConfigurationError,
    Limiter,
    NotFoundError,
    OutcomeUnknownError,
    WaitTimeoutError,
    WorkatoSession,
)
from workato_async.operations import FIRST_PAUSE, LONGEST_PAUSE, poll
from workato_async.testing import FakeWorkato

if TYPE_CHECKING:
    from tests.support.scripted_server import ScriptedServer, Step

OLD = "2026-01-01T00:00:00.000Z"
NEW = "2026-01-02T00:00:00.000Z"


def report(completed_at: str) -> Step:
    return reply(
        200, {"data": {"checks": [], "report": {"total_score": 90, "completed_at": completed_at}, "version": 1}}
    )


NEVER = reply(200, {"data": None})
QUEUED = reply(200, {"status": "enqueued"})


class Copilot:
    """Responds with one report until the scan has been under way for some seconds, then with another."""

    def __init__(self, before: Step, after: Step, seconds: float) -> None:
        self.before, self.after, self.seconds = before, after, seconds
        self.queued_at = math.inf
        self.looks: list[float] = []

    def __call__(self, seen: Seen) -> Step:
        if seen.method == "POST":
            self.queued_at = seen.at
            return QUEUED
        self.looks.append(seen.at)
        return self.after if seen.at >= self.queued_at + self.seconds else self.before


@pytest.mark.parametrize("before", [NEVER, report(OLD), reply(200, None)], ids=["never scanned", "old report", "null"])
async def test_the_newer_report_is_waited_for(server: ScriptedServer, workato: WorkatoSession, before: Step) -> None:
    server.otherwise = copilot = Copilot(before, report(NEW), 20)
    health = await workato.recipes.health.wait(5)
    assert health.report is not None
    assert health.report.completed_at is not None
    assert health.report.completed_at.isoformat().startswith("2026-01-02")
    assert [seen.method for seen in server.seen[:2]] == ["GET", "POST"]
    assert sum(seen.method == "POST" for seen in server.seen) == 1
    assert copilot.looks[-1] - copilot.queued_at < 20 + LONGEST_PAUSE


async def test_the_old_report_is_never_taken_for_the_new_one(server: ScriptedServer, workato: WorkatoSession) -> None:
    server.otherwise = Copilot(report(OLD), report(NEW), 1e9)
    begun = asyncio.get_running_loop().time()
    with pytest.raises(WaitTimeoutError) as caught:
        await workato.recipes.health.wait(5, timeout=60)
    assert isinstance(caught.value, TimeoutError)
    assert "60 s" in str(caught.value)
    assert "recipe 5" in str(caught.value)
    assert asyncio.get_running_loop().time() - begun == pytest.approx(60, abs=1)


async def test_a_look_that_hangs_does_not_outlast_the_timeout(server: ScriptedServer, workato: WorkatoSession) -> None:
    server.plays(NEVER, QUEUED)
    server.otherwise = lambda seen: HANG
    begun = asyncio.get_running_loop().time()
    with pytest.raises(WaitTimeoutError) as caught:
        await workato.recipes.health.wait(5, timeout=10)
    assert caught.value.__context__ is None
    assert asyncio.get_running_loop().time() - begun == pytest.approx(10, abs=1)


async def test_errors_come_through(server: ScriptedServer, workato: WorkatoSession) -> None:
    server.plays(reply(404, {"message": "Not found"}))
    with pytest.raises(NotFoundError):
        await workato.recipes.health.wait(5)
    assert len(server.seen) == 1, "no scan is queued for a recipe that is not there"
    server.plays(NEVER, Drop())
    with pytest.raises(OutcomeUnknownError):
        await workato.recipes.health.wait(5)
    server.plays(NEVER, QUEUED, NEVER, reply(404, {"message": "Not found"}))
    with pytest.raises(NotFoundError):
        await workato.recipes.health.wait(5)


@pytest.mark.parametrize("timeout", [0, -1, math.nan])
async def test_a_timeout_that_makes_no_sense_queues_nothing(
    server: ScriptedServer, workato: WorkatoSession, timeout: float
) -> None:
    server.plays(NEVER, QUEUED)
    with pytest.raises(ConfigurationError):
        await workato.recipes.health.wait(5, timeout=timeout)
    assert server.seen == []


async def test_waiting_keeps_to_the_quotas_of_the_fake_server() -> None:
    async with FakeWorkato(recipes=30, jobs=0) as fake:
        async with WorkatoSession("any", base_url=fake.url, limiter=Limiter()) as workato:
            recipes = [recipe.id async for recipe in workato.recipes.list()]
            reports = await asyncio.gather(*(workato.recipes.health.wait(n, timeout=3600) for n in recipes))
        assert len(reports) == 30
        assert all(health.report is not None for health in reports)
        assert fake.refused == 0
        assert fake.sent("recipes.health.analyze") == 30
        assert fake.most_in_window("recipes.health.analyze") <= 20
        assert fake.most_in_window("recipes.health.get") <= 60


async def test_polling_looks_soon_and_then_less_often() -> None:
    loop = asyncio.get_running_loop()
    begun = loop.time()
    looks: list[float] = []

    async def look() -> str | None:
        looks.append(loop.time() - begun)
        return "seen" if len(looks) == 12 else None

    assert await poll(look, timeout=1000, what="it") == "seen"
    pauses = [looks[0], *(later - earlier for earlier, later in itertools.pairwise(looks))]
    assert pauses[0] == FIRST_PAUSE
    assert pauses == sorted(pauses)
    assert max(pauses) == LONGEST_PAUSE


async def test_a_timeout_of_the_look_itself_stays_its_own() -> None:
    async def look() -> Any:
        raise TimeoutError("mine")

    with pytest.raises(TimeoutError, match="mine") as caught:
        await poll(look, timeout=100, what="it")
    assert not isinstance(caught.value, WaitTimeoutError)


async def test_waiting_can_be_cancelled(server: ScriptedServer) -> None:
    server.plays(NEVER, QUEUED, NEVER, OK)
    async with session_of(server.url) as workato:
        waiting = asyncio.create_task(workato.recipes.health.wait(5))
        await server.reached(2)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

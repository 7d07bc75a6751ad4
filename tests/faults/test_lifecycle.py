"""Calls cancelled, and sessions closed or dropped, at every time there is: nothing is lost and nothing left over."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
import warnings
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Literal

import pytest

from tests.support.fault_calls import VERBS
from tests.support.virtual_time import VirtualTimeLoop
from workato_async import (
    ConfigurationError,
    Limiter,
    OutcomeUnknownError,
    Quota,
    RetryPolicy,
    ServerError,
    WorkatoError,
    WorkatoSession,
    fan_out,
)
from workato_async.testing import FakeWorkato, Refuse429, Stall, Status

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

Situation = Literal["first call", "kept connection", "no permit", "429", "after a 429", "503", "no response"]
CASES: list[tuple[str, Situation]] = [
    (verb, situation)
    for verb in ("get", "create")
    for situation in ("first call", "kept connection", "no permit", "429", "after a 429", "503", "no response")
]


def sample(remainder: int) -> list[object]:
    """Every second case; the others are left to the long profile."""
    return [
        pytest.param(*case, marks=() if number % 2 == remainder else pytest.mark.long)
        for number, case in enumerate(CASES)
    ]


STEPS = 24
"""Steps of the loop within which a call ends that has nothing to wait for."""
A_WHILE = 62.0
"""Seconds after which every token must be back."""


@asynccontextmanager
async def call_under_way(
    fake: FakeWorkato, verb: str, situation: Situation, steps: int
) -> AsyncIterator[tuple[WorkatoSession, asyncio.Task[None]]]:
    """Begin a call in a session of its own, and let the loop make some steps."""
    endpoint = VERBS[verb].definition
    limiter = Limiter({endpoint.key: Quota(1, per=60)} if situation == "no permit" else {})
    async with WorkatoSession("any", base_url=fake.url, limiter=limiter) as workato:

        async def call() -> None:
            await VERBS[verb].call(workato, [])

        match situation:
            case "kept connection":
                await workato.activity_logs.list(per_page=1).first()
            case "no permit":
                await call()
            case "429" | "after a 429":
                fake.fail(endpoint.id, Refuse429("30"))
            case "503":
                fake.fail(endpoint.id, Status(503))
            case "no response":
                fake.fail(endpoint.id, Stall(processed=True))
        task = asyncio.create_task(call())
        if situation == "after a 429":
            for _ in range(STEPS):
                await asyncio.sleep(0)
            await asyncio.sleep(30)  # the clock stood still until now, so this is when it goes on
        for _ in range(steps):
            await asyncio.sleep(0)
        yield workato, task


@asynccontextmanager
async def nothing_left_over(*, stalls: bool = False) -> AsyncIterator[FakeWorkato]:
    """Run a server; when the block ends, tasks and open files are as many as they were at its beginning.

    With ``stalls``, requests that wait for ever stay behind in the server.
    """
    async with FakeWorkato(recipes=25, jobs=0, connections=0, lookup_rows=0, environments=False) as fake:
        gc.collect()  # what earlier tests left in cycles would otherwise go inside the block
        tasks, files = asyncio.all_tasks(), len(os.listdir("/dev/fd"))
        yield fake
        await asyncio.sleep(1)  # the server sees that its clients have gone
        left = [task for task in asyncio.all_tasks() - tasks if not stalls or "RequestHandler" not in repr(task)]
        assert left == []
        assert len(os.listdir("/dev/fd")) == files


async def assert_every_token_is_back(workato: WorkatoSession) -> None:
    await asyncio.sleep(A_WHILE)
    for key, state in workato.limiter.snapshot().items():
        assert (state.free, state.waiters) == (state.room, 0), key


@pytest.mark.parametrize(("verb", "situation"), sample(0))
async def test_a_call_cancelled_at_any_step(verb: str, situation: Situation) -> None:
    cancelled = 0
    for steps in range(STEPS):
        async with nothing_left_over(stalls=situation == "no response") as fake:
            async with call_under_way(fake, verb, situation, steps) as (workato, task):
                finished = task.done()
                task.cancel()
                with suppress(asyncio.CancelledError, ServerError):
                    await task
                assert task.cancelled() is not finished
                cancelled += not finished
                await assert_every_token_is_back(workato)
                assert (await workato.recipes.get(10_001)).id == 10_001
            made = [request for request in fake.requests if request.executed and request.method == "POST"]
            assert len(made) <= 1 + (situation == "no permit")
        if finished:
            break
    assert cancelled > (1 if situation == "no permit" else 4), "there was nothing to cancel"  # Python 3.12: 5


@pytest.mark.parametrize("steps", range(8))
async def test_a_call_cancelled_when_its_retry_has_just_been_paid_for(steps: int) -> None:
    retry = RetryPolicy(budget=1, base=4)
    async with nothing_left_over() as fake, WorkatoSession("any", base_url=fake.url, retry=retry) as workato:
        fake.fail("recipes.get", Status(503), times=1)
        await workato.recipes.get(10_001)  # pays one retry, earns a fifth of one
        fake.fail("recipes.get", Status(503), times=1)
        task = asyncio.create_task(workato.recipes.get(10_001))
        await asyncio.sleep(0.1)
        for _ in range(4):
            await workato.folders.list().collect()
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled()
        await assert_every_token_is_back(workato)


@pytest.mark.parametrize(("verb", "situation"), sample(1))
async def test_a_session_closed_under_a_call_at_any_step(verb: str, situation: Situation) -> None:
    """The call ends at once, with an error of ours; what it says of a write is true."""
    loop = asyncio.get_running_loop()
    ended = set()
    for steps in range(STEPS):
        async with nothing_left_over(stalls=situation == "no response") as fake:
            async with call_under_way(fake, verb, situation, steps) as (workato, task):
                before = fake.sent(VERBS[verb].endpoint) if situation == "no permit" else 0
                begun = loop.time()
                await workato.close()
                (result,) = await asyncio.gather(task, return_exceptions=True)
                assert loop.time() == begun
                await assert_every_token_is_back(workato)
            executed = [r for r in fake.requests[before:] if r.executed and r.method == "POST"]
            assert isinstance(result, ConfigurationError | OutcomeUnknownError | ServerError | None)
            if isinstance(result, ConfigurationError):
                assert not executed
            elif isinstance(result, OutcomeUnknownError):
                assert (verb, len(executed) <= 1) == ("create", True)
            ended.add(type(result))
        if result is None or isinstance(result, ServerError):
            break
    assert ConfigurationError in ended or situation == "after a 429"  # by then it has its token
    assert (OutcomeUnknownError in ended) == (verb == "create" and situation != "no permit")


async def test_closing_twice_and_at_the_same_time() -> None:
    async with nothing_left_over(stalls=True) as fake:
        workato = WorkatoSession("any", base_url=fake.url)
        fake.fail("recipes.get", Stall())
        call = asyncio.create_task(workato.recipes.get(10_001))
        await workato.recipes.list().first()
        await asyncio.gather(workato.close(), workato.close(), workato.close())
        await workato.close()
        with pytest.raises(ConfigurationError, match="closed"):
            await call
        with pytest.raises(ConfigurationError, match="closed"):
            await workato.recipes.get(10_001)
        with pytest.raises(ConfigurationError, match="closed"):
            await workato.recipes.list().collect()


async def test_closing_ends_a_fan_out_a_walk_and_a_repetition_at_once() -> None:
    loop = asyncio.get_running_loop()
    async with FakeWorkato(recipes=250, jobs=100) as fake:
        workato = WorkatoSession("any", base_url=fake.url)
        jobs = [job.id async for job in workato.jobs.list(10_001)]
        outcomes: list[BaseException | None] = []

        async def fan() -> None:
            async with fan_out(workato.recipes.get, range(10_001, 10_201), concurrency=200) as running:
                async for outcome in running:
                    outcomes.append(outcome.error)

        async def walk() -> int:
            return len([recipe async for recipe in workato.recipes.list(per_page=1)])

        tasks = [asyncio.create_task(fan()), asyncio.create_task(walk())]
        repetition = asyncio.create_task(workato.jobs.repeat(10_001, jobs * 1 + [f"j-{n}" for n in range(200)]))
        await asyncio.sleep(3)
        begun = loop.time()
        await workato.close()
        fanned, walked = await asyncio.gather(*tasks, return_exceptions=True)
        report = await repetition
        assert loop.time() == begun
    assert fanned is None
    assert len(outcomes) == 200
    assert sum(isinstance(error, ConfigurationError) for error in outcomes) == 200 - outcomes.count(None) > 100
    assert isinstance(walked, ConfigurationError)
    assert {type(result.error) for result in report.results if result.status == "failed"} >= {ConfigurationError}
    assert len(report.results) == len(jobs) + 200


@pytest.mark.parametrize("closed_first", [False, True])
def test_a_session_used_in_another_thread(closed_first: bool) -> None:
    """The other thread gets a defined error at once; the owner's calls go on, and no permit is lost."""

    async def main() -> None:
        async with FakeWorkato(recipes=25, jobs=0) as fake, WorkatoSession("any", base_url=fake.url) as workato:
            await workato.recipes.get(10_001)
            if closed_first:
                await workato.close()
            errors: list[BaseException] = []

            def elsewhere() -> None:
                async def calls() -> None:
                    for verb in VERBS.values():
                        try:
                            await verb.call(workato, [])
                        except WorkatoError as error:
                            errors.append(error)

                with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
                    runner.run(calls())

            thread = threading.Thread(target=elsewhere)
            thread.start()
            thread.join(timeout=20)
            assert [type(error) for error in errors] == [ConfigurationError] * len(VERBS)
            assert len(fake.requests) == 1
            if not closed_first:
                assert (await workato.recipes.get(10_001)).id == 10_001
                await assert_every_token_is_back(workato)

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(main())


async def test_a_session_never_closed_and_collected() -> None:
    """One warning, in our words, and the connections are closed: nothing is left for aiohttp to complain about."""
    async with nothing_left_over() as fake:
        noise: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: noise.append(context))
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            workato = WorkatoSession("any", base_url=fake.url)
            await asyncio.gather(*(workato.recipes.get(10_001) for _ in range(5)))
            del workato
            gc.collect()
            await asyncio.sleep(1)
            gc.collect()
        assert [(w.category, "WorkatoSession" in str(w.message)) for w in caught] == [(ResourceWarning, True)]
        assert noise == []


async def test_a_session_that_was_closed_or_never_used_says_nothing_when_collected() -> None:
    async with nothing_left_over() as fake:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            used, unused = WorkatoSession("any", base_url=fake.url), WorkatoSession("any", base_url=fake.url)
            await used.recipes.get(10_001)
            await used.close()
            del used, unused
            gc.collect()
        assert caught == []

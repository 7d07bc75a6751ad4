"""jobs.list: how many requests it takes, what its counter may get wrong, and where ``since`` ends it."""

from __future__ import annotations

import asyncio
import json
import random
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.paged_lists import query_of
from workato_async import Api, ConfigurationError, Limiter, Quota, WorkatoSession, fan_out
from workato_async.calls.caller import Caller
from workato_async.http.messages import Request, Response
from workato_async.page_lengths import AT_ONCE, ENOUGH
from workato_async.testing import FakeWorkato

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from workato_async.models import Job

PLENTY = Quota(1_000, 1)
NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
Fields = dict[str, Any]


def job_at(number: int, started: datetime | None, **fields: Any) -> Fields:
    ended = None if started is None else (started + timedelta(seconds=5)).isoformat()
    time = None if started is None else started.isoformat()
    return {"id": f"j-{number}", "status": "succeeded", "started_at": time, "completed_at": ended, **fields}


def jobs_until_noon(count: int) -> list[Fields]:
    """Return jobs, newest first, one a minute; the first one started at noon."""
    return [job_at(number, NOON - timedelta(minutes=number)) for number in range(count)]


class Recipes:
    """A pipeline that serves the jobs of recipes, with a counter of its own."""

    def __init__(
        self,
        jobs: Mapping[int, Sequence[Fields]],
        *,
        length: int = 10,
        counter: Callable[[int, int], object] = lambda recipe_id, count: count,
        seconds: float = 0.1,
    ) -> None:
        self.jobs, self.length, self.counter, self.seconds = jobs, length, counter, seconds
        self.requests = 0
        self.api = Api(Caller(self, 45.0))

    async def __call__(self, request: Request) -> Response:
        self.requests += 1
        await asyncio.sleep(self.seconds)
        recipe_id = int(request.path.split("/")[3])
        jobs, offset = self.jobs[recipe_id], query_of(request).get("offset_job_id")
        first = 0 if offset is None else [job["id"] for job in jobs].index(offset) + 1
        counter = self.counter(recipe_id, len(jobs))
        body = {"job_count": 10**6, "job_scope_count": counter, "items": jobs[first : first + self.length]}
        return Response(200, json.dumps(body).encode())

    async def ids(self, recipe_id: int, **arguments: Any) -> list[str]:
        return ids_of(await self.api.jobs.list(recipe_id, **arguments))

    async def all_at_once(self, recipe_ids: Sequence[int]) -> None:
        """Read the lists of several recipes at once, and compare them."""
        async with fan_out(self.ids, recipe_ids) as outcomes:
            async for outcome in outcomes:
                assert outcome.unwrap() == [job["id"] for job in self.jobs[outcome.item]]


def ids_of(jobs: Sequence[Job]) -> list[str]:
    return [job.id for job in jobs]


def jobs_of(count: int) -> list[Fields]:
    return [{"id": f"j-{number}"} for number in range(count)]


def one_page_each(lengths: Sequence[int], **kind: Any) -> Recipes:
    return Recipes({number: jobs_of(length) for number, length in enumerate(lengths)}, **kind)


# --- how many requests


@pytest.mark.parametrize("at_once", [False, True])
@pytest.mark.parametrize("jobs", [50, 150, 175, 500])
async def test_fifty_recipes_with_one_page_of_jobs_each_cost_little_more_than_fifty_requests(
    jobs: int, at_once: bool
) -> None:
    async with FakeWorkato(100, jobs, window=None, latency=0.1) as fake:
        async with WorkatoSession("t", base_url=fake.url, limiter=Limiter(default=PLENTY)) as workato:
            recipes = [recipe async for recipe in workato.recipes.list(running=True)]
            assert len(recipes) == 50
            found: list[Job] = []
            if at_once:
                async with fan_out(workato.jobs.list, recipes) as outcomes:
                    async for outcome in outcomes:
                        found += outcome.unwrap()
            else:
                for recipe in recipes:
                    found += await workato.jobs.list(recipe)
        assert sorted(ids_of(found)) == sorted(job_id for jobs in fake.state.jobs.values() for job_id in jobs)
        assert fake.sent("jobs.list") <= 50 + 2 * (ENOUGH + AT_ONCE)
        assert len(fake.requests) <= 62


@pytest.mark.parametrize("at_once", [False, True])
@pytest.mark.parametrize("seed", range(5))
async def test_pages_of_different_lengths_cost_little_more_too(seed: int, at_once: bool) -> None:
    lengths = random.Random(seed).choices(range(12), k=50)
    recipes = one_page_each(lengths, length=25)
    if at_once:
        await recipes.all_at_once(range(50))
    else:
        for recipe_id, length in enumerate(lengths):
            assert len(await recipes.ids(recipe_id)) == length
    assert recipes.requests <= 62


async def test_views_of_a_session_learn_together() -> None:
    async with FakeWorkato(100, 150, window=None) as fake:
        async with WorkatoSession("t", base_url=fake.url, limiter=Limiter(default=PLENTY)) as workato:
            async for recipe in workato.recipes.list(running=True):
                await workato.options(timeout=50).jobs.list(recipe)
        assert fake.sent("jobs.list") == 50 + ENOUGH


async def test_the_last_of_several_pages_is_known_at_once() -> None:
    recipes = one_page_each([35])
    assert len(await recipes.ids(0)) == 35
    assert recipes.requests == 4
    assert [page.cursor for page in [page async for page in recipes.api.jobs.list(0).pages()]][-1] is None


async def test_a_page_read_on_its_own_uses_what_the_session_knows() -> None:
    recipes = one_page_each([35, 5, 10])
    page = await recipes.api.jobs.list(1).page()
    assert page.cursor == "j-4", "nothing is known yet"
    await recipes.ids(0)
    page = await recipes.api.jobs.list(1).page()
    assert (page.cursor, page.total) == (None, 5)
    assert (await recipes.api.jobs.list(2).page()).cursor == "j-9", "as long as a full page"


async def test_an_iteration_from_a_job_on_ends_with_an_empty_page() -> None:
    recipes = one_page_each([35])
    await recipes.ids(0)
    assert (await recipes.ids(0, offset_job_id="j-29"))[0] == "j-30"
    assert recipes.requests == 4 + 2


# --- counters that are wrong


@pytest.mark.parametrize("counter", [10, 20, 30, 40, 0, -1, 7, 35, None, "10", 10**9])
async def test_forty_jobs_are_forty_whatever_the_counter_says(counter: object) -> None:
    recipes = one_page_each([40], counter=lambda recipe_id, count: counter)
    assert len(await recipes.ids(0)) == 40


async def test_full_pages_are_not_ended_by_a_counter_that_was_right_before() -> None:
    """The session has seen shorter lists end where their counters said; now one lags behind."""
    recipes = one_page_each([*range(1, 10)] * 10 + [40], counter=lambda recipe_id, count: min(count, 10))
    for recipe_id in range(90):
        await recipes.ids(recipe_id)
    assert len(await recipes.ids(90)) == 40


@pytest.mark.parametrize("length", [1, 2, 5, 10])
async def test_counters_that_count_one_page_lose_nothing_in_many_iterations_at_once(length: int) -> None:
    recipes = one_page_each([4 * length] * 50, length=length, counter=lambda recipe_id, count: length)
    await recipes.all_at_once(range(50))


async def test_one_full_page_among_lists_of_several_is_never_taken_for_the_end() -> None:
    recipes = one_page_each([30, *[10] * 20, 40], counter=lambda recipe_id, count: 30 if not recipe_id else 10)
    for recipe_id in range(22):
        assert len(await recipes.ids(recipe_id)) == len(recipes.jobs[recipe_id])


@given(
    lengths=st.lists(st.integers(0, 25), max_size=ENOUGH),
    length=st.integers(1, 12),
    counters=st.lists(st.integers(0, 30), min_size=ENOUGH, max_size=ENOUGH),
)
def test_wrong_counters_lose_nothing(lengths: list[int], length: int, counters: list[int]) -> None:
    recipes = one_page_each(lengths, length=length, counter=lambda recipe_id, count: counters[recipe_id], seconds=0)

    async def read() -> None:
        for recipe_id, count in enumerate(lengths):
            assert len(await recipes.ids(recipe_id)) == count

    asyncio.run(read())


async def test_pending_jobs_that_the_counter_leaves_out_are_listed() -> None:
    recipes = one_page_each([40], counter=lambda recipe_id, count: count - 3)
    assert len(await recipes.ids(0)) == 40


async def test_jobs_that_start_meanwhile_cost_no_further_request() -> None:
    jobs = {0: jobs_of(35)}

    def grow(recipe_id: int, count: int) -> int:
        jobs[0] = [{"id": f"new-{count}"}, *jobs[0]]
        return count

    recipes = Recipes(jobs, counter=grow)
    assert await recipes.ids(0) == [f"j-{number}" for number in range(35)]
    assert recipes.requests == 4


async def test_a_cancelled_check_lets_the_others_check() -> None:
    recipes = one_page_each([5] * 20, seconds=100)
    tasks = [asyncio.create_task(recipes.ids(recipe_id)) for recipe_id in range(20)]
    await asyncio.sleep(150)
    for task in tasks[:10]:
        task.cancel()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert [len(ids) for ids in found[10:] if isinstance(ids, list)] == [5] * 10


# --- since


@pytest.mark.parametrize(("minutes", "requests"), [(0, 1), (6, 1), (7, 2), (9, 2), (10, 2), (16, 2), (17, 3)])
async def test_since_ends_soon_after_the_last_job_that_belongs_to_it(minutes: int, requests: int) -> None:
    recipes = Recipes({0: jobs_until_noon(200)})
    found = await recipes.ids(0, since=NOON - timedelta(minutes=minutes))
    await asyncio.sleep(60)
    assert found == [f"j-{number}" for number in range(minutes + 1)]
    assert recipes.requests == requests


async def test_since_is_not_sent_and_goes_with_a_status() -> None:
    async with FakeWorkato(1, 100, window=None) as fake:
        async with WorkatoSession("t", base_url=fake.url, limiter=Limiter(default=PLENTY)) as workato:
            jobs = await workato.jobs.list(10001, status="failed")
            middle = jobs[len(jobs) // 2].started_at
            assert middle is not None
            found = await workato.jobs.list(10001, status="failed", since=middle)
        assert found == jobs[: len(jobs) // 2 + 1]
        assert all(dict(request.query).keys() <= {"status", "offset_job_id"} for request in fake.requests)


@pytest.mark.parametrize("way", ["break", "first", "whole page"])
async def test_since_requests_no_page_before_it_is_needed(way: str) -> None:
    recipes = Recipes({0: jobs_until_noon(200)})
    jobs = recipes.api.jobs.list(0, since=NOON - timedelta(days=1))
    if way == "first":
        assert await jobs.first()
    elif way == "whole page":
        assert len((await jobs.page()).items) == 10
    else:
        async for _ in jobs:
            await asyncio.sleep(60)
            break
    await asyncio.sleep(60)
    assert recipes.requests == 1


OLD = NOON - timedelta(days=9)


@pytest.mark.parametrize(
    "odd",
    [
        [job_at(90, OLD)],
        [job_at(90, OLD), job_at(91, OLD)],
        [job_at(number, OLD, completed_at=None, status="pending") for number in range(90, 99)],
        [job_at(number, None) for number in range(90, 99)],
        [job_at(number, None, completed_at=None, status="pending") for number in range(90, 99)],
        [job_at(number, OLD, completed_at=(NOON + timedelta(minutes=1)).isoformat()) for number in range(90, 99)],
        [*[job_at(number, None) for number in range(80, 89)], job_at(89, OLD)],
        [job_at(90, OLD, master_job_id="j-1", is_repeat=True), job_at(91, None), job_at(92, OLD)],
    ],
    ids=["one", "two", "pending", "no dates", "not started", "long running", "one among undated", "repeats"],
)
@pytest.mark.parametrize("where", [1, 8, 10])
async def test_odd_jobs_end_no_iteration(odd: list[Fields], where: int) -> None:
    jobs = jobs_until_noon(30)
    recipes = Recipes({0: [*jobs[:where], *odd, *jobs[where:]]})
    found = await recipes.ids(0, since=NOON - timedelta(minutes=19))
    undated = [job["id"] for job in odd if job["started_at"] is None]
    assert sorted(found) == sorted([*(job["id"] for job in jobs[:20]), *undated])


async def test_since_goes_by_the_start_where_nothing_says_when_a_job_ended() -> None:
    jobs = [{key: job[key] for key in ("id", "started_at")} for job in jobs_until_noon(200)]
    recipes = Recipes({0: jobs})
    assert len(await recipes.ids(0, since=NOON - timedelta(minutes=14))) == 15
    assert recipes.requests == 2


async def test_jobs_that_started_at_that_very_time_belong_to_it() -> None:
    now = NOON.isoformat()
    recipes = Recipes({0: [job_at(number, NOON, completed_at=now) for number in range(25)]})
    assert len(await recipes.ids(0, since=NOON)) == 25


async def test_since_in_any_time_zone() -> None:
    recipes = Recipes({0: jobs_until_noon(30)})
    since = (NOON - timedelta(minutes=5)).astimezone(timezone(timedelta(hours=-7)))
    assert len(await recipes.ids(0, since=since)) == 6


async def test_since_holds_from_a_cursor_on() -> None:
    recipes = Recipes({0: jobs_until_noon(200)})
    jobs = recipes.api.jobs.list(0, since=NOON - timedelta(minutes=14))
    page = await jobs.page()
    assert page.cursor == "j-9"
    last = await jobs.page(page.cursor)
    assert (ids_of(list(last.items)), last.cursor) == ([f"j-{number}" for number in range(10, 15)], None)
    assert ids_of(await jobs.from_cursor("j-9")) == [f"j-{number}" for number in range(10, 15)]


@pytest.mark.parametrize("since", [NOON.replace(tzinfo=None), date(2026, 11, 28), "2026-11-28", timedelta(days=1), 7])
def test_since_needs_a_time_zone(since: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"^since must be a datetime with a time zone"):
        Recipes({}).api.jobs.list(0, since=since)


def test_since_does_not_go_with_prev() -> None:
    with pytest.raises(ConfigurationError, match="prev=True"):
        Recipes({}).api.jobs.list(0, since=NOON, offset_job_id="j-1", prev=True)
    assert Recipes({}).api.jobs.list(0, since=NOON, offset_job_id="j-1", prev=False)._cut

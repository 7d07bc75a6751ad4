"""jobs.repeat: any number of ids, 25 a request, one request a second; a failing request costs only its own results."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.scripted_server import HANG, Drop, Reply, Seen, Truncate, reply, session_of
from workato_async import (
    BadRequestError,
    ConfigurationError,
    InvalidResponseError,
    Limiter,
    OutcomeUnknownError,
    RetryPolicy,
    ServerError,
    WorkatoSession,
)
from workato_async.calls.caller import Caller
from workato_async.http.messages import Request, Response
from workato_async.resources.jobs import Jobs, RepeatRefusal
from workato_async.testing import FakeWorkato, Reset

if TYPE_CHECKING:
    from tests.support.scripted_server import ScriptedServer, Step


def enqueued(seen: Seen) -> Step:
    results = [
        {"requested_job_id": job_id, "status": "enqueued", "job": {"id": f"new-{job_id}"}}
        for job_id in seen.json["job_ids"]
    ]
    return reply(200, {"results": results, "summary": {"total_requested": len(results)}})


def ids(count: int) -> list[str]:
    return [f"j-{number}" for number in range(count)]


@pytest.fixture
def repeating(server: ScriptedServer) -> ScriptedServer:
    server.otherwise = enqueued
    return server


@pytest.mark.parametrize("count", [0, 1, 24, 25, 26, 50, 51, 260])
async def test_any_number_of_ids_25_a_request(repeating: ScriptedServer, workato: WorkatoSession, count: int) -> None:
    report = await workato.jobs.repeat(7, ids(count))
    sizes = [len(seen.json["job_ids"]) for seen in repeating.seen]
    assert sizes == [25] * (count // 25) + [count % 25] * (count % 25 > 0)
    assert [job_id for seen in repeating.seen for job_id in seen.json["job_ids"]] == ids(count)
    assert all(seen.method == "POST" and seen.path == "/api/recipes/7/repeat_jobs" for seen in repeating.seen)
    assert [result.requested_job_id for result in report.results] == ids(count)
    assert all(result.status == "enqueued" and result.error is None for result in report.results)
    assert [result.job_id for result in report.results] == [f"new-{job_id}" for job_id in ids(count)]
    assert report.summary.total_requested == report.summary.total_enqueued == count
    assert report.summary.total_failed == 0


async def test_one_request_a_second(repeating: ScriptedServer) -> None:
    async with session_of(repeating.url, limiter=Limiter()) as workato:
        await workato.jobs.repeat(7, ids(250))
    assert len(repeating.seen) == 10
    assert all(later.at - earlier.at > 1 for earlier, later in itertools.pairwise(repeating.seen))


async def test_duplicates_are_sent_once_and_order_is_kept(repeating: ScriptedServer, workato: WorkatoSession) -> None:
    report = await workato.jobs.repeat(7, ["b", "a", "b", "c", "a", "b"])
    assert repeating.seen[0].json == {"job_ids": ["b", "a", "c"]}
    assert [result.requested_job_id for result in report.results] == ["b", "a", "c"]
    assert report.summary.total_requested == 3


@pytest.mark.parametrize("kind", [tuple, set, frozenset, dict.fromkeys, iter, lambda given_ids: (i for i in given_ids)])
async def test_any_collection_of_ids(repeating: ScriptedServer, workato: WorkatoSession, kind: Any) -> None:
    report = await workato.jobs.repeat(7, kind(ids(30)))
    assert {result.requested_job_id for result in report.results} == set(ids(30))


@pytest.mark.parametrize(
    "job_ids",
    [
        "j-1", "", [""], [" "], [1], [None], [b"j-1"], ["j-1", 5], [True],
        [["j-1"]],
        None,
    ],
    ids=repr,
)  # fmt: skip
async def test_ids_that_cannot_be_meant_are_invalid_before_anything_is_sent(
    repeating: ScriptedServer, workato: WorkatoSession, job_ids: Any
) -> None:
    with pytest.raises(ConfigurationError):
        await workato.jobs.repeat(7, job_ids)
    assert repeating.seen == []


async def test_one_bad_id_among_many_sends_nothing(repeating: ScriptedServer, workato: WorkatoSession) -> None:
    with pytest.raises(ConfigurationError):
        await workato.jobs.repeat(7, [*ids(60), ""])
    assert repeating.seen == []


async def test_a_single_id_given_as_text_is_explained(workato: WorkatoSession) -> None:
    with pytest.raises(ConfigurationError, match=r"\['j-1'\]"):
        await workato.jobs.repeat(7, "j-1")


async def test_cancel_does_not_take_a_single_id_as_text(server: ScriptedServer, workato: WorkatoSession) -> None:
    with pytest.raises(ConfigurationError):
        await workato.jobs.cancel(7, "j-1")
    assert server.seen == []


async def test_a_rejection_of_one_job_is_its_own(server: ScriptedServer, workato: WorkatoSession) -> None:
    rejection = {"type_id": "err.item.not_found", "message": "Job not found"}
    server.plays(
        reply(
            200,
            {
                "results": [
                    {"requested_job_id": "j-1", "status": "failed", "error": rejection},
                    {"requested_job_id": "j-0", "status": "enqueued", "job": {"id": "j-9"}},
                ]
            },
        )
    )
    report = await workato.jobs.repeat(7, ["j-0", "j-1"])
    first, second = report.results
    assert (first.status, first.job_id, first.error) == ("enqueued", "j-9", None)
    assert (second.status, second.job_id) == ("failed", None)
    assert second.error == RepeatRefusal(type_id="err.item.not_found", message="Job not found")
    assert not second.outcome_unknown
    assert (report.summary.total_enqueued, report.summary.total_failed) == (1, 1)


async def test_a_failing_request_keeps_the_results_of_the_others(
    repeating: ScriptedServer, workato: WorkatoSession
) -> None:
    repeating.otherwise = lambda seen: (
        reply(400, {"message": "bad"}) if "j-30" in seen.json["job_ids"] else enqueued(seen)
    )
    report = await workato.jobs.repeat(7, ids(75))
    assert len(repeating.seen) == 3
    assert [result.requested_job_id for result in report.results] == ids(75)
    assert {result.status for result in report.results[:25] + report.results[50:]} == {"enqueued"}
    assert all(isinstance(result.error, BadRequestError) for result in report.results[25:50])
    assert report.summary.total_failed == 25


@pytest.mark.parametrize("step", [Drop(), Truncate(), HANG])
async def test_a_lost_response_is_flagged_and_not_retried(
    repeating: ScriptedServer, workato: WorkatoSession, step: Step
) -> None:
    repeating.plays(step)
    report = await workato.jobs.repeat(7, ids(40))
    assert len(repeating.seen) == 2
    unknown = [result for result in report.results if result.outcome_unknown]
    assert [result.requested_job_id for result in unknown] == repeating.seen[0].json["job_ids"]
    assert all(isinstance(result.error, OutcomeUnknownError) and result.status == "failed" for result in unknown)
    assert report.summary.total_enqueued == 15


@pytest.mark.parametrize(
    ("step", "error_class"),
    [(reply(500), ServerError), (reply(504), ServerError), (Reply(body=b"{..."), InvalidResponseError)],
)
async def test_a_response_that_leaves_it_open_is_flagged_too(
    repeating: ScriptedServer, workato: WorkatoSession, step: Step, error_class: type[Exception]
) -> None:
    repeating.plays(step)
    report = await workato.jobs.repeat(7, ids(3))
    assert len(repeating.seen) == 1
    assert all(isinstance(result.error, error_class) for result in report.results)
    assert all(result.outcome_unknown for result in report.results)


async def test_a_job_the_response_does_not_mention_is_no_success(
    server: ScriptedServer, workato: WorkatoSession
) -> None:
    server.plays(
        reply(200, {"results": [{"requested_job_id": "j-0", "status": "enqueued", "job": {"id": "n"}}, {
            "requested_job_id": "stranger", "status": "enqueued", "job": {"id": "m"}}]})
    )  # fmt: skip
    report = await workato.jobs.repeat(7, ["j-0", "j-1"])
    assert [result.status for result in report.results] == ["enqueued", "failed"]
    assert isinstance(report.results[1].error, InvalidResponseError)


async def test_closing_the_session_half_way_keeps_what_was_done(repeating: ScriptedServer) -> None:
    """Those jobs have been repeated: an error instead of the report would make the caller repeat them again."""
    workato = session_of(repeating.url, limiter=Limiter())
    repeating_all = asyncio.create_task(workato.jobs.repeat(7, ids(100)))
    await repeating.reached(2)
    await asyncio.sleep(0.2)
    await workato.close()
    report = await repeating_all
    assert [result.status for result in report.results].count("enqueued") >= 50


@given(count=st.integers(0, 80), failing=st.sets(st.integers(0, 3)))
def test_every_distinct_id_has_exactly_one_result(count: int, failing: set[int]) -> None:
    chunks = itertools.count()

    async def send(request: Request) -> Response:
        assert request.body is not None
        if next(chunks) in failing:
            return Response(400, b'{"message": "no"}')
        seen = Seen("POST", request.target, None, request.body, 0.0)  # type: ignore[arg-type]
        step = enqueued(seen)
        assert isinstance(step, Reply)
        return Response(200, step.body)

    report = asyncio.run(Jobs(Caller(send, 45.0)).repeat(7, ids(count)))
    assert [result.requested_job_id for result in report.results] == ids(count)
    assert report.summary.total_enqueued + report.summary.total_failed == report.summary.total_requested == count


async def test_against_the_fake_server_nothing_is_repeated_twice() -> None:
    async with FakeWorkato(recipes=2, jobs=400) as fake:
        async with WorkatoSession("any", base_url=fake.url, retry=RetryPolicy()) as workato:
            recipe = await workato.recipes.list(running=True).first()
            assert recipe is not None
            jobs = workato.jobs.list(recipe.id, status="failed")
            failed = list({job.master_job_id or job.id: 0 async for job in jobs})
            assert len(failed) > 30
            fake.fail("jobs.repeat", Reset("after"), after=1)
            report = await workato.jobs.repeat(recipe.id, failed)
        assert fake.refused == 0
        assert fake.most_in_window("jobs.repeat") == 1
        assert fake.sent("jobs.repeat") == -(-len(failed) // 25)
        assert [result.outcome_unknown for result in report.results] == [False] * 25 + [True] * (len(failed) - 25)
        assert report.summary.total_enqueued == 25

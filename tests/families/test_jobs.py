"""Jobs: the walk from newer to older, its filters, and repeats."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.bare_http_client import Http
from workato_async.testing import FakeWorkato

if TYPE_CHECKING:
    from workato_async.endpoint import JsonObject

FAKE = {"recipes": 12, "jobs": 60, "lookup_rows": 7, "window": None}

RECIPE = 10001
REPEAT = f"/api/recipes/{RECIPE}/repeat_jobs"


def newest_first(fake: FakeWorkato, recipe_id: int = RECIPE) -> list[str]:
    return [*reversed(fake.state.jobs[recipe_id])]


async def walk(http: Http, recipe_id: int, query: str = "") -> list[JsonObject]:
    found: list[JsonObject] = []
    offset = ""
    while items := (await http.get(f"/api/recipes/{recipe_id}/jobs?{query}{offset}"))["items"]:
        found += items
        offset = f"&offset_job_id={items[-1]['id']}"
        assert len(http.fake.requests) < 500, "the walk does not end"
    return found


async def test_jobs_are_spread_over_the_running_recipes() -> None:
    async with FakeWorkato(7, 22, window=None) as fake, Http(fake) as http:
        counts = [len(await walk(http, recipe_id)) for recipe_id in fake.state.recipes]
        assert counts == [6, 0, 6, 0, 5, 0, 5]


async def test_the_walk_gives_every_job_once_newest_first() -> None:
    async with FakeWorkato(1, 103, window=None, jobs_per_page=10) as fake, Http(fake) as http:
        jobs = await walk(http, RECIPE)
        assert [job["id"] for job in jobs] == newest_first(fake)
        assert len({job["id"] for job in jobs}) == 103
        started = [job["started_at"] for job in jobs]
        assert started == sorted(started, reverse=True)
        assert len(fake.requests) == 12


async def test_prev_walks_back_to_newer_jobs() -> None:
    async with FakeWorkato(1, 30, jobs_per_page=10) as fake, Http(fake) as http:
        order = newest_first(fake)
        target = f"/api/recipes/{RECIPE}/jobs?prev=true&offset_job_id="
        assert [job["id"] for job in (await http.get(target + order[15]))["items"]] == order[5:15]
        assert [job["id"] for job in (await http.get(target + order[4]))["items"]] == order[:4]
        assert (await http.get(target + order[0]))["items"] == []
        assert (await http("GET", target + "j-unknown")).status == 404


async def test_what_became_of_the_jobs() -> None:
    async with FakeWorkato(4, 200, window=None) as fake, Http(fake) as http:
        for recipe_id in (10001, 10003):
            recipe = await http.get(f"/api/recipes/{recipe_id}")
            page = await http.get(f"/api/recipes/{recipe_id}/jobs")
            jobs = await walk(http, recipe_id)
            by_status = {
                status: [job for job in jobs if job["status"] == status]
                for status in ("succeeded", "failed", "pending")
            }
            assert sum(map(len, by_status.values())) == len(jobs) == page["job_count"] == page["job_scope_count"] == 100
            assert len(by_status["failed"]) == pytest.approx(20, abs=2)
            for status in ("succeeded", "failed"):
                assert page[f"job_{status}_count"] == recipe[f"job_{status}_count"] == len(by_status[status])
            assert all(job["is_error"] and job["error_parts"]["message"] == job["error"] for job in by_status["failed"])
            assert all("error_parts" not in job for job in by_status["succeeded"] + by_status["pending"])
            assert all((job["completed_at"] is None) == (job["status"] == "pending") for job in jobs)
            for status in by_status:
                assert await walk(http, recipe_id, f"status={status}") == by_status[status]
            repeats = [job for job in jobs if job["master_job_id"] != job["id"]]
            assert await walk(http, recipe_id, "rerun_only=true") == repeats
            assert 0 < len(repeats) <= 10
        assert any(job["status"] == "pending" for jobs_ in fake.state.jobs.values() for job in jobs_.values())


async def test_one_job(fake: FakeWorkato, http: Http) -> None:
    job_id = newest_first(fake)[0]
    job = await http.get(f"/api/recipes/{RECIPE}/jobs/{job_id}")
    assert job["id"] == job["handle"] == job_id
    assert job.items() >= fake.state.jobs[RECIPE][job_id].items()
    assert [line["recipe_line_number"] for line in job["lines"]] == [0, 1]
    assert (await http("GET", f"/api/recipes/10003/jobs/{job_id}")).status == 404, "another recipe's"


async def test_jobs_added_by_a_test(fake: FakeWorkato, http: Http) -> None:
    before = dict(fake.state.recipes[RECIPE])
    pending = fake.state.add_job(RECIPE, status="pending")
    fake.state.add_job(RECIPE, status="failed", error="boom", title="t", id="j-mine")
    items = (await http.get(f"/api/recipes/{RECIPE}/jobs"))["items"]
    assert [item["id"] for item in items[:2]] == ["j-mine", pending["id"]]
    assert (items[0]["error"], items[0]["title"]) == ("boom", "t")
    fake.state.finish_job(RECIPE, pending["id"])
    recipe = await http.get(f"/api/recipes/{RECIPE}")
    assert recipe["job_failed_count"] == before["job_failed_count"] + 1
    assert recipe["job_succeeded_count"] == before["job_succeeded_count"] + 1
    done = await http.get(f"/api/recipes/{RECIPE}/jobs/{pending['id']}")
    assert (done["status"], done["completed_at"]) == ("succeeded", "2026-01-15T17:00:00.000Z")


async def test_resume(http: Http) -> None:
    reply = await http("POST", "/api/job/resume", {"token": "t", "data": {"a": 1}})
    assert (reply.status, reply.body, "Content-Type" in reply.headers) == (204, b"", False)
    rejected = await http("POST", "/api/job/resume", {"data": {}})
    assert (rejected.status, rejected.json["message"]) == (
        400,
        "param is missing or the value is empty or invalid: token",
    )


async def test_repeat(fake: FakeWorkato, http: Http) -> None:
    masters = [job["id"] for job in fake.state.jobs[RECIPE].values() if job["id"] == job["master_job_id"]]
    repeat = fake.state.add_job(RECIPE, master_job_id=masters[0])
    fake.state.expired_jobs.add(masters[1])
    reply = await http("POST", REPEAT, {"job_ids": [masters[2], "j-unknown", repeat["id"], masters[1]]})
    assert reply.status == 200
    enqueued, *failed = reply.json["results"]
    assert (enqueued["requested_job_id"], enqueued["status"]) == (masters[2], "enqueued")
    new = fake.state.jobs[RECIPE][enqueued["job"]["id"]]
    assert (new["status"], new["master_job_id"]) == ("pending", masters[2])
    assert newest_first(fake)[0] == new["id"]
    assert [(entry["status"], entry["error"]["type_id"]) for entry in failed] == [
        ("failed", "err.item.not_found"),
        ("failed", "err.job.repeat.invalid_id"),
        ("failed", "err.job.repeat.trigger_data_unavailable.expired"),
    ]
    assert reply.json["summary"] == {"total_requested": 4, "total_enqueued": 1, "total_failed": 3}


async def test_a_job_is_repeated_100_times_at_most(fake: FakeWorkato, http: Http) -> None:
    job_id = next(iter(fake.state.jobs[RECIPE]))
    for _ in range(100):
        assert (await http("POST", REPEAT, {"job_ids": [job_id]})).json["summary"]["total_enqueued"] == 1
    assert (await http("POST", REPEAT, {"job_ids": [job_id]})).json["summary"]["total_failed"] == 1


GENERIC = "param is missing or the value is empty or invalid: job_ids"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            {"job_ids": [f"j-{n}" for n in range(75)]},
            "Maximum 25 jobs can be repeated in a single request. Received 75.",
        ),
        ({"job_ids": []}, GENERIC),
        ({}, GENERIC),
        ({"job_ids": "j-1"}, GENERIC),
        ({"job_ids": [1]}, GENERIC),
        ({"job_ids": ["j-1", "j-1"]}, GENERIC),
    ],
)
async def test_repeats_rejected_as_a_whole(http: Http, body: Any, message: str) -> None:
    reply = await http("POST", REPEAT, body)
    assert (reply.status, reply.json) == (400, {"message": message})


async def test_cancel(fake: FakeWorkato, http: Http) -> None:
    pending = fake.state.add_job(RECIPE, status="pending")
    done = next(iter(fake.state.jobs[RECIPE].values()))
    target = f"/api/recipes/{RECIPE}/cancel_jobs"
    assert (await http("POST", target, {"job_ids": [pending["id"], done["id"], "j-unknown"]})).status == 200
    assert (pending["status"], done["status"]) != ("pending", "canceled")
    assert done["status"] in ("succeeded", "failed")


async def test_nothing_of_a_deleted_recipe_remains(fake: FakeWorkato, http: Http) -> None:
    await http("PUT", f"/api/recipes/{RECIPE}/stop")
    await http("DELETE", f"/api/recipes/{RECIPE}")
    assert (await http("GET", f"/api/recipes/{RECIPE}/jobs")).status == 404
    fake.state.add_recipe(id=RECIPE)
    assert (await http.get(f"/api/recipes/{RECIPE}/jobs"))["job_count"] == 0


async def test_jobs_do_not_depend_on_the_order_of_looking() -> None:
    states = [FakeWorkato(10, 100).state for _ in range(2)]
    order = [*states[0].recipes]
    first = {recipe_id: [*states[0].jobs[recipe_id]] for recipe_id in order}
    random.Random(1).shuffle(order)
    second = {recipe_id: [*states[1].jobs[recipe_id]] for recipe_id in order}
    assert first == second

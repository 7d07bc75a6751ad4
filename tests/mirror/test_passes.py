"""What a pass fetches, and what it makes of it."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from tests.mirror.test_resume import Arrivals
from tests.support.mirror_contents import contents, differences, expected, mirror_of, rows
from workato_async import ConfigurationError, PaginationError, PermissionDeniedError, WorkatoSession
from workato_async.mirror import STREAMS, Mirror, Progress, passes
from workato_async.testing import FakeWorkato, Mangled, Status


async def test_a_first_pass_brings_everything(fake: FakeWorkato, workato: WorkatoSession, url: str) -> None:
    async with Mirror(workato, url) as mirror:
        report = await mirror.run()
        assert differences(await contents(mirror), expected(fake.state)) == {}
        assert list(report.streams) == list(STREAMS)
        assert not report.errors
        for name, objects in expected(fake.state).items():
            assert (report[name].added, report[name].changed, report[name].deleted) == (len(objects), 0, 0), name
        assert report.requests == len(fake.requests) - 1  # the first one asks which workspace it is
        assert report["recipe_versions"].requests == 12 * 2  # an empty page is the end


async def test_a_second_pass_over_the_same_fetches_no_jobs(
    fake: FakeWorkato, workato: WorkatoSession, url: str
) -> None:
    async with Mirror(workato, url) as mirror:
        await mirror.run()
        report = await mirror.run()
    assert fake.sent("jobs.list") == 6 * 2
    assert (report["jobs"].requests, report["recipe_versions"].requests) == (1, 0)  # one pending job is looked up
    assert not any(stream.added or stream.changed or stream.deleted for stream in report.streams.values())


async def test_columns_are_those_of_the_models(fake: FakeWorkato, workato: WorkatoSession, url: str) -> None:
    async with Mirror(workato, url) as mirror:
        await mirror.run(["recipes", "jobs"])
        recipe = (await rows(mirror, "recipes"))[0]
        job = next(row for row in await rows(mirror, "jobs") if row["status"] == "failed")
    assert recipe["id"] == 10_001
    assert recipe["running"] is True
    assert recipe["name"] == fake.state.recipes[10_001]["name"]
    assert recipe["created_at"] == datetime.fromisoformat(fake.state.recipes[10_001]["created_at"])
    assert recipe["created_at"].tzinfo is UTC
    assert "config" not in recipe  # what is nested stands in json
    assert job["error"] == fake.state.jobs[job["recipe_id"]][job["id"]]["error"]
    assert job["deleted_at"] is None
    assert job["calling_job_id"] is None


async def test_fields_that_no_model_has_are_kept(fake: FakeWorkato, workato: WorkatoSession, url: str) -> None:
    fake.state.recipes[10_001]["brand_new"] = {"deep": [1, 2.5, "\u2713"]}
    async with Mirror(workato, url) as mirror:
        await mirror.run(["recipes"])
        assert (await contents(mirror))["recipes"] == fake.state.recipes


async def test_what_changed_is_overwritten_and_counted(fake: FakeWorkato, workato: WorkatoSession, url: str) -> None:
    async with Mirror(workato, url) as mirror:
        await mirror.run()
        fake.state.recipes[10_003]["name"] = "renamed"
        fake.state.add_recipe(name="new")
        fake.state.add_folder("new", parent_id=2001)
        fake.state.add_lookup_row(6_001, {"Code": "X"})
        report = await mirror.run()
        assert differences(await contents(mirror), expected(fake.state)) == {}
    assert (report["recipes"].added, report["recipes"].changed) == (1, 1)
    assert (report["folders"].added, report["lookup_table_rows"].added) == (1, 1)
    assert report["recipe_versions"].requests == 2


async def test_what_is_gone_is_marked_and_what_comes_back_is_not(
    fake: FakeWorkato, workato: WorkatoSession, url: str
) -> None:
    state = fake.state
    async with Mirror(workato, url) as mirror:
        await mirror.run()
        begun = datetime.now(UTC)
        recipe, jobs, versions = state.recipes[10_005], state.jobs[10_005], state.versions[10_005]
        state.remove_recipe(10_005)
        connection = state.connections.pop(5_002)
        report = await mirror.run(allow_deletions=True)
        assert differences(await contents(mirror), expected(state)) == {}
        assert report["recipes"].deleted == report["connections"].deleted == 1
        assert report["jobs"].deleted == len(jobs) == 10
        gone = next(row for row in await rows(mirror, "recipes") if row["id"] == 10_005)
        assert begun <= gone["deleted_at"] <= datetime.now(UTC)
        assert gone["name"] == recipe["name"]

        state.recipes[10_005], state.jobs[10_005], state.versions[10_005] = recipe, jobs, versions
        state.connections[5_002] = connection
        report = await mirror.run()
        assert differences(await contents(mirror), expected(state)) == {}
        assert (report["recipes"].changed, report["jobs"].changed) == (1, 10)
        assert report["recipes"].added == report["jobs"].added == 0


async def test_a_new_job_costs_one_request(fake: FakeWorkato, workato: WorkatoSession, url: str) -> None:
    async with Mirror(workato, url) as mirror:
        await mirror.run(["jobs"])
        for recipe_id in (10_001, 10_002, 10_004):  # only the first had any
            fake.state.add_job(recipe_id)
        report = await mirror.run(["jobs"])
        assert differences(await contents(mirror) | _others(mirror, fake), expected(fake.state)) == {}
    assert (report["jobs"].added, report["jobs"].requests) == (
        3,
        1 + 2 + 2 + 1,
    )  # known, to the end, to the end, and one pending job is looked up


def _others(mirror: Mirror, fake: FakeWorkato) -> dict[str, dict[object, object]]:
    """Stand in for the streams that were not asked for."""
    return {name: found for name, found in expected(fake.state).items() if name not in ("recipes", "jobs")}


async def test_new_jobs_are_fetched_down_to_the_first_that_is_known(url: str) -> None:
    async with FakeWorkato(recipes=1, jobs=100, window=None, jobs_per_page=10) as fake, mirror_of(fake, url) as mirror:
        await mirror.run(["jobs"])
        assert fake.sent("jobs.list") == 10 + 1
        for _ in range(25):
            fake.state.add_job(10_001)
        report = await mirror.run(["jobs"])
        assert (report["jobs"].added, report["jobs"].requests) == (25, 3)
        assert set((await contents(mirror))["jobs"]) == set(expected(fake.state)["jobs"])


async def test_pending_jobs_are_looked_up_again(url: str) -> None:
    async with FakeWorkato(recipes=1, jobs=0, window=None, jobs_per_page=3) as fake:
        waiting = [fake.state.add_job(10_001, status="pending")["id"] for _ in range(2)]
        for _ in range(4):
            fake.state.add_job(10_001)
        async with mirror_of(fake, url) as mirror:
            await mirror.run(["jobs"])
            fake.state.finish_job(10_001, waiting[0], status="failed")
            report = await mirror.run(["jobs"])
            assert report["jobs"].changed == 1
            assert fake.sent("jobs.get") == 2
            assert (await contents(mirror))["jobs"] == expected(fake.state)["jobs"]
            assert {row["id"]: row["status"] for row in await rows(mirror, "jobs")}[waiting[0]] == "failed"

            del fake.state.jobs[10_001][waiting[1]]
            fake.state.add_job(10_001)
            report = await mirror.run(["jobs"])
            assert (report["jobs"].added, report["jobs"].deleted, report["jobs"].withheld) == (1, 0, 0)
            fake.state.add_job(10_001)
            report = await mirror.run(["jobs"])  # a second 404 confirms the first
            assert (report["jobs"].added, report["jobs"].deleted) == (1, 1)
            assert (await contents(mirror))["jobs"] == expected(fake.state)["jobs"]


async def test_jobs_that_end_without_a_counter_are_found_in_turn(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passes, "LOOK_UP_SHARE", 2)
    async with FakeWorkato(recipes=150, jobs=0, window=None) as fake:
        recipes = list(fake.state.recipes)[:7]
        pending = [(recipe_id, fake.state.add_job(recipe_id, status="pending")["id"]) for recipe_id in recipes]
        async with mirror_of(fake, url) as mirror:
            await mirror.run(["jobs"])
            assert fake.sent("jobs.get") == 0
            for recipe_id, job_id in pending:
                fake.state.jobs[recipe_id][job_id]["status"] = "canceled"
            for spent in (1, 2, 3, 4, 5, 6, 7, 7):  # one, of two requests for recipes
                await mirror.run(["jobs"])
                assert fake.sent("jobs.get") == spent
            assert {row["status"] for row in await rows(mirror, "jobs")} == {"canceled"}


async def test_a_full_pass_finds_jobs_that_were_erased(url: str) -> None:
    async with FakeWorkato(recipes=2, jobs=40, window=None, jobs_per_page=10) as fake, mirror_of(fake, url) as mirror:
        await mirror.run(["jobs"])
        erased = list(fake.state.jobs[10_001])[5:8]
        for job_id in erased:
            del fake.state.jobs[10_001][job_id]
        assert (await mirror.run(["jobs"]))["jobs"].deleted == 0
        report = await mirror.run(["jobs"], full=True)
        assert report["jobs"].deleted == 3
        assert (await contents(mirror))["jobs"] == expected(fake.state)["jobs"]


async def test_a_stream_brings_the_one_it_is_listed_under(fake: FakeWorkato, workato: WorkatoSession, url: str) -> None:
    async with Mirror(workato, url) as mirror:
        report = await mirror.run(streams=["jobs"])
    assert list(report.streams) == ["recipes", "jobs"]
    assert {request.endpoint for request in fake.requests} == {"workspace.me", "recipes.list", "jobs.list"}


@pytest.mark.parametrize("streams", [["recipes", "nonsense"], [], "recipes"])
async def test_what_is_no_stream_is_invalid(workato: WorkatoSession, url: str, streams: list[str]) -> None:
    async with Mirror(workato, url) as mirror:
        with pytest.raises(ConfigurationError, match="stream"):
            await mirror.run(streams)


async def test_a_stream_without_its_privilege_says_so_and_the_others_go_on(
    fake: FakeWorkato, workato: WorkatoSession, url: str
) -> None:
    fake.fail("connections.list", Status(403, '{"message": "Forbidden"}'))
    fake.fail("jobs.list", Status(403, '{"message": "Forbidden"}'), times=3)
    async with Mirror(workato, url) as mirror:
        report = await mirror.run()
        assert set(report.errors) == {"connections", "jobs"}
        assert isinstance(report["connections"].error, PermissionDeniedError)
        assert 'privilege "Connections: list"' in str(report["connections"].error)
        held = await contents(mirror)
        assert held["connections"] == {}
        assert held["folders"] == expected(fake.state)["folders"]
        assert fake.sent("jobs.list") == 3
        assert not (await mirror.run()).errors
        assert differences(await contents(mirror), expected(fake.state)) == {}


async def test_one_list_that_fails_does_not_hold_up_the_others(
    fake: FakeWorkato, workato: WorkatoSession, url: str
) -> None:
    fake.fail("jobs.list", Status(400, '{"message": "odd"}'), after=2)
    async with Mirror(workato, url) as mirror:
        report = await mirror.run(["jobs"])
        assert "odd" in str(report["jobs"].error)
        assert len((await contents(mirror))["jobs"]) == 50
        assert not (await mirror.run(["jobs"])).errors
        assert len((await contents(mirror))["jobs"]) == 60


async def test_progress_is_told_after_every_page(fake: FakeWorkato, workato: WorkatoSession, url: str) -> None:
    told: list[Progress] = []
    async with Mirror(workato, url, on_progress=told.append) as mirror:
        report = await mirror.run(["jobs"])
    assert len(told) == len(fake.requests) - 1
    assert [p.done for p in told if p.stream == "jobs"] == [0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6]
    assert {p.known for p in told if p.stream == "jobs"} == {6}
    assert told[-1].report == report["jobs"]


async def test_rows_that_shift_between_pages_are_not_taken_for_gone(url: str) -> None:
    async with FakeWorkato(recipes=1, jobs=0, lookup_rows=2_500, window=None) as fake, mirror_of(fake, url) as mirror:
        await mirror.run(["lookup_table_rows"])
        rows_of_table = fake.state.lookup_rows[6_001]

        def arrived(number: int) -> None:
            if "rows?page=2" in fake.requests[-1].raw_target and len(rows_of_table) == 2_500:
                for key in list(rows_of_table)[:10]:  # ten rows of the next page come up to the one already read
                    del rows_of_table[key]

        fake.requests = Arrivals(arrived)
        report = await mirror.run(["lookup_table_rows"])
        assert (report["lookup_table_rows"].deleted, report["lookup_table_rows"].requests) == (0, 4 + 4 + 1)
        report = await mirror.run(["lookup_table_rows"])
        assert report["lookup_table_rows"].deleted == 10
        assert (await contents(mirror))["lookup_table_rows"] == expected(fake.state)["lookup_table_rows"]


async def test_a_short_page_does_not_delete_what_lies_below(url: str) -> None:
    """Thousands of recipes would go with it, and their jobs."""
    async with FakeWorkato(recipes=250, jobs=0, window=None) as fake, mirror_of(fake, url) as mirror:
        await mirror.run(["recipes"])

        def shorten(body: bytes) -> bytes:
            tree = msgspec.json.decode(body)
            return msgspec.json.encode({**tree, "items": tree["items"][:60]})

        fake.fail("recipes.list", Mangled(shorten))
        report = await mirror.run(["recipes"])
        assert report["recipes"].deleted == 0
        assert report["recipes"].requests == 4


async def test_a_server_that_repeats_itself_ends_the_walk(fake: FakeWorkato, workato: WorkatoSession, url: str) -> None:
    full = msgspec.json.encode({"items": [{"id": number} for number in range(500, 400, -1)]})
    fake.fail("recipes.list", Mangled(lambda body: full), times=9)
    async with Mirror(workato, url) as mirror:
        report = await mirror.run(["recipes"])
    assert isinstance(report["recipes"].error, PaginationError)
    assert fake.sent("recipes.list") == 2


async def test_odd_values(fake: FakeWorkato, workato: WorkatoSession, url: str) -> None:
    fake.state.recipes[10_001] |= {"copy_count": 10**30, "name": "nul \0", "description": "\U0001f600"}
    fake.state.connections[5_001]["id"] = 2**63
    async with Mirror(workato, url) as mirror:
        report = await mirror.run(["recipes", "connections"])
        assert (report["connections"].unreadable, len((await contents(mirror))["connections"])) == (1, 4)
        assert "1 object unreadable: " in report.problems["connections"]
        assert report["recipes"].is_complete
        assert (await contents(mirror))["recipes"] == fake.state.recipes
        recipe = (await rows(mirror, "recipes"))[0]
        assert (recipe["copy_count"], recipe["description"]) == (None, "\U0001f600")


async def test_responses_in_another_shape_are_kept_too(fake: FakeWorkato, workato: WorkatoSession, url: str) -> None:
    """Ids as text, a byte order mark: what the converter has a second look at."""
    fake.fail("connections.list", Mangled(lambda body: b"\xef\xbb\xbf" + body.replace(b'"id":5001', b'"id":"5001"')))
    async with Mirror(workato, url) as mirror:
        assert not (await mirror.run(["connections"])).errors
        held = (await contents(mirror))["connections"]
    assert held.pop(5_001)["id"] == "5001"
    assert held == {key: value for key, value in expected(fake.state)["connections"].items() if key != 5_001}

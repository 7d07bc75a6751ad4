"""Cursors of watches: short, for one place, and rejected with a clear text otherwise."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.virtual_time import run
from tests.support.watched_workspace import WatchedWorkspace
from workato_async import Api, ConfigurationError, WorkatoSession
from workato_async.testing import FakeWorkato
from workato_async.watch import pack, unpack


async def cursors(space: WatchedWorkspace) -> dict[str, str]:
    """Return the cursor of each watch after its first poll."""
    found = {}
    for name, watch in (("jobs", space.api.jobs.watch(every=1)), ("activity_logs", space.api.activity_logs.watch())):
        waiting = asyncio.ensure_future(watch.__anext__())
        await asyncio.sleep(0.5)
        waiting.cancel()
        found[name] = watch.cursor
    return found


def watch(api: Api, name: str, cursor: Any, **arguments: Any) -> Any:
    return getattr(api, name).watch(cursor, **arguments)


@pytest.mark.parametrize("name", ["jobs", "activity_logs"])
async def test_a_cursor_continues_itself(name: str) -> None:
    space = WatchedWorkspace()
    cursor = (await cursors(space))[name]
    assert watch(space.client(), name, cursor).cursor == cursor
    assert watch(space.client(), name, f" {cursor}\n").cursor == cursor
    held = json.loads(cursor)
    assert (held["watch"], held["v"], held["host"], held["workspace"]) == (name, 1, "app.workato.com", 77)
    assert len(cursor) < 400


@pytest.mark.parametrize("name", ["jobs", "activity_logs"])
async def test_every_part_of_a_cursor_is_checked(name: str) -> None:
    space = WatchedWorkspace()
    for number in (1, 2, 3):
        space.fail(number)
        space.log()
    cursor = (await cursors(space))[name]
    for position in range(len(cursor)):
        with pytest.raises(ConfigurationError):
            watch(space.client(), name, cursor[:position])
        with pytest.raises(ConfigurationError):
            watch(
                space.client(),
                name,
                cursor[:position] + ("7" if cursor[position] != "7" else "8") + cursor[position + 1 :],
            )


@pytest.mark.parametrize("name", ["jobs", "activity_logs"])
@pytest.mark.parametrize(
    "cursor", ["", "j-1", "17", "null", "[]", "{}", '{"v": 1}', b"{}", 3, '{"crc": {}}', "[" * 9999]
)
async def test_what_is_no_cursor(name: str, cursor: Any) -> None:
    space = WatchedWorkspace()
    with pytest.raises(ConfigurationError, match=r"cursor") as caught:
        watch(space.api, name, cursor)
    assert "watch.cursor" in str(caught.value)


async def test_the_cursor_of_something_else() -> None:
    space = WatchedWorkspace()
    found = await cursors(space)
    with pytest.raises(ConfigurationError, match=r"the cursor of another watch, 'activity_logs', not of 'jobs'"):
        space.api.jobs.watch(found["activity_logs"])
    with pytest.raises(
        ConfigurationError, match=r"/api/recipes on app.workato.com, and the session is for /api/recipes on eu"
    ):
        space.client("eu").jobs.watch(found["jobs"])
    with pytest.raises(ConfigurationError, match=r"status 'failed', not 'succeeded'"):
        space.api.jobs.watch(found["jobs"], status="succeeded")


@pytest.mark.parametrize("name", ["jobs", "activity_logs"])
async def test_the_cursor_of_another_workspace(name: str) -> None:
    space = WatchedWorkspace()
    cursor = (await cursors(space))[name]
    space.workspace = 78
    with pytest.raises(
        ConfigurationError, match=r"workspace 77 on app.workato.com, and the session is for workspace 78"
    ):
        await anext(watch(space.client(), name, cursor))
    space.workspace = None  # clients of some environments may not ask
    assert watch(space.client(), name, cursor).cursor == cursor


async def test_the_cursor_of_a_customer() -> None:
    async with FakeWorkato(1, 0, customers=2) as fake, WorkatoSession("t", base_url=fake.url) as workato:
        cursor = workato.customer(98178).jobs.watch().cursor
        workato.customer(98178).jobs.watch(cursor)
        for other in (workato, workato.customer(98179)):
            with pytest.raises(ConfigurationError, match=r"/api/managed_users/98178/recipes on"):
                other.jobs.watch(cursor)


async def test_the_cursor_of_a_later_release() -> None:
    space = WatchedWorkspace()
    held = json.loads((await cursors(space))["jobs"])
    held["v"] = 2
    with pytest.raises(ConfigurationError, match=r"version 2, and this release knows 1.*Upgrade"):
        space.api.jobs.watch(json.dumps(held))


@pytest.mark.parametrize(
    "wrong", [{"every": 0}, {"every": "often"}, {"status": "pending"}, {"since": "24h"}, {"longest": -1}]
)
async def test_invalid_arguments(wrong: Any) -> None:
    with pytest.raises(ConfigurationError):
        WatchedWorkspace().api.jobs.watch(**wrong)


@given(st.lists(st.integers(0, 2**50)))
def test_numbers_survive(numbers: list[int]) -> None:
    assert unpack(pack(numbers)) == numbers


def test_a_workspace_of_three_thousand_recipes_has_a_cursor_of_some_kilobytes() -> None:
    async def main() -> None:
        space = WatchedWorkspace(0)
        for number in range(3000):
            space.recipes[number] = {"id": 10_000 + number * 37 % 80_000, "job_failed_count": number * 7919 % 500}
        assert len((await cursors(space))["jobs"]) < 12_000

    run(main())

"""Every fiftieth of the events of ``hostile_events`` on PostgreSQL; all of them in the long run."""

from __future__ import annotations

import asyncio

import pytest

from tests.mirror.hostile_events import EVENTS, Event, live, play
from tests.support.hostile_server import HostileServer
from tests.support.mirror_contents import contents, differences, expected, mirror_of
from tests.support.postgres_server import PostgresServer
from workato_async.mirror import passes, reader

REAL_TIME = True
_FILLED: dict[int, tuple[str, dict[bool, int]]] = {}


async def filled(postgres: PostgresServer) -> tuple[str, dict[bool, int]]:
    """Return the name of a full mirror's database, and the requests of an undisturbed pass after it."""
    if postgres.port not in _FILLED:
        url = postgres.new_url()
        async with HostileServer() as server, mirror_of(server, url) as mirror:
            assert (await mirror.run()).is_complete
        needed = {}
        name = url.rpartition("/")[2]
        for full in (False, True):
            async with HostileServer() as server, mirror_of(server, postgres.new_url(template=name)) as mirror:
                live(server.state)
                await mirror.run(full=full)
                needed[full] = len(server.requests)
        _FILLED[postgres.port] = (name, needed)
    return _FILLED[postgres.port]


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(event, id=event.name[:60], marks=[pytest.mark.long] if position % 50 else [])
        for position, event in enumerate(EVENTS)
    ],
)
async def test_an_event(event: Event, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> None:
    name, needed = await filled(postgres)
    monkeypatch.setattr(reader, "LONGEST", 20)
    async with HostileServer() as server, mirror_of(server, postgres.new_url(template=name)) as mirror:
        await play(event, server, mirror, needed[event.full])


@pytest.mark.parametrize(
    "event",
    [EVENTS[0], *(pytest.param(event, marks=pytest.mark.long) for event in EVENTS[60::60])],
    ids=lambda event: event.name[:60],
)
async def test_an_event_that_two_mirrors_meet(
    event: Event, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, needed = await filled(postgres)
    monkeypatch.setattr(reader, "LONGEST", 20)
    monkeypatch.setattr(passes, "POLL_INTERVAL", 0.01)
    url = postgres.new_url(template=name)
    async with HostileServer() as server, mirror_of(server, url) as one, mirror_of(server, url) as other:

        async def both(**options: object) -> object:
            reports = await asyncio.gather(one.run(**options), other.run(**options))  # type: ignore[arg-type]
            return reports[0] if reports[0].problems else reports[1]

        await play(event, server, one, 2 * needed[event.full], run=both)
        assert differences(await contents(other), expected(server.state)) == {}

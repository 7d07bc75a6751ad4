"""A sixth of the events of ``hostile_events`` on SQLite; all of them in the long run."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.mirror.hostile_events import EVENTS, Event, live, play
from tests.support.hostile_server import HostileServer
from tests.support.mirror_contents import mirror_of
from workato_async.mirror import reader

_NEEDED: dict[bool, int] = {}


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("filled") / "workato.db"


async def fill(path: Path) -> None:
    """Fill a mirror, once, and count the requests of an undisturbed pass after it."""
    async with HostileServer() as server, mirror_of(server, f"sqlite:///{path}") as mirror:
        assert (await mirror.run()).is_complete
    for full in (False, True):
        shutil.copy(path, path.with_name("calm.db"))
        async with HostileServer() as server, mirror_of(server, f"sqlite:///{path.with_name('calm.db')}") as mirror:
            live(server.state)
            await mirror.run(full=full)
            _NEEDED[full] = len(server.requests)


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(event, id=event.name[:60], marks=[pytest.mark.long] if position % 6 else [])
        for position, event in enumerate(EVENTS)
    ],
)
async def test_an_event(event: Event, filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not filled.exists():
        await fill(filled)
    shutil.copy(filled, tmp_path)
    monkeypatch.setattr(reader, "LONGEST", 20)
    async with HostileServer() as server, mirror_of(server, f"sqlite:///{tmp_path / filled.name}") as mirror:
        await play(event, server, mirror, _NEEDED[event.full])

"""A scripted server with a session that talks to it, and mocked responses for tests that need no connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.scripted_server import ScriptedServer, session_of
from workato_async.testing import mocked

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from workato_async import WorkatoSession


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with ScriptedServer() as running:
        yield running


@pytest.fixture
async def workato(server: ScriptedServer) -> AsyncIterator[WorkatoSession]:
    async with session_of(server.url) as session:
        yield session


@pytest.fixture
def responses() -> Iterator[mocked]:
    with mocked() as started:
        yield started

"""A scripted server, and a session that talks to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.scripted_server import ScriptedServer, session_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from workato_async import WorkatoSession


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with ScriptedServer() as running:
        yield running


@pytest.fixture
async def workato(server: ScriptedServer) -> AsyncIterator[WorkatoSession]:
    async with session_of(server.url) as session:
        yield session

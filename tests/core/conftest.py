"""A scripted server with a session that talks to it, and mocked responses for tests that need no connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.scripted_server import ScriptedServer, session_of
from workato_async.testing import mocked

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from workato_async import WorkatoSession


ON_BOTH_WAYS = ("test_connections", "test_lean_endings", "test_right_response", "test_transport")
"""Modules whose cases run without aiohttp's client and with it; ``nox -s plain`` does so for many more."""


@pytest.fixture(autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Send all requests through aiohttp's client, if the case is to."""
    if getattr(request, "param", "") == "plain":
        monkeypatch.setenv("WORKATO_ASYNC_PLAIN", "1")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the cases of some modules both ways."""
    if metafunc.module.__name__.rpartition(".")[2] in ON_BOTH_WAYS:
        metafunc.parametrize("way", ["lean", "plain"], indirect=True)


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

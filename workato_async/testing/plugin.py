"""The pytest plugin: the fixtures ``fake_workato`` and ``workato_session``.

They work with pytest-asyncio in both of its modes, and with any other plugin that runs async fixtures.

pytest imports this module in every run where the package is installed. Inside the package that would import
``workato_async`` first; so the wheel has this file as the top-level module ``workato_async_pytest``
(see pyproject.toml), and everything else is imported by the fixtures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

try:
    from pytest_asyncio import fixture as async_fixture
except ImportError:
    async_fixture = pytest.fixture  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from workato_async import WorkatoSession
    from workato_async.testing.server import FakeWorkato


@async_fixture
async def fake_workato() -> AsyncIterator[FakeWorkato]:
    """Yield a started fake Workato with 25 recipes and 100 jobs, on the loop of the test."""
    from workato_async.testing.server import FakeWorkato

    async with FakeWorkato(recipes=25, jobs=100) as fake:
        yield fake


@async_fixture
async def workato_session(fake_workato: FakeWorkato) -> AsyncIterator[WorkatoSession]:
    """Yield a session with the fake of the same test."""
    from workato_async import WorkatoSession

    async with WorkatoSession("any-token", base_url=fake_workato.url) as session:
        yield session

"""A fake workspace and a session that uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.bare_http_client import Http
from workato_async import WorkatoSession
from workato_async.testing import FakeWorkato

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def fake(request: pytest.FixtureRequest) -> AsyncIterator[FakeWorkato]:
    """A small fake, or one with the module's ``FAKE`` arguments."""
    async with FakeWorkato(**getattr(request.module, "FAKE", {"recipes": 3, "jobs": 0})) as fake:
        yield fake


@pytest.fixture
async def http(fake: FakeWorkato) -> AsyncIterator[Http]:
    """A bare client, for what this package's own does not send or show."""
    async with Http(fake) as client:
        yield client


@pytest.fixture
async def workato(fake: FakeWorkato) -> AsyncIterator[WorkatoSession]:
    async with WorkatoSession("a-token", base_url=fake.url) as workato:
        yield workato

"""Two fake workspaces, and sessions with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from workato_async import WorkatoSession
from workato_async.testing import FakeWorkato

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def fake() -> AsyncIterator[FakeWorkato]:
    async with FakeWorkato(recipes=6, jobs=40) as fake:
        yield fake


@pytest.fixture
async def other() -> AsyncIterator[FakeWorkato]:
    async with FakeWorkato(recipes=6, jobs=40) as fake:
        yield fake


@pytest.fixture
async def workato(fake: FakeWorkato) -> AsyncIterator[WorkatoSession]:
    async with WorkatoSession("a-token", base_url=fake.url) as workato:
        yield workato


@pytest.fixture
async def target(other: FakeWorkato) -> AsyncIterator[WorkatoSession]:
    async with WorkatoSession("another-token", base_url=other.url) as workato:
        yield workato

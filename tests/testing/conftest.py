"""A fake with a client, and nothing between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.bare_http_client import Http
from workato_async.testing import FakeWorkato

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def fake() -> AsyncIterator[FakeWorkato]:
    async with FakeWorkato(recipes=12, jobs=60, window=None, lookup_rows=7) as running:
        yield running


@pytest.fixture
async def http(fake: FakeWorkato) -> AsyncIterator[Http]:
    async with Http(fake) as client:
        yield client

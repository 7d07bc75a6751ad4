"""What the tests of the documentation share."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from workato_async.testing import FakeWorkato


@pytest.fixture
def now() -> datetime:
    """The time in the fake, and in the programs."""
    return datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.fixture
def fake(now: datetime) -> FakeWorkato:
    """Return the workspace that the pages show, not started."""
    return FakeWorkato(recipes=12, jobs=60, lost_connections=2, customers=3, seed=1, now=now)

"""A fake server in a thread of its own, and a blocking client of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.signals import Signals
from workato_async import Limiter, operations
from workato_async.blocking import Workato
from workato_async.testing import FakeWorkato

RECIPES = 60


@pytest.fixture
def fake() -> Iterator[FakeWorkato]:
    with FakeWorkato(recipes=RECIPES, jobs=100, token="secret", window=None, time_scale=0.01) as fake:
        yield fake


@pytest.fixture
def workato(fake: FakeWorkato) -> Iterator[Workato]:
    with Workato("secret", base_url=fake.url, limiter=Limiter(time_scale=0.001)) as workato:
        yield workato


@pytest.fixture(autouse=True)
def operations_are_polled_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "FIRST_PAUSE", 0.01)


@pytest.fixture
def signals() -> Iterator[Signals]:
    """A signal whose handler raises in the main thread."""
    with Signals() as signals:
        yield signals

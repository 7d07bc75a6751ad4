"""Lists: handed over page by page, with the next page fetched meanwhile."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from workato_async import RetryPolicy, ServerError
from workato_async._blocking.thread import LoopThread
from workato_async.blocking import Workato
from workato_async.testing import FakeWorkato
from workato_async.testing.faults import Status


@pytest.fixture
def hops(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The times at which something was handed to the loop and waited for."""
    hops: list[int] = []
    run = LoopThread.run

    def counted(self: LoopThread, *arguments: Any) -> Any:
        hops.append(1)
        return run(self, *arguments)

    monkeypatch.setattr(LoopThread, "run", counted)
    return hops


def test_pages_are_handed_over_page_by_page(workato: Workato, hops: list[int]) -> None:
    assert len(list(workato.recipes.list(per_page=20))) == 60
    assert len(hops) <= 2 * 3 + 2  # pages, which may still be on their way, the end, the clean-up


def test_the_next_page_is_fetched_while_the_caller_works(fake: FakeWorkato, workato: Workato) -> None:
    pages = workato.recipes.list(per_page=20).pages()
    first = next(pages)
    deadline = time.monotonic() + 10
    while fake.sent("recipes.list") < 2 and time.monotonic() < deadline:
        time.sleep(0.001)
    assert fake.sent("recipes.list") == 2
    assert [len(page.items) for page in (first, *pages)] == [20, 20, 20]


def test_leaving_the_loop_ends_the_iteration(fake: FakeWorkato, workato: Workato) -> None:
    for number, _ in enumerate(workato.recipes.list(per_page=20)):
        if number == 2:
            break
    assert fake.sent("recipes.list") <= 2
    assert workato.run(others) == 0


async def others() -> int:
    return len([task for task in asyncio.all_tasks() if "_fetch" in repr(task.get_coro())])


def test_all_methods_of_a_list(workato: Workato) -> None:
    recipes = workato.recipes.list(per_page=20)
    everything = recipes.collect()
    assert recipes.collect(limit=3) == everything[:3]
    assert recipes.first() == everything[0]
    page = recipes.page()
    assert list(page.items) == everything[:20]
    assert list(recipes.page(page.cursor).items) == everything[20:40]
    rest = recipes.from_cursor(page.cursor)
    assert type(rest) is type(recipes)
    assert list(rest) == everything[20:]
    assert list(recipes) == list(recipes) == everything
    assert [recipe for page in recipes.pages() for recipe in page.items] == everything


def test_an_error_of_a_page_is_raised_where_it_is_iterated(fake: FakeWorkato, workato: Workato) -> None:
    fake.fail("recipes.list", Status(500), after=1, times=20)
    seen = []
    with pytest.raises(ServerError):
        for recipe in workato.options(retry=RetryPolicy(attempts=1)).recipes.list(per_page=20):
            seen.append(recipe)
    assert len(seen) == 20

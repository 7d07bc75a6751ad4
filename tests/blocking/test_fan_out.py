"""fan_out as a generator: every item has one outcome, and no more is begun than was taken."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from functools import partial
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workato_async import ConfigurationError, NotFoundError
from workato_async.blocking import Operation, Workato
from workato_async.testing import FakeWorkato
from workato_async.testing.faults import Stall


def all_ids(workato: Workato) -> list[int]:
    return [recipe.id for recipe in workato.recipes.list()]


@pytest.mark.parametrize("ordered", [False, True])
@pytest.mark.parametrize(
    "function_of",
    [
        lambda w: w.recipes.get,
        lambda w: w.options(timeout=30).recipes.get,
        lambda w: partial(w.recipes.get),
        lambda w: lambda id_: w.recipes.get(id_),
        lambda w: w.session.recipes.get,
    ],
    ids=["method", "method of a view", "partial", "plain function", "coroutine function"],
)
def test_every_item_has_one_outcome(workato: Workato, function_of: Any, ordered: bool) -> None:
    ids = [*all_ids(workato), 1]
    outcomes = list(workato.fan_out(function_of(workato), ids, concurrency=7, ordered=ordered))
    assert sorted(outcome.item for outcome in outcomes) == sorted(ids)
    if ordered:
        assert [outcome.item for outcome in outcomes] == ids
    for outcome in outcomes:
        if outcome.item == 1:
            assert isinstance(outcome.error, NotFoundError)
        else:
            assert outcome.unwrap().id == outcome.item


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(
    items=st.lists(st.integers(0, 9), max_size=30),
    concurrency=st.integers(1, 8),
    ordered=st.booleans(),
    threads=st.booleans(),
    fails=st.sets(st.integers(0, 9)),
)
def test_whatever_the_items(
    workato: Workato, items: list[int], concurrency: int, ordered: bool, threads: bool, fails: set[int]
) -> None:
    def plain(item: int) -> int:
        if item in fails:
            raise ValueError(item)
        return item * 2

    async def asynchronous(item: int) -> int:
        await asyncio.sleep(0)
        return plain(item)

    function = plain if threads else asynchronous
    outcomes = list(workato.fan_out(function, items, concurrency=concurrency, ordered=ordered))
    assert sorted(outcome.item for outcome in outcomes) == sorted(items)
    for outcome in outcomes:
        failed = outcome.item in fails
        assert (outcome.value, type(outcome.error)) == (
            (None, ValueError) if failed else (outcome.item * 2, type(None))
        )


def test_a_list_method_gives_lists_and_an_operation_is_started(workato: Workato) -> None:
    ids = all_ids(workato)[:3]
    for function in (workato.jobs.list, lambda id_: workato.jobs.list(id_), partial(workato.jobs.list)):
        outcomes = list(workato.fan_out(function, ids, ordered=True))
        assert [outcome.unwrap() for outcome in outcomes] == [workato.jobs.list(id_).collect() for id_ in ids]
    folder = workato.folders.list().first()
    assert folder is not None
    manifest = workato.export_manifests.create(name="m", folder_id=folder.id)
    (outcome,) = workato.fan_out(workato.packages.export, [manifest.id])
    assert outcome.unwrap().id > 0
    (outcome,) = workato.fan_out(lambda id_: workato.packages.export(id_).wait(), [manifest.id])
    assert not isinstance(outcome.unwrap(), Operation)


def test_back_pressure_is_exact(workato: Workato) -> None:
    taken = 0
    threads = set()

    def items() -> Iterator[int]:
        nonlocal taken
        for item in count():
            taken += 1
            threads.add(threading.get_ident())
            yield item

    started: list[int] = []

    async def function(item: int) -> int:
        started.append(item)
        return item

    for handed, _ in enumerate(workato.fan_out(function, items(), concurrency=5), 1):
        workato.run(asyncio.sleep, 0)
        assert taken <= handed - 1 + 5
        assert len(started) <= taken
        if handed == 50:
            break
    assert threads == {threading.get_ident()}


def test_an_outcome_is_not_kept_back_for_the_next_item(workato: Workato) -> None:
    """Like messages from a queue: the third item comes only once the first two are dealt with."""
    done: list[int] = []

    def items() -> Iterator[int]:
        yield 1
        yield 2
        deadline = time.monotonic() + 10
        while len(answered) < 1 and time.monotonic() < deadline:
            time.sleep(0.001)
        assert answered
        yield 3

    answered: list[int] = []

    async def function(item: int) -> int:
        answered.append(item)
        return item

    for outcome in workato.fan_out(function, items(), concurrency=3):
        done.append(outcome.unwrap())
    assert sorted(done) == [1, 2, 3]


def test_items_that_make_calls(fake: FakeWorkato, workato: Workato) -> None:
    by_pages = workato.fan_out(workato.recipes.get, workato.recipes.list(per_page=25), concurrency=7)
    assert len([outcome.unwrap() for outcome in by_pages]) == 60
    generated = workato.fan_out(workato.recipes.get, (r.id for r in workato.recipes.list(per_page=25)), concurrency=7)
    assert len([outcome.unwrap() for outcome in generated]) == 60
    pages = workato.fan_out(lambda page: len(page.items), workato.recipes.list(per_page=25).pages(), ordered=True)
    assert [outcome.unwrap() for outcome in pages] == [25, 25, 10]
    asynchronous = workato.fan_out(workato.recipes.get, aiter_of([10001, 10002]))
    assert len([outcome.unwrap() for outcome in asynchronous]) == 2


async def aiter_of(items: list[int]) -> Any:
    for item in items:
        yield item


def test_an_iterable_that_raises(workato: Workato) -> None:
    def items() -> Iterator[int]:
        yield from range(5)
        raise KeyError("items")

    seen = []
    with pytest.raises(KeyError, match="items"):
        for outcome in workato.fan_out(lambda item: item, items(), concurrency=2):
            seen.append(outcome.item)
    assert sorted(seen) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("plain", [False, True])
def test_leaving_cancels_and_waits(fake: FakeWorkato, workato: Workato, plain: bool) -> None:
    fake.fail("recipes.get", Stall(), after=1, times=10)
    ended: list[int] = []

    def blocking(id_: int) -> object:
        try:
            return workato.recipes.get(id_)
        finally:
            ended.append(id_)

    async def asynchronous(id_: int) -> object:
        try:
            return await workato.session.recipes.get(id_)
        finally:
            await asyncio.sleep(0.01)
            ended.append(id_)

    ids = all_ids(workato)[:5]
    for _ in workato.fan_out(blocking if plain else asynchronous, ids, concurrency=5):
        while fake.sent("recipes.get") < 5:
            time.sleep(0.001)
        break
    assert sorted(ended) == sorted(ids)
    assert workato.workspace.me() is not None


@pytest.mark.parametrize("inner_plain", [False, True])
def test_nested(fake: FakeWorkato, workato: Workato, inner_plain: bool) -> None:
    ids = all_ids(workato)[:6]

    def inner(id_: int) -> list[int]:
        function: Any = (lambda i: workato.recipes.get(i)) if inner_plain else workato.recipes.get
        return [outcome.unwrap().id for outcome in workato.fan_out(function, [id_, *ids], concurrency=3)]

    outcomes = list(workato.fan_out(inner, ids, concurrency=3))
    assert [sorted(outcome.unwrap()) for outcome in outcomes] == [sorted([o.item, *ids]) for o in outcomes]
    fake.fail("recipes.get", Stall(), probability=1.0, after=25)
    for _ in workato.fan_out(inner, ids, concurrency=3):
        break
    assert workato.workspace.me() is not None
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("workato_async fan_out")]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((3, [1]), "needs a function to call, not int"),
        ((print, 3), "needs an iterable of items, not int"),
        ((print, [1], 0), "concurrency must be a whole number of at least 1, not 0"),
        ((print, [1], True), "concurrency must be a whole number"),
    ],
)
def test_wrong_arguments(workato: Workato, arguments: Any, says: str) -> None:
    function, items, *concurrency = arguments
    with pytest.raises(ConfigurationError, match=says):
        workato.fan_out(function, items, **({"concurrency": concurrency[0]} if concurrency else {}))


def test_nothing_to_do(workato: Workato) -> None:
    assert list(workato.fan_out(workato.recipes.get, [])) == []
    workato.fan_out(workato.recipes.get, [1])  # not begun, and so nothing is sent

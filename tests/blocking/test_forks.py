"""A forked child works with a client of its parent, and leaves what its parent uses alone."""

from __future__ import annotations

import multiprocessing
import os
import threading
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.support.child_process import child
from workato_async import ConfigurationError, Limiter, Quota
from workato_async._blocking import thread
from workato_async.blocking import Mirror, Workato
from workato_async.limits.machine import MachineStore
from workato_async.testing import FakeWorkato
from workato_async.testing.faults import Slow

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork"),
    pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning"),  # Python's own, since 3.12
]


def in_child(function: Callable[[], object]) -> Any:
    """Return what a function returns in a forked child."""
    with child(lambda say: function()) as process:
        return process.result()


def reason(function: Callable[[], object]) -> str:
    try:
        return f"no error: {function()!r}"
    except ConfigurationError as error:
        return str(error)


@pytest.fixture
def unused(fake: FakeWorkato) -> Iterator[Workato]:
    workato = Workato("secret", base_url=fake.url, limiter=lambda: Limiter(time_scale=0.001))
    yield workato
    workato.close()


def works(workato: Workato) -> int:
    return len([*workato.fan_out(workato.recipes.get, [recipe.id for recipe in workato.recipes.list(per_page=25)])])


def test_before_the_first_use(unused: Workato) -> None:
    assert in_child(lambda: works(unused)) == 60
    assert works(unused) == 60


def test_after_the_first_use(unused: Workato) -> None:
    assert works(unused) == 60
    assert [in_child(lambda: works(unused)) for _ in range(2)] == [60, 60]
    assert works(unused) == 60


def test_a_child_of_a_child(unused: Workato) -> None:
    works(unused)
    assert in_child(lambda: (works(unused), in_child(lambda: works(unused)))) == (60, 60)


def test_from_a_thread_with_calls_in_flight(fake: FakeWorkato, unused: Workato) -> None:
    fake.fail("recipes.get", Slow(0.1))
    results: list[object] = []
    calling = threading.Thread(target=lambda: results.append(unused.recipes.get(10060).id))
    calling.start()
    while fake.sent("recipes.get") < 1:
        pass
    forking = threading.Thread(target=lambda: results.append(in_child(lambda: unused.workspace.me().id)))
    forking.start()
    forking.join(20)
    calling.join(20)
    assert sorted(map(str, results)) == sorted(["10060", str(unused.workspace.me().id)])


def test_with_the_locks_held_by_another_thread(unused: Workato) -> None:
    unused.workspace.me()
    held, release = threading.Event(), threading.Event()
    loop_thread = thread._Process.thread
    assert loop_thread is not None

    def hold() -> None:
        with thread._Process.lock, loop_thread._lock:
            held.set()
            release.wait(20)

    holding = threading.Thread(target=hold)
    holding.start()
    held.wait(20)
    try:
        assert in_child(lambda: unused.workspace.me().id)
        assert in_child(unused.close) is None
    finally:
        release.set()
        holding.join(20)
    assert unused.workspace.me() is not None


def test_its_connections_are_its_own(fake: FakeWorkato, unused: Workato) -> None:
    unused.workspace.me()
    assert fake._server is not None
    (before,) = fake._server.connections

    def uses() -> None:
        unused.workspace.me()
        unused.close()

    in_child(uses)
    unused.workspace.me()
    assert before in fake._server.connections
    assert before.transport is not None
    assert not before.transport.is_closing()


def test_a_view_works_in_both(unused: Workato) -> None:
    view, recipes = unused.options(timeout=30), unused.recipes
    assert view.workspace.me() is not None
    assert in_child(lambda: (view.workspace.me().id > 0, recipes.get(10060).id)) == (True, 10060)
    assert view.workspace.me() is not None


def test_what_belongs_to_the_parent_is_an_error(unused: Workato, tmp_path: Path) -> None:
    pages, operation = unused.recipes.list(per_page=25), unused.packages.export(1)
    half, by_page = iter(pages), unused.recipes.list(per_page=25).pages()
    outcomes = unused.fan_out(unused.recipes.get, [1, 2, 3])
    for begun in (half, by_page, outcomes):
        next(begun)
    mirror = Mirror(unused, f"sqlite:///{tmp_path}/mirror.db")
    uses: dict[str, Callable[[], object]] = {
        "pages": lambda: list(pages),
        "collect": lambda: pages.collect(),
        "operation": lambda: operation.start(),
        "wait": lambda: operation.wait(),
        "half": lambda: list(half),
        "by_page": lambda: list(by_page),
        "outcomes": lambda: list(outcomes),
        "mirror": lambda: mirror.status(),
    }
    said = in_child(lambda: {name: reason(use) for name, use in uses.items()})
    for name, text in said.items():
        assert "made in the process that this one was forked from" in text, name
        assert "make it in this process" in text.lower(), name
    assert len(list(half)) == 59
    vars(operation)["_get"]().close()


def test_a_limiter_object_of_the_parent(fake: FakeWorkato, tmp_path: Path) -> None:
    for limiter in (Limiter(time_scale=0.001), Limiter(store=MachineStore(tmp_path / "quotas.db"), time_scale=0.001)):
        with Workato("secret", base_url=fake.url, limiter=limiter) as workato:
            workato.workspace.me()
            assert in_child(partial(reason, workato.workspace.me)).startswith("no error: Workspace")
            workato.workspace.me()


def test_processes_share_a_quota_through_a_store(tmp_path: Path) -> None:
    quotas = {"recipes.get": Quota(20, per=60)}
    with FakeWorkato(recipes=3, token="secret", time_scale=0.01, quotas=quotas) as fake:
        with Workato(
            "secret",
            base_url=fake.url,
            limiter=lambda: Limiter(quotas, store=MachineStore(tmp_path / "quotas.db"), time_scale=0.01),
        ) as workato:
            (id_, *_) = [recipe.id for recipe in workato.recipes.list()]

            def calls() -> int:
                return sum(outcome.error is None for outcome in workato.fan_out(workato.recipes.get, [id_] * 15))

            with child(lambda say: calls()) as one, child(lambda say: calls()) as other:
                assert calls() + one.result() + other.result() == 45
        assert fake.refused == 0


def test_closing_in_a_child_does_not_close_the_parent(unused: Workato) -> None:
    unused.workspace.me()
    in_child(unused.close)
    assert not unused.closed
    assert unused.workspace.me() is not None


def pool_task(id_: int) -> int:
    assert POOLED is not None
    return POOLED.recipes.get(id_).id


POOLED: Workato | None = None


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="needs fork")
def test_multiprocessing(unused: Workato) -> None:
    global POOLED
    POOLED = unused
    ids = [recipe.id for recipe in unused.recipes.list()][:6]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        with multiprocessing.get_context("fork").Pool(2) as pool:
            assert pool.map(pool_task, ids) == ids
    POOLED = None
    assert unused.recipes.get(ids[0]).id == ids[0]


def test_a_client_cannot_be_sent_to_a_spawned_process(unused: Workato) -> None:
    process = multiprocessing.get_context("spawn").Process(target=works, args=(unused,))
    with pytest.raises(TypeError, match="make one in each process"):
        process.start()

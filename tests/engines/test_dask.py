"""fan_out_on: a real cluster of processes against the fake server."""

from __future__ import annotations

import asyncio
import gc
import itertools
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TypeVar, assert_type

import pytest

pytest.importorskip("distributed", reason="needs the extra dask")
from distributed import Client, Future, LocalCluster
from distributed.protocol.pickle import dumps

from tests.engines.conftest import asked, plugins, run
from tests.support import dask_calls
from workato_async import (
    ConfigurationError,
    ConnectionFailedError,
    Limiter,
    OutcomeUnknownError,
    QuotaStoreError,
    WorkatoError,
    WorkatoSession,
    is_retryable,
)
from workato_async.engines._dask_worker import Options, SessionPlugin
from workato_async.engines.dask import FanOutOn, fan_out_on
from workato_async.limits.redis import RedisStore
from workato_async.models import Recipe
from workato_async.testing.faults import Stall

if TYPE_CHECKING:
    from tests.engines.conftest import World

T = TypeVar("T")
LONG = pytest.mark.long
IDS = range(10001, 10041)
ODD = ["lock", "raises", "exits", "cancelled", "x"]


def test_without_a_limiter_the_workers_share_the_quota_of_their_machine(world: World) -> None:
    outcomes = list(fan_out_on(world.client, "recipes.get", [10001]))
    assert outcomes[0].unwrap().id == 10001


def test_the_same_item_twice_is_called_twice(world: World) -> None:
    for _ in range(2):
        outcomes = list(fan_out_on(world.client, "recipes.get", [10001, 10001], limiter=world.limiter))
        assert [outcome.unwrap().id for outcome in outcomes] == [10001, 10001]
    assert asked(world) == {"/api/recipes/10001": 4}


def test_its_types(world: World) -> None:
    assert_type(fan_out_on(world.client, dask_calls.get, IDS), FanOutOn[int, Recipe])
    assert_type(fan_out_on(world.client, "recipes.get", IDS), FanOutOn[int, Any])
    with pytest.raises(ConfigurationError):
        fan_out_on(world.client, one, IDS)  # type: ignore[arg-type]


def test_endless_items_are_consumed_as_calls_end(world: World) -> None:
    numbers = itertools.count(10001)
    with fan_out_on(world.client, "recipes.get", numbers, limiter=world.limiter, concurrency=4) as outcomes:
        for _ in zip(outcomes, range(12), strict=False):
            pass
    assert next(numbers) <= 10001 + 12 + 4 + 1
    assert not plugins(world)


def test_a_loop_that_is_left_ends_the_run(world: World) -> None:
    """Without a `with` block, and without the garbage collector."""
    gc.disable()
    try:
        for outcome in fan_out_on(world.client, "recipes.get", itertools.count(10001), limiter=world.limiter):
            assert outcome.error is None
            break
        assert not plugins(world)
    finally:
        gc.enable()


def test_a_task_may_fan_out_itself(world: World) -> None:
    future: Future[list[int]] = world.client.submit(dask_calls.in_a_task, [10001, 10002], world.limiter, pure=False)
    assert sorted(future.result()) == [10001, 10002]


def test_an_error_of_the_items_comes_after_the_outcomes(world: World) -> None:
    def items() -> Iterator[int]:
        yield 10001
        raise RuntimeError("no more")

    seen = []
    with pytest.raises(RuntimeError, match="no more"):
        for outcome in fan_out_on(world.client, "recipes.get", items(), limiter=world.limiter):
            seen.append(outcome.item)
    assert seen == [10001]
    assert not plugins(world)


def test_items_that_fail_are_not_asked_again(world: World) -> None:
    class Items:
        asked = 0

        def __iter__(self) -> Items:
            return self

        def __next__(self) -> int:
            self.asked += 1
            if self.asked > 3:
                raise TimeoutError("no row within 30 s")
            return 10000 + self.asked

    items, seen = Items(), []
    with pytest.raises(TimeoutError, match="no row"):
        for outcome in fan_out_on(world.client, "recipes.get", items, limiter=world.limiter):
            seen.append(outcome.unwrap().id)
    assert (sorted(seen), items.asked) == ([10001, 10002, 10003], 4)


def test_results_and_errors_that_cannot_be_pickled_are_errors(world: World) -> None:
    found = {outcome.item: outcome for outcome in fan_out_on(world.client, dask_calls.odd, ODD, limiter=world.limiter)}
    assert found["x"].value == "x"
    assert "cannot be pickled (lock)" in str(found["lock"].error)
    assert str(found["raises"].error) == "OddError: first"
    assert str(found["exits"].error) == "the function asked to exit: SystemExit(3)"
    assert isinstance(found["cancelled"].error, asyncio.CancelledError)


def test_an_item_that_cannot_be_pickled_is_an_error(world: World) -> None:
    (outcome,) = fan_out_on(world.client, dask_calls.odd, [iter_of_lock()], limiter=world.limiter)
    assert isinstance(outcome.error, ConfigurationError)
    assert "cannot be pickled" in str(outcome.error)


def iter_of_lock() -> Any:
    return (item for item in "")


def test_a_dead_worker_loses_no_input(world: World) -> None:
    world.client.wait_for_workers(2, timeout=60)
    outcomes = []
    killed: set[int] = set()
    items = range(10001, 10101)
    for outcome in fan_out_on(world.client, dask_calls.pid, items, limiter=world.limiter, idempotent=True):
        outcomes.append(outcome)
        if len(outcomes) == 5:
            os.kill(outcome.unwrap(), signal.SIGKILL)
            killed.add(outcome.unwrap())
    assert sorted(outcome.item for outcome in outcomes) == list(items)
    assert all(outcome.error is None for outcome in outcomes)
    assert {outcome.value for outcome in outcomes} - killed
    assert world.fake.refused == 0


def test_a_dead_worker_repeats_no_write(world: World) -> None:
    names = ["fatal", *(f"folder {number}" for number in range(20))]
    outcomes = list(fan_out_on(world.client, dask_calls.create_and_die, names, limiter=world.limiter))
    assert sorted(outcome.item for outcome in outcomes) == sorted(names)
    bodies = Counter(request.body for request in world.fake.requests if request.endpoint == "folders.create")
    assert set(bodies.values()) == {1}
    unknown = {outcome.item: outcome.error for outcome in outcomes if outcome.error}
    assert "fatal" in unknown
    assert {type(error) for error in unknown.values()} == {OutcomeUnknownError}
    assert "ended before its outcome was known" in str(unknown["fatal"])
    assert not is_retryable(unknown["fatal"])


def test_a_write_that_a_dead_worker_still_waited_for_is_made_by_another(world: World) -> None:
    world.client.wait_for_workers(2, timeout=60)
    (victim, *_) = world.client.run(os.getpid).values()
    items = range(10001, 10007)
    outcomes = []
    for outcome in fan_out_on(world.client, "recipes.reset_trigger", items, limiter=world.limiter):
        outcomes.append(outcome)
        if len(outcomes) == 2:  # which is the whole quota
            os.kill(victim, signal.SIGKILL)
    assert sorted(outcome.item for outcome in outcomes) == list(items)
    assert [outcome.error for outcome in outcomes] == [None] * 6
    assert sorted(asked(world).values()) == [1] * 6


@pytest.mark.parametrize(
    ("idempotent", "expected"), [(False, OutcomeUnknownError), pytest.param(True, ConnectionFailedError, marks=LONG)]
)
def test_a_call_that_kills_its_workers_is_an_outcome(world: World, idempotent: bool, expected: type) -> None:
    scheduler: Any = world.cluster.scheduler
    allowed, scheduler.allowed_failures = scheduler.allowed_failures, 0
    try:
        (outcome,) = fan_out_on(world.client, dask_calls.die, [1], limiter=world.limiter, idempotent=idempotent)
    finally:
        scheduler.allowed_failures = allowed
    assert type(outcome.error) is expected
    assert "workers died" in str(outcome.error)
    assert is_retryable(outcome.error or ValueError()) is idempotent


def dead_redis() -> Limiter:
    return Limiter(store=RedisStore("redis://127.0.0.1:1", timeout=0.2))


def test_a_store_that_cannot_be_reached_ends_the_run_at_once(world: World) -> None:
    with pytest.raises(QuotaStoreError, match=r"limiter=lambda: Limiter\(store=RedisStore\(url\)\)"):
        list(fan_out_on(world.client, "recipes.get", IDS, limiter=dead_redis))
    assert not world.fake.requests
    assert not plugins(world)


def test_a_store_that_the_first_worker_cannot_reach_ends_the_run(world: World) -> None:
    with LocalCluster(n_workers=0, processes=False, dashboard_address=":0") as cluster, Client(cluster) as client:

        def items() -> Iterator[int]:
            cluster.scale(1)
            yield from IDS

        with pytest.raises(QuotaStoreError, match="a worker cannot use the store"):
            list(fan_out_on(client, "recipes.get", items(), limiter=dead_redis, session=partial(at, world.fake.url)))
    assert not world.fake.requests


def at(url: str) -> WorkatoSession:
    return WorkatoSession("token", base_url=url)


def alone() -> Limiter:
    return Limiter()


def test_workers_that_do_not_share_a_limiter_are_an_error(world: World) -> None:
    world.client.wait_for_workers(2, timeout=60)
    with pytest.raises(ConfigurationError, match="each of 2 workers would use the whole quota"):
        list(fan_out_on(world.client, "recipes.get", IDS, limiter=alone))


def no_token() -> WorkatoSession:
    return WorkatoSession("")


def raises() -> WorkatoSession:
    raise KeyError("VAULT")


async def from_a_vault(url: str) -> WorkatoSession:
    return WorkatoSession("another-token", base_url=url)


def test_the_session_may_be_made_on_the_worker(world: World) -> None:
    make = partial(from_a_vault, world.fake.url)
    list(fan_out_on(world.client, "recipes.get", [10001], limiter=world.limiter, session=make))
    assert world.fake.requests[0].headers["Authorization"] == "Bearer another-token"


@pytest.mark.parametrize(
    ("make", "text"), [(no_token, "token"), (raises, "KeyError: 'VAULT'"), (dict, "WorkatoSession")]
)
def test_a_session_that_cannot_be_made_is_an_error(world: World, make: Any, text: str) -> None:
    with pytest.raises(ConfigurationError, match=text):
        list(fan_out_on(world.client, "recipes.get", IDS, limiter=world.limiter, session=make))


def own_limiter(limiter: Any, url: str) -> WorkatoSession:
    return WorkatoSession("token", base_url=url, limiter=limiter())


def test_nothing_is_left_on_the_cluster(world: World) -> None:
    scheduler: Any = world.cluster.scheduler
    most = 0
    for outcome in fan_out_on(world.client, "recipes.get", IDS, limiter=world.limiter, concurrency=4):
        assert outcome.error is None
        most = max(most, len(world.client.futures))
    assert most <= 4
    assert not plugins(world)
    assert not scheduler.plugins["workato_async"]._runs
    wait_until(lambda: not scheduler.tasks and not world.client.futures)


def wait_until(condition: Callable[[], bool]) -> None:
    for _ in range(500):
        if condition():
            return
        threading.Event().wait(0.01)
    raise AssertionError("not within 5 s")


def test_the_run_of_a_client_that_goes_away_ends(world: World) -> None:
    scheduler: Any = world.cluster.scheduler
    with Client(world.cluster.scheduler_address, set_as_default=False) as client:
        outcomes = iter(fan_out_on(client, "recipes.get", itertools.count(10001), limiter=world.limiter))
        next(outcomes)
        assert len(plugins(world)) == 1
    wait_until(lambda: not plugins(world) and not scheduler.plugins["workato_async"]._runs)
    outcomes.close()


def test_a_worker_that_joins_gets_a_session(world: World) -> None:
    def items(cluster: Any) -> Iterator[int]:
        yield from IDS[:5]
        cluster.scale(2)
        wait_until(lambda: len(cluster.scheduler.workers) == 2)
        yield from IDS[5:]

    with LocalCluster(n_workers=1, processes=False, dashboard_address=":0") as cluster, Client(cluster) as client:
        outcomes = list(
            fan_out_on(client, here, items(cluster), limiter=world.limiter, session=partial(at, world.fake.url))
        )
    assert len({outcome.unwrap() for outcome in outcomes}) == 2, "each worker has a session"
    assert world.fake.refused == 0


def test_a_read_on_a_worker_that_closes_is_made_by_another(world: World) -> None:
    """That the worker cancels the call is not its outcome."""
    world.fake.fail("recipes.get", Stall())
    with LocalCluster(n_workers=1, processes=False, dashboard_address=":0") as cluster, Client(cluster) as client:

        def retire() -> None:
            wait_until(lambda: world.fake.sent("recipes.get") == 1)
            (first,) = client.nthreads()
            cluster.scale(2)
            wait_until(lambda: len(client.nthreads()) == 2)
            client.retire_workers([first])

        make = partial(own_limiter, world.limiter, world.fake.url)
        with ThreadPoolExecutor(1) as threads:
            retired = threads.submit(retire)
            (outcome,) = fan_out_on(client, "recipes.get", [10001], session=make)
            retired.result()
    assert outcome.unwrap().id == 10001
    assert asked(world) == {"/api/recipes/10001": 2}


def test_ctrl_c_ends_the_run_on_the_workers(world: World) -> None:
    program = (
        "import sys, itertools, functools\n"
        "from distributed import Client\n"
        "from tests.support import dask_calls\n"
        "from workato_async.engines.dask import fan_out_on\n"
        "limiter = functools.partial(dask_calls.limiter, sys.argv[2], 1.0)\n"
        "with Client(sys.argv[1]) as client:\n"
        "    try:\n"
        "        for outcome in fan_out_on(client, 'recipes.reset_trigger', itertools.count(10001), limiter=limiter):\n"
        "            print('made', flush=True)\n"
        "    except KeyboardInterrupt:\n"
        "        print('interrupted')\n"
    )
    arguments = [sys.executable, "-c", program, world.cluster.scheduler_address, str(world.limiter.args[0]) + "-own"]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "made\n"
        child.send_signal(signal.SIGINT)
        output, _ = child.communicate(timeout=60)
    assert output.endswith("interrupted\n")
    assert not plugins(world)
    scheduler: Any = world.cluster.scheduler
    wait_until(lambda: not scheduler.tasks)
    assert 1 <= world.fake.sent("recipes.reset_trigger") <= 2, "the quota: what waited for the next one was not made"


def test_a_worker_that_joins_must_share_the_quota(world: World) -> None:
    with LocalCluster(n_workers=1, processes=False, dashboard_address=":0") as cluster, Client(cluster) as client:

        def items() -> Iterator[int]:
            yield from IDS[:5]
            cluster.scale(2)
            wait_until(lambda: len(client.nthreads()) == 2)
            yield from IDS[5:]

        seen, session = [], partial(at, world.fake.url)
        run = fan_out_on(client, "recipes.get", items(), limiter=alone, session=session, concurrency=2)
        with pytest.raises(ConfigurationError, match="each of 2 workers would use the whole quota"):
            for outcome in run:
                seen.append(outcome.unwrap().id)
    assert len(set(seen)) == len(seen) >= 1


async def here(session: WorkatoSession, item: int) -> int:
    await session.recipes.get(item)
    return id(session)


def test_jobs_at_the_same_time_do_not_disturb_each_other(world: World) -> None:
    with ThreadPoolExecutor(3) as threads:
        jobs = [
            threads.submit(lambda: list(fan_out_on(world.client, "recipes.get", IDS, limiter=world.limiter)))
            for _ in range(3)
        ]
    for job in jobs:
        assert sorted(outcome.unwrap().id for outcome in job.result()) == list(IDS)
    assert set(asked(world).values()) == {3}
    assert world.fake.refused == 0


@pytest.mark.parametrize("make", [None, partial(dask_calls.limiter, "quotas", 1.0)])
def test_the_file_of_a_machine_is_not_shared_with_others(make: Any, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))

    async def ncores() -> dict[str, int]:
        return {"tcp://10.0.0.1:1000": 1, "tcp://10.0.0.2:1000": 1}

    async def main() -> None:
        plugin = SessionPlugin("run", dumps(Options("recipes.get", partial(at, "https://example.org"), make, True, "")))
        await plugin.setup(SimpleNamespace(scheduler=SimpleNamespace(ncores=ncores)))  # type: ignore[arg-type]
        with pytest.raises(ConfigurationError, match="on 2 machines, and a MachineStore shares a quota on one only"):
            await plugin.open()

    asyncio.run(main())


def test_a_task_that_somebody_cancels_is_an_outcome(world: World) -> None:
    world.fake.fail("recipes.get", Stall())
    outcomes = fan_out_on(world.client, "recipes.get", IDS[:1], limiter=world.limiter)

    def cancel() -> None:
        wait_until(lambda: world.fake.sent("recipes.get") == 1)
        with Client(world.cluster.scheduler_address, set_as_default=False) as other:
            futures: list[Future[None]] = [Future(key, other) for key in list(world.client.futures)]
            other.cancel(futures, force=True)

    with ThreadPoolExecutor(1) as threads:
        threads.submit(cancel)
        (outcome,) = outcomes
    assert isinstance(outcome.error, ConnectionFailedError)
    assert "Dask gave this call up: cancelled" in str(outcome.error)
    assert is_retryable(outcome.error)


def test_one_limiter_is_enough(world: World) -> None:
    make = partial(own_limiter, world.limiter, world.fake.url)
    with pytest.raises(ConfigurationError, match="leave out either"):
        list(fan_out_on(world.client, "recipes.get", [10001], limiter=world.limiter, session=make))
    (outcome,) = fan_out_on(world.client, "recipes.get", [10001], session=make)
    assert outcome.unwrap().id == 10001


def plain(session: WorkatoSession, item: int) -> int:
    return item


async def one(item: int) -> int:
    return item


def method_of_a_session(workato: WorkatoSession) -> Any:
    return workato.recipes.get


@pytest.mark.parametrize(
    ("method", "text"),
    [
        ("recipes.got", "a session has no method 'recipes.got'"),
        ("recipes", "a session has no method"),
        ("", "a session has no method"),
        ("close", "a session has no method"),
        ("request", "a session has no method"),
        ("recipes._caller", "a session has no method"),
        ("recipes.list", "does not take an item"),
        (plain, "a coroutine function"),
        (one, "of two arguments"),
        (7, "a coroutine function"),
        (WorkatoSession("token").recipes.get, "name it, as in 'recipes.get'"),
    ],
)
def test_a_method_that_cannot_be_called_is_an_error(world: World, method: Any, text: str) -> None:
    with pytest.raises(ConfigurationError, match=text):
        fan_out_on(world.client, method, IDS)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"limiter": Limiter()}, "that makes one on each worker"),
        ({"session": WorkatoSession("token")}, "that makes one on each worker"),
        ({"limiter": "redis://"}, "limiter must be a function without arguments .* not str"),
        ({"session": lambda token: None}, "without arguments"),
        ({"concurrency": 0}, "concurrency"),
        ({"idempotent": "no"}, "idempotent"),
        ({"items": 7}, "an iterable of items"),
        ({"client": 7}, "client must be a distributed.Client, .* not int"),
        ({"client": Client}, "client must be a distributed.Client"),
    ],
)
def test_wrong_arguments_are_errors(world: World, arguments: dict[str, Any], text: str) -> None:
    with pytest.raises(ConfigurationError, match=text):
        fan_out_on(**{"client": world.client, "method": "recipes.get", "items": IDS, **arguments})


def test_what_cannot_be_pickled_is_an_error_before_anything_is_sent(world: World) -> None:
    session = WorkatoSession("token")
    with pytest.raises(ConfigurationError, match="session or limiter cannot be pickled"):
        fan_out_on(world.client, "recipes.get", IDS, session=lambda: session)


def test_the_color_of_the_client_decides(world: World) -> None:
    async def main() -> None:
        with pytest.raises(ConfigurationError, match="write `for outcome in"):
            await fan_out_on(world.client, "recipes.get", IDS)

    async def in_the_loop_of_the_client() -> None:
        with pytest.raises(ConfigurationError, match="would wait for itself"):
            iter(fan_out_on(world.client, "recipes.get", IDS))

    run(main())
    loop: Any = world.client.loop
    asyncio.run_coroutine_threadsafe(in_the_loop_of_the_client(), loop.asyncio_loop).result()
    with pytest.raises(ConfigurationError, match="plain iterable"):
        iter(fan_out_on(world.client, "recipes.get", numbers()))


async def numbers() -> AsyncIterator[int]:
    yield 1


@pytest.mark.long
@pytest.mark.parametrize(("idempotent", "expected"), [(True, ConnectionFailedError), (False, OutcomeUnknownError)])
def test_a_restarted_cluster_tells_what_it_knows(world: World, idempotent: bool, expected: type) -> None:
    """A read may be made again; of a write, nobody knows. The run goes on with the other items."""
    world.fake.fail("recipes.get", Stall(), times=2)
    items = [10001, 10002, 10003]
    outcomes = fan_out_on(
        world.client, dask_calls.get, items, limiter=world.limiter, idempotent=idempotent, concurrency=2
    )

    def restart() -> None:
        wait_until(lambda: world.fake.sent("recipes.get") == 2)
        world.client.restart()

    with ThreadPoolExecutor(1) as threads:
        threads.submit(restart)
        found = {outcome.item: outcome for outcome in outcomes}
    assert {type(found[item].error) for item in items[:2]} == {expected}
    assert is_retryable(found[10001].error or ValueError()) is idempotent
    assert found[10003].unwrap().id == 10003


def test_no_token_leaves_the_worker(world: World) -> None:
    outcomes = fan_out_on(world.client, "recipes.get", [1, 10001], limiter=world.limiter)
    texts = [repr(outcomes)]
    for outcome in outcomes:
        scheduler: Any = world.cluster.scheduler
        texts += [repr(outcome), repr(list(scheduler.tasks)), repr(scheduler.worker_plugins)]
        texts += [repr(pickle.dumps(outcome.error))]
    texts += [repr(world.client.get_worker_logs()), repr(world.client.get_scheduler_logs())]
    assert not any(dask_calls.TOKEN in text for text in texts)


def test_a_cluster_that_goes_away_is_an_error(world: World) -> None:
    """The outcomes of what was under way come first."""
    with LocalCluster(n_workers=1, processes=False, dashboard_address=":0") as cluster:
        client = Client(cluster.scheduler_address, timeout=1)
        make = partial(own_limiter, world.limiter, world.fake.url)
        outcomes = iter(fan_out_on(client, "recipes.get", itertools.count(10001), session=make, concurrency=2))
        next(outcomes)
        cluster.close()
        with pytest.raises(WorkatoError, match="cannot be reached any more"):
            for outcome in outcomes:
                assert outcome.error is None or isinstance(outcome.error, WorkatoError)
        client.close()
    with pytest.raises(ConfigurationError, match="the client is closed"):
        iter(fan_out_on(client, "recipes.get", IDS))

"""One cluster of worker processes for all tests, in front of one fake Workato."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Coroutine, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import attrs
import pytest

from tests.support import dask_calls
from workato_async import Limiter, Quota
from workato_async.testing import FakeWorkato

if TYPE_CHECKING:
    from pathlib import Path

    from distributed import Client, LocalCluster

T = TypeVar("T")
SCALE = 0.01
PLENTY = Quota(100_000, per=60)
FEW = Quota(2, per=120)
QUOTAS = {
    "recipes.get": Quota(1_000, per=60),
    "folders.create": PLENTY,
    "jobs.list": PLENTY,
    "recipes.reset_trigger": FEW,
}


@attrs.frozen
class World:
    fake: FakeWorkato
    cluster: LocalCluster
    client: Client
    limiter: partial[Limiter]


def no_dask_files(path: Path) -> dict[str, object]:
    return {"temporary-directory": str(path), "distributed.deploy.lost-worker-timeout": "10 minutes"}


@pytest.fixture(scope="package")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    import dask
    from distributed import Client, LocalCluster

    folder = tmp_path_factory.mktemp("dask")
    with FakeWorkato(jobs=8000, time_scale=SCALE, quotas=QUOTAS) as fake, dask.config.set(no_dask_files(folder)):
        environment = {
            "WORKATO_API_TOKEN": dask_calls.TOKEN,
            "WORKATO_HOST": fake.url,
            "XDG_STATE_HOME": str(folder),
            "LOCALAPPDATA": str(folder),
            "PYTHONPATH": os.pathsep.join([os.getcwd(), os.environ.get("PYTHONPATH", "")]),
        }
        with (
            LocalCluster(
                n_workers=2, threads_per_worker=4, processes=True, dashboard_address=":0", env=environment
            ) as cluster,
            Client(cluster) as client,
        ):
            yield World(fake, cluster, client, partial(dask_calls.limiter, str(folder / "quotas"), SCALE))


@pytest.fixture(autouse=True)
def a_clean_log(world: World) -> None:
    world.client.wait_for_workers(1, timeout=60)  # those that a test has ended are started again
    world.fake.requests.clear()


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run something in real time: the cluster knows no other."""
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        return runner.run(coroutine)


def plugins(world: World) -> list[str]:
    """Return the runs that the cluster still knows."""
    scheduler: Any = world.cluster.scheduler
    return [name for name in scheduler.worker_plugins if len(name) == 32]


def asked(world: World) -> Counter[str]:
    return Counter(request.raw_target for request in world.fake.requests)

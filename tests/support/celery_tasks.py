"""A Celery application for tests and benchmarks: workers that read recipes inside a quota that the environment names.

``QUOTA_REQUESTS`` and ``QUOTA_SECONDS`` are the quota of ``recipes.get``. ``QUOTA_STORE`` is how the workers share it:
``machine`` or ``redis``, or not at all.
"""

from __future__ import annotations

import asyncio
import os
from importlib import import_module

from celery import Celery
from celery.exceptions import SoftTimeLimitExceeded
from celery.signals import worker_process_shutdown

from workato_async import Limiter, Quota, WorkatoSession
from workato_async.blocking import Workato
from workato_async.limits.machine import MachineStore
from workato_async.limits.redis import RedisStore

QUOTAS = {
    "recipes.get": Quota(int(os.environ["QUOTA_REQUESTS"]), per=float(os.environ["QUOTA_SECONDS"])),
    "recipes.stop": Quota(1, per=600),
}


def limiter() -> Limiter:
    match os.environ.get("QUOTA_STORE"):
        case "machine":
            return Limiter(QUOTAS, store=MachineStore())
        case "redis":
            return Limiter(QUOTAS, store=RedisStore(os.environ["CELERY_BROKER_URL"]))
        case _:
            return Limiter(QUOTAS)


app = Celery(__name__, task_cls=import_module("examples.celery_worker").WorkatoTask)
app.conf.update(broker_connection_retry_on_startup=True, worker_prefetch_multiplier=1)
workato = Workato(limiter=limiter)


@worker_process_shutdown.connect
def close(**_: object) -> None:
    workato.close()


@app.task
def get(recipe_id: int) -> int:
    """Read a recipe; return the id of the process."""
    workato.recipes.get(recipe_id)
    return os.getpid()


@app.task
def get_in_a_loop_of_its_own(recipe_id: int) -> int:
    """Read a recipe as a task does that knows only the asynchronous session."""

    async def read() -> None:
        async with WorkatoSession(limiter=limiter()) as session:
            await session.recipes.get(recipe_id)

    asyncio.run(read())
    return os.getpid()


@app.task(soft_time_limit=0.5, time_limit=20)
def wait_for_the_quota(recipe_id: int) -> str:
    """Need two permits where there is one in ten minutes."""
    workato.recipes.stop(recipe_id)
    try:
        workato.recipes.stop(recipe_id)
    except SoftTimeLimitExceeded:
        return "interrupted"
    return "served"

"""What the workers of a Dask cluster call in the tests; they import it."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from typing import TYPE_CHECKING

from workato_async import Limiter, Quota, WorkatoSession
from workato_async.limits.machine import MachineStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from workato_async.models import Recipe

TOKEN = "a-token-nobody-may-see"


def limiter(path: str, time_scale: float) -> Limiter:
    few = {"recipes.reset_trigger": Quota(2, per=120)}
    return Limiter(few, store=MachineStore(path), time_scale=time_scale)


async def get(session: WorkatoSession, recipe: int) -> Recipe:
    return await session.recipes.get(recipe)


async def pid(session: WorkatoSession, item: int) -> int:
    await session.recipes.get(item)
    return os.getpid()


async def create_and_die(session: WorkatoSession, name: str) -> str:
    """Create a folder; then, for one name, end the worker before anyone hears of it."""
    await session.folders.create(name=name)
    if name.startswith("fatal"):
        os.kill(os.getpid(), signal.SIGKILL)
    return name


async def die(session: WorkatoSession, item: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def in_a_task(items: list[int], make: Callable[[], Limiter]) -> list[int]:
    from distributed import worker_client

    from workato_async.engines.dask import fan_out_on

    with worker_client() as client:
        return [outcome.unwrap().id for outcome in fan_out_on(client, "recipes.get", items, limiter=make)]


class OddError(Exception):
    """Is pickled, but cannot be unpickled."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(first)


async def odd(session: WorkatoSession, item: str) -> object:
    """Return or raise what a result cannot be."""
    match item:
        case "lock":
            return threading.Lock()
        case "raises":
            raise OddError("first", "second")
        case "exits":
            raise SystemExit(3)
        case "cancelled":
            raise asyncio.CancelledError
        case _:
            return item

"""Two processes, one quota: `python examples/two_workers.py redis://localhost:6379`.

Each process has its own session and limiter; the permits are kept in Redis, so both together stay within the quota. The
permits of a process that dies are available to the others after one window.
"""

import asyncio
import multiprocessing
import sys

from workato_async import Limiter, WorkatoSession, fan_out
from workato_async.limits.redis import RedisStore


async def work(name: str, redis: str, recipe_ids: list[int]) -> None:
    """Read these recipes."""
    limiter = Limiter(store=RedisStore(redis))
    async with WorkatoSession(limiter=limiter) as workato:
        try:
            async with fan_out(workato.recipes.get, recipe_ids) as outcomes:
                read = [outcome.unwrap().id async for outcome in outcomes]
        finally:
            await limiter.close()  # returns unused permits
    print(f"worker {name} read {len(read)} recipes", flush=True)


async def ids() -> list[int]:
    """Return the ids of all recipes."""
    async with WorkatoSession() as workato:
        return [recipe.id async for recipe in workato.recipes.list(exclude_code=True)]


def run(name: str, redis: str, recipe_ids: list[int]) -> None:
    """Run one of the processes."""
    asyncio.run(work(name, redis, recipe_ids))


def main(redis: str) -> int:
    """Split the work between two processes."""
    recipe_ids = asyncio.run(ids())
    spawn = multiprocessing.get_context("spawn")
    workers = [
        spawn.Process(target=run, args=(name, redis, recipe_ids[start::2])) for start, name in enumerate(("A", "B"))
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return max(worker.exitcode or 0 for worker in workers)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if sys.argv[1:] else "redis://localhost:6379"))

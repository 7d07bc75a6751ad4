"""A job on a task queue, with workers on any number of machines that share one quota.

The queue (taskiq, on Redis) distributes the tasks and stores their results; the limiter, on the same Redis, paces all
workers together. Start workers anywhere, then the job:

    export REDIS_URL=redis://localhost:6379
    taskiq worker --workers 2 examples.distributed_job:broker
    python -m examples.distributed_job
"""

import asyncio
import os

from taskiq import Context, TaskiqDepends, TaskiqEvents, TaskiqState
from taskiq_redis import ListQueueBroker, RedisAsyncResultBackend

from workato_async import Limiter, WorkatoSession
from workato_async.limits.redis import RedisStore

REDIS = os.environ.get("REDIS_URL", "redis://localhost:6379")

results: RedisAsyncResultBackend[int] = RedisAsyncResultBackend(REDIS)
broker = ListQueueBroker(REDIS, socket_timeout=None).with_result_backend(results)  # workers wait for work indefinitely


@broker.on_event(TaskiqEvents.WORKER_STARTUP)
async def open_session(state: TaskiqState) -> None:
    """Open a session with the shared limiter in every worker process."""
    state.limiter = Limiter(store=RedisStore(REDIS))
    state.workato = WorkatoSession(limiter=state.limiter)


@broker.on_event(TaskiqEvents.WORKER_SHUTDOWN)
async def close_session(state: TaskiqState) -> None:
    """Close it, which returns unused permits."""
    await state.workato.close()
    await state.limiter.close()


@broker.task("count_failed")
async def count_failed(recipe_id: int, context: Context = TaskiqDepends()) -> int:  # noqa: B008 - how taskiq does it
    """Count the failed jobs of a recipe; a task can safely run twice, because it only reads."""
    workato: WorkatoSession = context.state.workato
    return len(await workato.jobs.list(recipe_id, status="failed").collect())


async def main() -> None:
    """Queue a task for every running recipe, and collect the results."""
    await broker.startup()
    async with WorkatoSession() as workato:
        recipes = await workato.recipes.list(running=True, exclude_code=True).collect()
    tasks = [await count_failed.kiq(recipe.id) for recipe in recipes]
    counts = [(await task.wait_result(timeout=600)).return_value for task in tasks]
    for recipe, count in zip(recipes, counts, strict=True):
        print(recipe.id, recipe.name, count)
    print(f"{sum(counts)} failed jobs in {len(recipes)} recipes")
    await broker.shutdown()


if __name__ == "__main__":
    asyncio.run(main())

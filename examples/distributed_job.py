"""A job on a task queue, with workers on any number of machines that share one quota.

The queue (taskiq, on Redis) distributes the tasks and stores their results; the limiter, on the same Redis, paces all
workers together. In the folder of this file, start workers, on any number of machines, then the job:

    export REDIS_URL=redis://localhost:6379
    taskiq worker --workers 2 distributed_job:broker
    python distributed_job.py
"""

import asyncio
import os
from typing import Any

from taskiq import (
    Context,
    SmartRetryMiddleware,
    TaskiqDepends,
    TaskiqEvents,
    TaskiqMessage,
    TaskiqResult,
    TaskiqState,
)
from taskiq_redis import ListQueueBroker, RedisAsyncResultBackend

from workato_async import Limiter, WorkatoSession, is_retryable
from workato_async.limits.redis import RedisStore

REDIS = os.environ.get("REDIS_URL", "redis://localhost:6379")


class RetryWithoutHarm(SmartRetryMiddleware):
    """Queues a failed task again only if that is safe: never after a write that may have been carried out.

    ``types_of_exceptions`` looks only at the class of an error, which does not say that. The call itself was already
    retried, with pauses; brokers on Redis ignore this middleware's own ``delay`` without a ``schedule_source``.
    """

    async def on_error(self, message: TaskiqMessage, result: TaskiqResult[Any], exception: BaseException) -> None:
        if is_retryable(exception):
            await super().on_error(message, result, exception)


results: RedisAsyncResultBackend[int] = RedisAsyncResultBackend(REDIS)
broker = (
    ListQueueBroker(REDIS, socket_timeout=None)  # workers wait for work indefinitely
    .with_result_backend(results)
    .with_middlewares(RetryWithoutHarm(default_retry_count=3, default_retry_label=True))
)
"""A list forgets a task once a worker has it: if that worker is killed, the task is lost, never done twice.

For tasks that may run twice, such as the one below, RedisStreamBroker delivers it again instead.
"""


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
    """Count the failed jobs of a recipe."""
    workato: WorkatoSession = context.state.workato
    return len(await workato.jobs.list(recipe_id, status="failed").collect())


async def main() -> None:
    """Queue a task for every running recipe, and collect the results."""
    await broker.startup()
    async with WorkatoSession() as workato:
        recipes = await workato.recipes.list(running=True, exclude_code=True).collect()
    tasks = [await count_failed.kiq(recipe.id) for recipe in recipes]
    counts = [(await task.wait_result(timeout=600)).raise_for_error().return_value for task in tasks]
    for recipe, count in zip(recipes, counts, strict=True):
        print(recipe.id, recipe.name, count)
    print(f"{sum(counts)} failed jobs in {len(recipes)} recipes")
    await broker.shutdown()


if __name__ == "__main__":
    asyncio.run(main())

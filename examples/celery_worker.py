"""Celery tasks that call Workato, from any number of worker processes that share one quota.

Workers on one machine share it in a file; with ``REDIS_URL``, workers on any number of machines share it
in Redis.
In the folder of this file:

    export CELERY_BROKER_URL=redis://localhost:6379/0 CELERY_RESULT_BACKEND=redis://localhost:6379/0
    celery -A celery_worker worker --concurrency 4
    python celery_worker.py
"""

import os
from typing import Any

from celery import Celery, Task
from celery.exceptions import SoftTimeLimitExceeded
from celery.signals import worker_process_shutdown
from celery.utils.time import get_exponential_backoff_interval

from workato_async import Limiter, QuotaWaitError, RateLimitedError, is_retryable
from workato_async.blocking import Workato
from workato_async.limits.machine import MachineStore
from workato_async.limits.redis import RedisStore


def limiter() -> Limiter:
    """Return the limiter of one worker process; without a store, each process would use the whole quota."""
    url = os.environ.get("REDIS_URL")
    return Limiter(store=RedisStore(url) if url else MachineStore())


workato = Workato(limiter=limiter)
"""One for all tasks; each worker process, which Celery forks, has connections and a limiter of its own."""


class WorkatoTask(Task):
    """A task that is retried only if that does no harm, which ``autoretry_for`` cannot know.

    A retry begins the task anew, so a task makes at most one write, as its last call.
    """

    max_retries = 8

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().__call__(*args, **kwargs)
        except Exception as error:
            # The soft time limit interrupts a call as Ctrl-C does; it is not an error of the call, so acks_late
            # decides.
            again = self.acks_late if isinstance(error, SoftTimeLimitExceeded) else is_retryable(error)
            if not again:
                raise
            raise self.retry(exc=error, countdown=max(self.backoff(), known_wait(error))) from error

    def backoff(self) -> int:
        """Return the seconds before the next attempt: up to 1, 2, 4, ..., 300, at random."""
        return int(get_exponential_backoff_interval(1, self.request.retries, maximum=300, full_jitter=True))


def known_wait(error: Exception) -> float:
    """Return the seconds before which another attempt cannot succeed."""
    if isinstance(error, RateLimitedError):
        return error.retry_after or 0
    return error.wait if isinstance(error, QuotaWaitError) else 0  # from options(max_wait=...)


app = Celery("celery_worker", task_cls=WorkatoTask)
app.conf.update(
    broker_connection_retry_on_startup=True,
    task_soft_time_limit=300,
    task_time_limit=320,  # a write that the soft limit interrupts has 5 s to get its response
    worker_prefetch_multiplier=1,  # calls wait for the quota: no child should hoard tasks
)


@worker_process_shutdown.connect
def close(**_: object) -> None:
    """Close the connections of a worker process, which returns its unused permits."""
    workato.close()


@app.task(acks_late=True)
def count_failed(recipe_id: int) -> int:
    """Count the failed jobs of a recipe: reads only, so it may run twice."""
    return sum(1 for _ in workato.jobs.list(recipe_id, status="failed"))


@app.task(acks_late=True)
def start(recipe_id: int) -> None:
    """Start a recipe: idempotent, so it may also run twice."""
    workato.recipes.start(recipe_id)


@app.task
def copy(recipe_id: int, folder_id: int) -> int:
    """Copy a recipe, and return the id of the copy. Twice would make two copies, so the task is not retried."""
    copied: int = workato.recipes.copy(recipe_id, folder_id=folder_id).id
    return copied


def main() -> None:
    """Queue a task for every running recipe, and collect the results."""
    with workato:
        recipes = list(workato.recipes.list(running=True, exclude_code=True))
    tasks = [count_failed.delay(recipe.id) for recipe in recipes]  # pyright: ignore  # Celery has no types
    counts = [task.get(timeout=600) for task in tasks]
    for recipe, count in zip(recipes, counts, strict=True):
        print(recipe.id, recipe.name, count)
    print(f"{sum(counts)} failed jobs in {len(recipes)} recipes")


if __name__ == "__main__":
    main()

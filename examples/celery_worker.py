"""Celery tasks that call Workato, from any number of worker processes that share one quota.

Workers on one machine share it in a file; with ``REDIS_URL``, workers on any number of machines share it in Redis::

    export CELERY_BROKER_URL=redis://localhost:6379/0 CELERY_RESULT_BACKEND=redis://localhost:6379/0
    celery -A examples.celery_worker worker --concurrency 4
    python -m examples.celery_worker
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
"""One for all tasks: each worker process, which Celery forks, has connections and a limiter of its own."""


class WorkatoTask(Task):
    """A task that is repeated only if that does no harm.

    Celery runs a task again in two cases, and a write such as "copy the recipe" must not be done twice in either:

    * It failed. ``autoretry_for`` goes by the class of an error, and cannot know whether a write was carried out;
      :func:`is_retryable` can. A retry begins the task anew, so a task makes at most one write, as its last call.
    * Its worker was killed. With ``acks_late`` the message is still in the queue and is delivered again, although the
      call may have been made (Redis also delivers again what runs longer than its ``visibility_timeout``, an hour by
      default). Without it, which is Celery's default, the task is lost instead. So set ``acks_late`` only on tasks that
      may run twice: reads, and writes that are idempotent, such as starting a recipe.
    """

    max_retries = 8

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().__call__(*args, **kwargs)
        except Exception as error:
            # The soft time limit interrupts a call as Ctrl-C does; it is no error of the call, so acks_late decides.
            again = self.acks_late if isinstance(error, SoftTimeLimitExceeded) else is_retryable(error)
            if not again:
                raise
            raise self.retry(exc=error, countdown=max(self.backoff(), known_wait(error))) from error

    def backoff(self) -> int:
        """Return the seconds before the next attempt: up to 1, 2, 4, ..., 300, at random."""
        return int(get_exponential_backoff_interval(1, self.request.retries, maximum=300, full_jitter=True))


def known_wait(error: Exception) -> float:
    """Return the seconds before which another attempt cannot succeed."""
    match error:
        case RateLimitedError():
            return error.retry_after or 0
        case QuotaWaitError():  # the child was not kept waiting for the quota: options(max_wait=...)
            return error.wait
        case _:
            return 0


app = Celery("examples.celery_worker", task_cls=WorkatoTask)
app.conf.update(
    broker_connection_retry_on_startup=True,
    task_soft_time_limit=300,
    # Interrupted by the soft limit, a write in flight has 5 s to get its response, and the task some more to note it.
    task_time_limit=320,
    worker_prefetch_multiplier=1,  # calls wait for the quota: no child should hoard tasks that another one could do
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
    """Start a recipe: idempotent, so it may run twice as well."""
    workato.recipes.start(recipe_id)


@app.task
def copy(recipe_id: int, folder_id: int) -> int:
    """Copy a recipe, and return the id of the copy.

    Doing this twice would make two copies. If the response is lost, the task fails with OutcomeUnknownError and is not
    retried: look whether the copy is there.
    """
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

"""Workato in Dagster: a resource, and an asset with the jobs that failed.

``pip install workato-async dagster dagster-webserver``, set ``WORKATO_API_TOKEN``, then
``dagster dev -f dagster_workato.py``.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg

from workato_async import Limiter, WorkatoError, is_retryable
from workato_async.blocking import Workato
from workato_async.limits.machine import MachineStore


def make_limiter() -> Limiter:
    """Return a limiter whose quota all processes of this machine share; across machines, use a RedisStore."""
    return Limiter(store=MachineStore())


class WorkatoResource(dg.ConfigurableResource[Workato]):
    """An open client for assets and ops; each process of a run has its own."""

    token: str
    base_url: str | None = None

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[Workato]:
        with Workato(self.token, base_url=self.base_url, limiter=make_limiter) as workato:
            yield workato


@contextmanager
def retried_if_harmless() -> Iterator[None]:
    """Fail the step for good, whatever its retry policy, on an error that must not or need not be retried."""
    try:
        yield
    except WorkatoError as error:
        if is_retryable(error):
            raise
        raise dg.Failure(str(error), allow_retries=False) from error


@dg.asset(retry_policy=dg.RetryPolicy(max_retries=3, delay=60, backoff=dg.Backoff.EXPONENTIAL))
def failed_jobs(workato: dg.ResourceParam[Workato]) -> dg.Output[list[dict[str, Any]]]:
    """The jobs of running recipes that failed within the last day."""
    since = datetime.now(UTC) - timedelta(days=1)
    rows: list[dict[str, Any]] = []
    with retried_if_harmless():
        for recipe in workato.recipes.list(running=True, exclude_code=True):
            for job in workato.jobs.list(recipe.id, status="failed", since=since):
                rows.append({"recipe": recipe.name, "job": job.id, "error": job.error})
    return dg.Output(rows, metadata={"failed": len(rows)})


defs = dg.Definitions(
    assets=[failed_jobs],
    resources={"workato": WorkatoResource(token=dg.EnvVar("WORKATO_API_TOKEN"))},
)

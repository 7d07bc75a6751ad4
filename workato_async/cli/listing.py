"""Iterating over lists and printing them."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from datetime import datetime

    from workato_async import Pages
    from workato_async.base_model import Model
    from workato_async.cli.output import Rows
    from workato_async.cli.progress_bar import ProgressBar
    from workato_async.resources.jobs import Job

ModelT = TypeVar("ModelT", bound="Model")


async def print_all(models: AsyncGenerator[ModelT, None], rows: Rows, bar: ProgressBar, limit: int | None) -> None:
    """Print the objects of a list, up to a limit."""
    async with aclosing(models) as iterator:
        count = 0
        async for model in iterator:
            rows.add(model.to_dict())
            bar.advance()
            count += 1
            if count == limit:
                break


async def started_since(jobs: Pages[Job], since: datetime | None) -> AsyncGenerator[Job, None]:
    """Iterate over jobs, newest first, and end at the first that started too early."""
    async with aclosing(jobs.pages()) as pages:
        async for page in pages:
            for job in page.items:
                if since is not None and job.started_at is not None and job.started_at < since:
                    return
                yield job

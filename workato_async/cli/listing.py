"""Iterating over lists and printing them."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from workato_async.base_model import Model
    from workato_async.cli.output import Rows
    from workato_async.cli.progress_bar import ProgressBar

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

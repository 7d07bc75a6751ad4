"""Iterating over lists and printing them."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from workato_async.base_model import Model
    from workato_async.cli.output import Rows
    from workato_async.cli.progress_bar import ProgressBar

ModelT = TypeVar("ModelT", bound="Model")
WRAPPERS = ("items", "result", "results", "data")
"""Keys under which Workato's lists come, if a response has more than the list."""


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


def items_of(response: Any) -> Sequence[Any] | None:
    """Return the items of a response, which is an array or an envelope with one; None if it has neither."""
    if isinstance(response, dict):
        response = next((found for name in WRAPPERS if isinstance(found := response.get(name), list)), None)
    return response if isinstance(response, list) else None

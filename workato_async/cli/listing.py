"""Iterating over lists and printing them."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any, TypeVar

from workato_async.cli.command_runner import ExitStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from workato_async import Pages
    from workato_async.base_model import Model
    from workato_async.cli.output import Rows
    from workato_async.cli.progress_bar import ProgressBar

ModelT = TypeVar("ModelT", bound="Model")
WRAPPERS = ("items", "result", "results", "data")
"""Keys under which Workato's lists come, if a response has more than the list."""


async def print_all(
    pages: Pages[ModelT],
    rows: Rows,
    bar: ProgressBar,
    limit: int | None,
    matches: Callable[[ModelT], bool] | None = None,
) -> ExitStatus:
    """Print the objects of a list, up to a limit.

    Returns:
        The exit status: a list with entries that cannot be read is not all there, which stderr says.
    """
    count = unreadable = 0
    async with aclosing(pages.pages()) as iterator:
        async for page in iterator:
            unreadable += len(page.unreadable)
            for model in page.items if matches is None else filter(matches, page.items):
                rows.add(model.to_dict())
                bar.advance()
                count += 1
                if count == limit:
                    break
            if count == limit:
                break
    if unreadable:
        bar.echo_err(
            f"{unreadable:,} {'entry' if unreadable == 1 else 'entries'} of the list cannot be read; "
            "`workato-async request GET PATH --paginate` prints everything as it was sent"
        )
    return ExitStatus.PARTLY_FAILED if unreadable else ExitStatus.DONE


def items_of(response: Any) -> Sequence[Any] | None:
    """Return the items of a response, which is an array or an envelope with one; None if it has neither."""
    if isinstance(response, dict):
        response = next((found for name in WRAPPERS if isinstance(found := response.get(name), list)), None)
    return response if isinstance(response, list) else None

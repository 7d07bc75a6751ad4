"""The progress of work whose requests cannot be counted beforehand, on stderr if that is a terminal."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from workato_async.cli.progress_bar import ProgressBar
from workato_async.events import Completed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workato_async import WorkatoSession
    from workato_async.cli.output import Format
    from workato_async.events import Event


@contextmanager
def request_progress(workato: WorkatoSession, key: str, output: Format, *others: WorkatoSession) -> Iterator[None]:
    """Show how many calls are completed, and when the next can be sent.

    Args:
        workato: the session that makes them.
        key: the endpoint that takes most of them.
        output: how the result is printed afterwards.
        others: sessions whose calls also count.
    """
    with ExitStack() as stack:
        bar = stack.enter_context(ProgressBar(workato.limiter, key, "requests", show=output.allows_progress))

        def count(event: Event) -> None:
            if isinstance(event, Completed):
                bar.advance()

        for session in (workato, *others):
            stack.callback(session.add_listener(count))
        yield

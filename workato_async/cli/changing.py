"""Changing many objects, so that what became of each is known however that ends."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import attrs

from workato_async import (
    AuthenticationError,
    InvalidResponseError,
    OutcomeUnknownError,
    ServerError,
    WorkatoError,
    fan_out,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

UNKNOWN = "unknown"
"""The outcome of a change that may have been made: its response was lost, or is not Workato's."""


def may_be_done(error: BaseException) -> bool:
    """Whether a change that failed with an error may have been made."""
    return isinstance(error, OutcomeUnknownError | ServerError | InvalidResponseError)


@attrs.define
class Changes:
    """What became of changes, by id.

    Attributes:
        past: what was done, which is the outcome in the output.
        failed: the errors, those with an unknown outcome included.
        done: the ids of what was changed.
        interrupted: the ids whose requests were given up on the way.
    """

    past: str
    failed: dict[int, object] = attrs.Factory(dict)
    done: set[int] = attrs.Factory(set)
    interrupted: set[int] = attrs.Factory(set)

    async def make(
        self,
        change: Callable[[int], Awaitable[object]],
        ids: Iterable[int],
        report: Callable[[int, str, WorkatoError | None], None],
    ) -> None:
        """Change objects side by side, and report the outcome of each, also if this is interrupted.

        Args:
            change: changes one of them.
            ids: all of them.
            report: called with the id, the outcome and the error.

        Raises:
            AuthenticationError: as soon as the server rejects the token.
        """
        reported: set[int] = set()

        async def apply(item: int) -> None:
            try:
                await change(item)
            except asyncio.CancelledError as error:
                if isinstance(error.__cause__, OutcomeUnknownError):
                    self.interrupted.add(item)
                raise
            self.done.add(item)

        try:
            async with fan_out(apply, ids) as outcomes:
                async for outcome in outcomes:
                    if isinstance(outcome.error, AuthenticationError):
                        raise outcome.error
                    reported.add(outcome.item)
                    if isinstance(outcome.error, WorkatoError):
                        self.failed[outcome.item] = outcome.error
                        how = UNKNOWN if may_be_done(outcome.error) else "failed"
                        report(outcome.item, how, outcome.error)
                    else:
                        outcome.unwrap()
                        report(outcome.item, self.past, None)
        finally:
            for item in sorted(self.done - reported):
                report(item, self.past, None)
            for item in sorted(self.interrupted - reported):
                report(item, UNKNOWN, None)

    def summary(self, total: str, *, already: int = 0) -> str:
        """Return the counts in words.

        Args:
            total: what was to be changed, e.g. ``"3 recipes"``.
            already: how many were that way before.
        """
        counts = [
            (already, f"already {self.past}"),
            (len(self.failed), "failed"),
            (len(self.interrupted), "with unknown outcome"),
        ]
        rest = "".join(f", {number:,} {what}" for number, what in counts if number)
        return f"{self.past} {len(self.done):,} of {total}{rest}"

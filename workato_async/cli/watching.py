"""Watches on the command line: items go to a sink, and what was handed over to a file."""

from __future__ import annotations

import asyncio
import os
import sys
from math import inf
from secrets import token_hex
from typing import TYPE_CHECKING, Generic, TypeVar

from workato_async._backoff import full_jitter, sleep
from workato_async._files import atomic_write
from workato_async.cli.command_runner import CommandError, ExitStatus, interruptible
from workato_async.cli.output import Format
from workato_async.cli.sinks import DeliveryError
from workato_async.cli.terminal import echo_err

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from workato_async import Watch

ModelT = TypeVar("ModelT")

SAVED_EVERY = 1.0
"""Seconds between checks of what a quiet watch has to save."""
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 300.0
"""Seconds before an item is delivered again after a failure."""


class CursorFile:
    """The file in which a watch keeps what was handed over.

    Args:
        path: the file; None for a watch that starts anew each time.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._saved: str | None = None

    def read(self) -> str | None:
        """Return the cursor, None if there is none yet.

        Raises:
            CommandError: if it cannot be read.
        """
        if self._path is None:
            return None
        try:
            self._saved = self._path.read_text(encoding="utf-8").strip() or None
        except FileNotFoundError:
            if not self._path.parent.is_dir():
                raise CommandError(f"error: {self._path}: there is no such folder", ExitStatus.USAGE) from None
        except UnicodeDecodeError:
            raise CommandError(f"error: {self._path} is not the cursor of a watch", ExitStatus.USAGE) from None
        return self._saved

    @property
    def is_kept(self) -> bool:
        """Whether there is such a file."""
        return self._saved is not None

    def write(self, cursor: str) -> None:
        """Replace the cursor; the file is on the disk before this returns, and readable for its owner only."""
        if self._path is None or cursor == self._saved:
            return
        draft = self._path.with_name(f".{self._path.name}.{token_hex(4)}")
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        atomic_write(self._path, f"{cursor}\n".encode(), draft=draft, sync=True)
        self._saved = cursor


class Follower(Generic[ModelT]):
    """Delivers the items of a watch, one by one, and keeps the cursor behind them.

    An item that cannot be delivered is delivered again, with growing pauses; the cursor does not move on.

    Args:
        watch: the watch.
        deliver: hands one item over; raises DeliveryError if that failed.
        file: where the cursor is kept.
        save_every: the least seconds between two writes of the cursor while items come fast.
    """

    def __init__(
        self,
        watch: Watch[ModelT],
        deliver: Callable[[ModelT], Awaitable[None]],
        file: CursorFile,
        *,
        save_every: float = 0.0,
    ) -> None:
        self._watch, self._deliver, self._file, self._save_every = watch, deliver, file, save_every
        self._count = 0
        self._holding = False  # an item that the cursor of the watch counts as handed over, and that is not

    async def run(self, limit: int | None = None) -> None:
        """Go on until the limit, or without an end.

        Raises:
            CommandError: after Ctrl-C, with how many there were.
        """
        loop, saved_at = asyncio.get_running_loop(), -inf
        if sys.stderr.isatty():
            echo_err("waiting for what comes next; Ctrl-C ends it")
        with interruptible(self._summary):
            try:
                while limit is None or self._count < limit:
                    item = await self._next()
                    await self._delivered(item)
                    self._holding = False
                    self._count += 1
                    if loop.time() - saved_at >= self._save_every:
                        self._save()
                        saved_at = loop.time()
            finally:
                await self._watch.aclose()
                self._save()

    async def _next(self) -> ModelT:
        """Return the next item; until it comes, save what the polls have found out."""
        coming = asyncio.ensure_future(self._watch.__anext__())
        try:
            while not (await asyncio.wait({coming}, timeout=SAVED_EVERY))[0]:
                self._save()
        except BaseException:
            self._holding = coming.done()
            coming.cancel()
            await asyncio.wait({coming})
            raise
        item = coming.result()
        self._holding = True
        return item

    def _save(self) -> None:
        if (self._count or self._watch.has_begun) and not self._holding:
            self._file.write(self._watch.cursor)

    async def _delivered(self, item: ModelT) -> None:
        attempt = 0
        while True:
            try:
                await self._deliver(item)
            except DeliveryError as error:
                attempt += 1
                pause = FIRST_PAUSE + full_jitter(attempt, FIRST_PAUSE, LONGEST_PAUSE)
                echo_err(f"{error}; trying again in {pause:.0f} s; nothing else is handed over until it succeeds")
                await sleep(pause)
            else:
                return

    def _summary(self) -> str:
        kept = "The cursor file has them; run the command again to continue"
        return f"handed over {self._count:,}. {kept if self._file.is_kept else 'No cursor was kept'}"


def prints_json(output: Format) -> bool:
    """Whether items are printed as JSON Lines: if that was asked for, or nobody reads them on a terminal."""
    return output is Format.JSON or not sys.stdout.isatty()

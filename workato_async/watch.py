"""Watches: new items of a list for as long as the program runs, without a gap when it restarts.

A ``Watch`` polls. What it has handed over is in its cursor, a text that a program saves after it has handled an
item: a watch that is made with it later, in another process, continues there. What was handed over and not saved is
handed over again, so every item arrives at least once.
"""

from __future__ import annotations

import base64
import json
import zlib
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, cast

import attrs

from workato_async._backoff import sleep
from workato_async._durations import seconds_of
from workato_async.arguments import plain
from workato_async.errors import AuthenticationError, ConfigurationError, PermissionDeniedError, WorkatoError
from workato_async.events import logger

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping

    from workato_async._durations import Duration

T = TypeVar("T")

VERSION = 1
"""Of the cursors."""
REJECTED = 3
"""Consecutive polls that may fail because a valid token or a privilege is missing; the very first one may not."""
_LARGEST = 1 << 24
_FOREIGN = "Pass the text from watch.cursor as it was saved, or start anew without a cursor."


@attrs.frozen
class Place:
    """What a watch polls.

    Attributes:
        host: the host of the API.
        path: the path of the list; for the list of a customer, it names the customer.
        workspace: returns the id of the workspace; None if it cannot be found out. One request.
    """

    host: str
    path: str
    workspace: Callable[[], Awaitable[int | None]]


class Watch(Generic[T]):
    """New items, for as long as you iterate over it.

    ```py
    watch = workato.jobs.watch(load())
    async for job in watch:
        handle(job)
        save(watch.cursor)
    ```

    It polls at intervals. A poll that fails is logged, and the next one catches up; only a token or privilege that is
    missing at the start, or in several polls in a row, ends it with the error. Leaving the loop stops it; another
    iteration continues where that one was left.
    """

    kind: ClassVar[str]
    """The kind of watch, for the cursor."""
    _begun = False
    _unfinished = False
    """The last poll left something for the next one, which need not wait."""

    def __init__(self, place: Place, cursor: str | None, every: Duration) -> None:
        self._every = seconds_of("every", every)
        self._place = place
        self._workspace: int | None = None
        self._identified = False
        self._polled = False
        self._iteration: AsyncGenerator[T, None] | None = None
        if cursor is not None:
            self._restore_checked(self._held_in(cursor))

    @property
    def cursor(self) -> str:
        """What was handed over, up to and including the last item: a short JSON text."""
        return _sealed(
            {
                "watch": self.kind,
                "v": VERSION,
                "host": self._place.host,
                "path": self._place.path,
                "workspace": self._workspace,
                **self._state(),
            }
        )

    @property
    def has_begun(self) -> bool:
        """Whether this watch or an earlier one has finished a poll: from then on, the cursor covers what comes."""
        return self._begun

    async def __aiter__(self) -> AsyncGenerator[T, None]:
        rejections = 0
        while True:
            try:
                await self._identify()
                async with aclosing(self._poll()) as items:
                    async for item in items:
                        yield item
                rejections, self._polled = 0, True
            except ConfigurationError:  # another workspace; a session that was closed
                raise
            except WorkatoError as error:
                rejections += isinstance(error, AuthenticationError | PermissionDeniedError)
                if rejections >= (REJECTED if self._polled else 1):
                    raise
                logger.warning("%r: a poll failed; the next one is in %g s: %s", self, self._every, error)
            await sleep(0 if self._unfinished else self._every)

    async def __anext__(self) -> T:
        """Return the next item; end it with ``aclose``."""
        if self._iteration is None:
            self._iteration = self.__aiter__()
        return await anext(self._iteration)

    async def aclose(self) -> None:
        """Stop what ``anext`` began."""
        iteration, self._iteration = self._iteration, None
        if iteration is not None:
            await iteration.aclose()

    def __repr__(self) -> str:
        return f"<Watch of {self._place.path}>"

    def _poll(self) -> AsyncGenerator[T, None]:
        """Iterate over what is new; the state says of each item that it was handed over before it is."""
        raise NotImplementedError

    def _state(self) -> Mapping[str, Any]:
        """Return what a cursor has to hold, as JSON."""
        raise NotImplementedError

    def _restore(self, state: Mapping[str, Any]) -> None:
        """Continue from the state in a cursor.

        Raises:
            ConfigurationError: if it does not fit this watch.
            ValueError, TypeError, KeyError: if it is not such a state.
        """
        raise NotImplementedError

    def _held_in(self, cursor: str) -> dict[str, Any]:
        """Return what a cursor holds, after checking what it is for.

        Raises:
            ConfigurationError: for one that is damaged, or for something else.
        """
        held = _opened(cursor)
        if held["watch"] != self.kind:
            raise ConfigurationError(f"this is the cursor of another watch, {held['watch']!r}, not of {self.kind!r}")
        here = (self._place.host, self._place.path)
        if (held.get("host"), held.get("path")) != here:
            raise ConfigurationError(
                f"this cursor is for {held.get('path')} on {held.get('host')}, and the session is for "
                f"{self._place.path} on {self._place.host}",
                advice="Each workspace needs a cursor of its own.",
            )
        self._workspace = held.get("workspace")
        return held

    def _restore_checked(self, held: Mapping[str, Any]) -> None:
        try:
            self._restore(held)
        except ConfigurationError:
            raise
        except (ValueError, TypeError, KeyError, zlib.error) as error:
            raise _damaged() from error

    async def _identify(self) -> None:
        """Find out the workspace, once.

        Raises:
            ConfigurationError: if the cursor is of another one.
        """
        if self._identified:
            return
        workspace = await self._place.workspace()
        if self._workspace is not None and workspace is not None and workspace != self._workspace:
            raise ConfigurationError(
                f"this cursor is for workspace {self._workspace} on {self._place.host}, and the session is for "
                f"workspace {workspace}",
                advice="Each workspace needs a cursor of its own.",
            )
        self._workspace = self._workspace if workspace is None else workspace
        self._identified = True


def pack(numbers: Iterable[int]) -> str:
    """Return whole numbers as a short text."""
    return base64.b64encode(zlib.compress(",".join(map(str, numbers)).encode(), 9)).decode()


def unpack(text: str) -> list[int]:
    """Return the numbers in such a text.

    Raises:
        ValueError, zlib.error: if it is not one.
    """
    numbers = zlib.decompressobj().decompress(base64.b64decode(text, validate=True), _LARGEST).decode()
    return [int(number) for number in numbers.split(",") if number]


def _sealed(held: Mapping[str, Any]) -> str:
    """Return the text of a cursor, with a checksum: half a file, or an edited one, must not pass for a whole one."""
    return _text({**held, "crc": zlib.crc32(_text(held).encode())})


def _text(held: Mapping[str, Any]) -> str:
    """Return JSON that is the same after a database has stored it in another order."""
    return json.dumps(held, separators=(",", ":"), sort_keys=True)


def _opened(cursor: object) -> dict[str, Any]:
    text = plain(cursor)
    if not isinstance(text, str):
        raise ConfigurationError(f"a cursor is a text, not {type(cursor).__name__}", advice=_FOREIGN)
    try:
        held = json.loads(text)
        seal, version = held.pop("crc"), held["v"]
        if type(version) is int and version > VERSION:
            raise ConfigurationError(
                f"this cursor has version {version}, and this release knows {VERSION}",
                advice="Upgrade workato_async, or start anew without a cursor.",
            )
        if seal != zlib.crc32(_text(held).encode()) or version != VERSION or not isinstance(held["watch"], str):
            raise _damaged()
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        if isinstance(error, ConfigurationError):
            raise
        raise _damaged() from None
    return cast("dict[str, Any]", held)


def _damaged() -> ConfigurationError:
    return ConfigurationError("this is not the cursor of a watch, or it is damaged", advice=_FOREIGN)

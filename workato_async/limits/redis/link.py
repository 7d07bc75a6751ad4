"""Two connections to one Redis server: one for steps, one on which the worker is called."""

from __future__ import annotations

import asyncio
import hashlib
import math
from contextlib import suppress
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Protocol

from redis.exceptions import NoScriptError, RedisError, ResponseError

from workato_async.limits.redis.client import LinkError
from workato_async.limits.redis.protocol import CHANNEL, Answer, Call

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from workato_async.limits.redis.client import Link
    from workato_async.limits.redis.protocol import Step


class Connection(Protocol):
    """What is used of a connection of the redis package."""

    socket_timeout: float | None

    @property
    def is_connected(self) -> bool:
        """Tell whether it is open."""
        ...

    async def connect(self) -> None:
        """Open it."""
        ...

    async def disconnect(self, nowait: bool = False) -> None:
        """Close it."""
        ...

    async def send_command(self, *arguments: Any, check_health: bool) -> None:
        """Send one command."""
        ...

    async def send_packed_command(self, command: Any, check_health: bool) -> None:
        """Send packed commands."""
        ...

    def pack_commands(self, commands: Any) -> Any:
        """Pack commands."""
        ...

    async def read_response(self, disable_decoding: bool) -> Any:
        """Read one reply; an error among them is raised."""
        ...


@cache
def script() -> tuple[str, str]:
    """Give the text of the script and the digest that Redis knows it by."""
    folder = files(__package__)
    text = "\n".join(folder.joinpath(part).read_text("utf-8") for part in ("state.lua", "grant.lua"))
    return text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


class RedisLink:
    """Open connections to a Redis server; made by :meth:`open`."""

    def __init__(self, steps: Connection, calls: Connection) -> None:
        self._steps = steps
        self._calls = calls
        self._started = -math.inf
        self._listener: asyncio.Task[None] | None = None

    @classmethod
    async def open(
        cls,
        make: Callable[[], Connection],
        worker: str,
        called: Callable[[Call], None],
        lost: Callable[[Link, str], None],
    ) -> RedisLink:
        """Connect, and listen for calls.

        Args:
            make: makes a connection, not open yet.
            worker: the worker's id.
            called: hears the calls to this worker.
            lost: hears that the link broke, and why.

        Raises:
            LinkError: if that failed.
        """
        link = cls(make(), make())
        try:
            for connection in (link._steps, link._calls):
                connection.socket_timeout = None  # an exchange has its own timeout, and calls come when they come
                await connection.connect()
            link._started = asyncio.get_running_loop().time() - await _uptime(link._steps)
            await link._calls.send_command("SUBSCRIBE", CHANNEL + worker, check_health=False)
            await link._calls.read_response(disable_decoding=True)
        except (RedisError, OSError) as error:
            await link.close()
            raise LinkError(_why(error)) from None
        except BaseException:
            await link.close()
            raise
        link._listener = asyncio.create_task(link._listen(called, lost))
        return link

    async def exchange(self, steps: Sequence[tuple[str, Step]]) -> list[Answer]:
        """Carry out steps, each at the bucket of that name.

        Raises:
            LinkError: if that failed; whether steps were carried out is not known then.
        """
        text, digest = script()
        try:
            replies = await self._run([("EVALSHA", digest, 1, name, *step.arguments()) for name, step in steps])
            missing = [index for index, reply in enumerate(replies) if isinstance(reply, NoScriptError)]
            if missing:  # the server was restarted or told to forget its scripts; EVAL makes it learn this one again
                commands = [("EVALSHA", digest, 1, name, *step.arguments()) for name, step in steps]
                again = [commands[index] for index in missing]
                again[0] = ("EVAL", text, *again[0][2:])
                for index, reply in zip(missing, await self._run(again), strict=True):
                    replies[index] = reply
        except (RedisError, OSError) as error:
            raise LinkError(_why(error)) from None
        for reply in replies:
            if isinstance(reply, ResponseError):
                raise LinkError(_why(reply)) from None
            if reply is None:
                raise LinkError("a step was overtaken by a later one")
        return [Answer.read(reply) for reply in replies]

    def server_age(self, now: float) -> float:
        """Give the seconds since the server was started."""
        return now - self._started

    async def close(self) -> None:
        """Cut the connections."""
        if self._listener is not None and self._listener is not asyncio.current_task():
            self._listener.cancel()
        for connection in (self._steps, self._calls):
            with suppress(RedisError, OSError):
                await connection.disconnect(nowait=True)

    async def _run(self, commands: Sequence[tuple[Any, ...]]) -> list[Any]:
        """Send commands together and read their replies, errors among them."""
        if not self._steps.is_connected:  # it would connect by itself, and to a server that may have forgotten
            raise LinkError("the connection was lost")
        await self._steps.send_packed_command(self._steps.pack_commands(commands), check_health=False)
        replies: list[Any] = []
        for _ in commands:
            try:
                replies.append(await self._steps.read_response(disable_decoding=True))
            except ResponseError as error:
                replies.append(error)
        return replies

    async def _listen(self, called: Callable[[Call], None], lost: Callable[[Link, str], None]) -> None:
        try:
            while True:
                message = await self._calls.read_response(disable_decoding=True)
                if message[0] == b"message":
                    called(Call.read(message[2]))
        except asyncio.CancelledError:
            await self.close()
            raise
        except Exception as error:  # a message that cannot be read ends it as a broken connection does
            await self.close()
            lost(self, _why(error))


async def _uptime(connection: Connection) -> float:
    """Ask for the seconds since the server was started; infinite if it does not tell."""
    await connection.send_command("INFO", "server", check_health=False)
    try:
        info = await connection.read_response(disable_decoding=True)
    except ResponseError:
        return math.inf
    for line in bytes(info).splitlines():
        name, _, value = line.partition(b":")
        if name == b"uptime_in_seconds":
            return float(value)
    return math.inf


def _why(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__

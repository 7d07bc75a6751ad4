"""Two connections to one Redis server: one for steps, one on which the worker is woken."""

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
from workato_async.limits.redis.protocol import CHANNEL, Reply, Wakeup

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from workato_async.limits.redis.client import Link
    from workato_async.limits.redis.protocol import Step


class Connection(Protocol):
    """What is used of a connection of the redis package."""

    socket_timeout: float | None

    @property
    def is_connected(self) -> bool:
        """Whether it is open."""
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


PARTS = ("server.lua", "state.lua", "room.lua", "grant.lua")


@cache
def script(*parts: str) -> tuple[str, str]:
    """Return the script made of these parts, and the digest that Redis knows it by."""
    folder = files("workato_async.limits.redis")
    text = "\n".join(folder.joinpath(part).read_text("utf-8") for part in parts)
    return text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


class RedisLink:
    """Open connections to a Redis server; made by ``open``."""

    def __init__(self, steps: Connection, wakeups: Connection) -> None:
        self._steps = steps
        self._wakeups = wakeups
        self._started = -math.inf
        self._listener: asyncio.Task[None] | None = None

    @classmethod
    async def open(
        cls,
        make: Callable[[], Connection],
        worker: str,
        on_wakeup: Callable[[Wakeup], None],
        on_lost_link: Callable[[Link, str], None],
    ) -> RedisLink:
        """Connect, and listen for wakeups.

        Args:
            make: makes a connection, not open yet.
            worker: the worker's id.
            on_wakeup: called when the store wakes this worker.
            on_lost_link: called when the link breaks, with the reason.

        Raises:
            LinkError: if that failed.
        """
        link = cls(make(), make())
        try:
            for connection in (link._steps, link._wakeups):
                connection.socket_timeout = None  # an exchange has its own timeout, and wakeups come when they come
                await connection.connect()
            link._started = asyncio.get_running_loop().time() - await _uptime(link._steps)
            await link._wakeups.send_command("SUBSCRIBE", CHANNEL + worker, check_health=False)
            await link._wakeups.read_response(disable_decoding=True)
        except (RedisError, OSError) as error:
            await link.close()
            raise LinkError(_why(error)) from None
        except BaseException:
            await link.close()
            raise
        link._listener = asyncio.create_task(link._listen(on_wakeup, on_lost_link))
        return link

    async def exchange(self, steps: Sequence[tuple[str, Step]]) -> list[Reply]:
        """Carry out steps, each at the bucket of that name.

        Raises:
            LinkError: if that failed; whether steps were carried out is not known then.
        """
        text, digest = script(*PARTS)
        commands: list[tuple[Any, ...]] = [("EVALSHA", digest, 1, name, *step.arguments()) for name, step in steps]
        try:
            replies = await self._run(commands)
            missing = [index for index, reply in enumerate(replies) if isinstance(reply, NoScriptError)]
            if missing:  # the server was restarted, or its scripts were flushed; EVAL loads this one again
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
                raise LinkError("a step arrived after a later one")
        return [Reply.read(reply) for reply in replies]

    def server_age(self, now: float) -> float:
        """Return the seconds since the server was started, infinite if that is not known."""
        return now - self._started

    async def close(self) -> None:
        """Close the connections."""
        if self._listener is not None and self._listener is not asyncio.current_task():
            self._listener.cancel()
        for connection in (self._steps, self._wakeups):
            with suppress(RedisError, OSError):
                await connection.disconnect(nowait=True)

    async def _run(self, commands: Sequence[tuple[Any, ...]]) -> list[Any]:
        """Send commands together and return their replies, errors among them."""
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

    async def _listen(self, on_wakeup: Callable[[Wakeup], None], on_lost_link: Callable[[Link, str], None]) -> None:
        try:
            while True:
                message = await self._wakeups.read_response(disable_decoding=True)
                if message[0] == b"message":
                    on_wakeup(Wakeup.read(message[2]))
        except asyncio.CancelledError:
            await self.close()
            raise
        except Exception as error:  # a message that cannot be read counts as a broken connection
            await self.close()
            on_lost_link(self, _why(error))


async def _uptime(connection: Connection) -> float:
    """Return the seconds since the server was started; infinite if the user may not ask (INFO), or it does not say."""
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

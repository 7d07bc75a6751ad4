"""The script on a real server, with a clock and connections that the test provides: nothing depends on real time.

``server.lua`` is all that the script uses of the server; ``redis_virtual.lua`` has other functions of the same names.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import msgspec
import redis

from workato_async.limits.redis.link import PARTS, script
from workato_async.limits.redis.protocol import Reply, Step, Wakeup

VIRTUAL = Path(__file__).with_name("redis_virtual.lua")


def virtual_script() -> str:
    """Return the script with the clock and the connected workers as further keys."""
    server, *parts = PARTS
    assert server == "server.lua"
    return VIRTUAL.read_text("utf-8").replace("-- the script", script(*parts)[0])


class Scripted:
    """Buckets in a server, which is emptied first.

    Args:
        client: of that server.
    """

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        client.flushdb()
        self._digest = client.script_load(virtual_script())
        self._expiry: dict[str, int] = {}

    def step(
        self, name: str, clock: int, step: Step, listening: Collection[str]
    ) -> tuple[Reply | None, list[tuple[str, Wakeup]]]:
        """Carry out a step at a time of the server's clock; return the reply, and who was woken."""
        if clock >= self._expiry.get(name, clock + 1):
            self.lose(name)
        listeners = f" {' '.join(listening)} "
        packed: Any = self._client.evalsha(self._digest, 3, name, str(clock), listeners, *step.arguments())
        if packed is None:
            return None, []
        reply, wakeups, lifetime = packed
        self._expiry[name] = clock + lifetime
        return Reply.read(reply), [(worker.decode(), Wakeup.read(message)) for worker, message in wakeups]

    def state(self, name: str) -> Any:
        """Return what the server keeps."""
        return msgspec.msgpack.decode(self._client.get(name))  # type: ignore[arg-type]

    def lose(self, name: str) -> None:
        """Have the server forget a bucket."""
        self._expiry.pop(name, None)
        self._client.delete(name)

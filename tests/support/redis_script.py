"""The script on a real server, at moments and with connections that the test gives: nothing depends on real time.

Three pieces of the script are exchanged for others: what reads the clock, what tells who listens, and what calls a
worker. A bucket expires by the given clock, too.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec
import redis

from workato_async.limits.redis.link import script
from workato_async.limits.redis.protocol import Answer, Call, Step

_EXCHANGED = {
    """local time = redis.call('TIME')
  return time[1] * 1000000 + time[2]""": "return tonumber(KEYS[2])",
    """local counts = redis.pcall('PUBSUB', 'NUMSUB', prefix .. worker)
  return counts.err ~= nil or counts[2] > 0""": "return string.find(KEYS[3], ' ' .. worker .. ' ', 1, true) ~= nil",
    "return redis.call('PUBLISH', prefix .. worker, text) > 0": """
  if not listens(worker) then return false end
  calls[#calls + 1] = {worker, text}
  return true""",
    "redis.call('SET', key, cmsgpack.pack(s), 'PX', ceil(kept / 1000))": "redis.call('SET', key, cmsgpack.pack(s))",
    "return {now, s.generation,": "return {calls, kept, now, s.generation,",
}


def timeless_script() -> str:
    """Give the script with the clock and the connections of workers as further arguments."""
    text, _ = script()
    for real, given in _EXCHANGED.items():
        assert text.count(real) == 1, f"the script no longer says {real!r}"
        text = text.replace(real, given)
    return f"local calls = {{}}\n{text}"


class Scripted:
    """Buckets in a server, which is emptied first.

    Args:
        client: of that server.
    """

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        client.flushdb()
        self._digest = client.script_load(timeless_script())
        self._expiry: dict[str, int] = {}

    def step(
        self, name: str, clock: int, step: Step, listening: Collection[str]
    ) -> tuple[Answer | None, list[tuple[str, Call]]]:
        """Carry out a step at a moment of the server's clock; give the answer, and who was called."""
        if clock >= self._expiry.get(name, clock + 1):
            self.lose(name)
        listeners = f" {' '.join(listening)} "
        reply: Any = self._client.evalsha(
            self._digest, 3, name, str(clock), listeners, *(str(argument) for argument in step.arguments())
        )
        if reply is None:
            return None, []
        calls, kept, *answer = reply
        self._expiry[name] = clock + kept
        return Answer.read(answer), [(worker.decode(), Call.read(message)) for worker, message in calls]

    def state(self, name: str) -> Any:
        """Read what the server keeps."""
        return msgspec.msgpack.decode(self._client.get(name))  # type: ignore[arg-type]

    def lose(self, name: str) -> None:
        """Have the server forget a bucket."""
        self._expiry.pop(name, None)
        self._client.delete(name)

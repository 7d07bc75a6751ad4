"""The script over a real server, but at moments and with connections that the test gives."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec
import redis

from workato_async.limits.redis_link import script
from workato_async.limits.redis_messages import Answer, Step

KEY = "workato:{test}:machine"

_REAL_CLOCK = """local time = redis.call('TIME')
  return time[1] * 1000000 + time[2]"""
_GIVEN_CLOCK = "return tonumber(KEYS[2])"
_REAL_EAR = """local counts = redis.pcall('PUBSUB', 'NUMSUB', prefix .. worker)
  return counts.err ~= nil or counts[2] > 0"""
_GIVEN_EAR = "return string.find(KEYS[3], worker, 1, true) ~= nil"
_REAL_CALL = "return redis.call('PUBLISH', prefix .. worker, table.concat({key, delay, at_version, tokens}, ' ')) > 0"
_NOTED_CALL = """if not listens(worker) then return false end
  redis.call('RPUSH', 'calls', table.concat({worker, delay, at_version, tokens}, ' '))
  return true"""


def timeless_script() -> str:
    """Give the script with the clock and the connections of workers as further arguments."""
    text, _ = script()
    for real, given in ((_REAL_CLOCK, _GIVEN_CLOCK), (_REAL_EAR, _GIVEN_EAR), (_REAL_CALL, _NOTED_CALL)):
        assert text.count(real) == 1, f"the script no longer says {real!r}"
        text = text.replace(real, given)
    return text


class Scripted:
    """A bucket in a server that is emptied first."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        client.flushall()
        self._run = client.register_script(timeless_script())

    def step(self, clock: int, step: Step, listening: Collection[str]) -> tuple[Answer | None, list[str]]:
        """Carry out a step; give the answer and whom it called: worker, delay, version, tokens."""
        reply: Any = self._run(keys=[KEY, str(clock), " ".join(listening)], args=step.arguments())
        calls = [call.decode() for call in self._client.lrange("calls", 0, -1)]  # type: ignore[union-attr]
        self._client.delete("calls")
        return (Answer.read(reply) if reply is not None else None), calls

    def state(self) -> Any:
        """Read what the server keeps."""
        return msgspec.msgpack.decode(self._client.get(KEY))  # type: ignore[arg-type]

    def lose(self) -> None:
        self._client.delete(KEY)

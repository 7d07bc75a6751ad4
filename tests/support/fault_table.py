"""What every fault does to every call: the promises of retry, transport and responses in one table.

Each cell says what the caller gets, how many requests the server saw and, for a write, how often it was carried out
(so ``Unknown 1/1`` is an OutcomeUnknownError after one request, which was carried out). Read downwards:

* ``create`` and ``repeat`` are not idempotent. They are never seen twice, unless they were rate limited,
  and they are never carried out twice.
* ``list`` reads two pages and an empty one; the fault strikes the second: one request went well before. So a response
  that cannot be read is retried here, and not for a ``get``, which is the first call to its host (but for
  ``not valid HTTP``, which a gateway sends on a connection that was used before).
* ``update``, ``start`` and ``delete`` may be repeated. A ``delete`` whose second attempt gets a 404 has worked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from workato_async import (
    ConnectionFailedError,
    InvalidResponseError,
    OperationRefusedError,
    OutcomeUnknownError,
    RateLimitedError,
    ResponseError,
    ResponseTimeoutError,
    ServerError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ERRORS: Mapping[str, type[Exception] | None] = {
    "result": None,
    "Failed": ConnectionFailedError,
    "Timeout": ResponseTimeoutError,
    "Unknown": OutcomeUnknownError,
    "Server": ServerError,
    "Other": ResponseError,
    "Limited": RateLimitedError,
    "Invalid": InvalidResponseError,
    "Refused": OperationRefusedError,
}

ALWAYS = """
fault                     get          list         update       start        delete       create       repeat
# no connection comes about, so nothing was sent
refused                   Failed 0     Failed 0     Failed 0/0   Failed 0/0   Failed 0/0   Failed 0/0   Failed 0/0
name unknown              Failed 0     Failed 0     Failed 0/0   Failed 0/0   Failed 0/0   Failed 0/0   Failed 0/0
name stalls               Failed 0     Failed 0     Failed 0/0   Failed 0/0   Failed 0/0   Failed 0/0   Failed 0/0
TLS fails                 Failed 0     Failed 0     Failed 0/0   Failed 0/0   Failed 0/0   Failed 0/0   Failed 0/0
no TLS                    Failed 0     Failed 0     Failed 0/0   Failed 0/0   Failed 0/0   Failed 0/0   Failed 0/0
connect stalls            Failed 0     Failed 0     Failed 0/0   Failed 0/0   Failed 0/0   Failed 0/0   Failed 0/0
TLS stalls                Failed 0     Failed 0     Failed 0/0   Failed 0/0   Failed 0/0   Failed 0/0   Failed 0/0
# the connection is lost
reset before processing   Failed 5     Failed 6     Unknown 5/0  Unknown 5/0  Unknown 5/0  Unknown 1/0  Unknown 1/0
reset after processing    Failed 5     Failed 6     Unknown 5/5  Unknown 5/5  Unknown 5/1  Unknown 1/1  Unknown 1/1
reset amid the head       Failed 5     Failed 6     Unknown 5/5  Unknown 5/5  Unknown 5/1  Unknown 1/1  Unknown 1/1
reset amid the body       Failed 5     Failed 6     Unknown 5/5  Unknown 5/5  Unknown 5/1  Unknown 1/1  Unknown 1/1
body cut short            Failed 5     Failed 6     Unknown 5/5  Unknown 5/5  Unknown 5/1  Unknown 1/1  Unknown 1/1
cut with another end      Failed 5     Failed 6     Unknown 5/5  Unknown 5/5  Unknown 5/1  Unknown 1/1  Unknown 1/1
idle connection closed    result 1     result 3     result 1/1   result 1/1   result 1/1   result 1/1   result 1/1
unasked response          result 1     result 3     result 1/1   result 1/1   result 1/1   result 1/1   result 1/1
unasked 408               result 1     result 3     result 1/1   result 1/1   result 1/1   result 1/1   result 1/1
another call's response   Failed 5     Failed 6     Unknown 5/5  Unknown 5/5  Unknown 5/1  Unknown 1/1  Unknown 1/1
# the response does not come in time
stall before processing   Timeout 5    Timeout 6    Unknown 5/0  Unknown 5/0  Unknown 5/0  Unknown 1/0  Unknown 1/0
stall after processing    Timeout 5    Timeout 6    Unknown 5/5  Unknown 5/5  Unknown 5/1  Unknown 1/1  Unknown 1/1
1 byte a second           Timeout 5    Timeout 6    result 1/1   result 1/1   result 1/1   result 1/1   Unknown 1/1
# the server fails, or limits the rate
5xx JSON                  Server 5     Server 6     Server 5/0   Server 5/0   Server 5/0   Server 1/0   Server 1/0
5xx HTML                  Server 5     Server 6     Server 5/0   Server 5/0   Server 5/0   Server 1/0   Server 1/0
5xx empty                 Server 5     Server 6     Server 5/0   Server 5/0   Server 5/0   Server 1/0   Server 1/0
5xx JSON called text      Server 5     Server 6     Server 5/0   Server 5/0   Server 5/0   Server 1/0   Server 1/0
5xx after processing      Server 5     Server 6     Server 5/5   Server 5/5   Server 5/1   Server 1/1   Server 1/1
5xx cut short             Failed 5     Failed 6     Unknown 5/0  Unknown 5/0  Unknown 5/0  Unknown 1/0  Unknown 1/0
5xx over the cap          Server 5     Server 6     Server 5/0   Server 5/0   Server 5/0   Server 1/0   Server 1/0
408                       Other 5      Other 6      Other 5/0    Other 5/0    Other 5/0    Other 1/0    Other 1/0
408 after processing      Other 5      Other 6      Other 5/5    Other 5/5    Other 5/1    Other 1/1    Other 1/1
425                       Other 5      Other 6      Other 5/0    Other 5/0    Other 5/0    Other 5/0    Other 5/0
52x of a gateway          Server 5     Server 6     Server 5/0   Server 5/0   Server 5/0   Server 1/0   Server 1/0
429                       Limited 11   Limited 12   Limited 11/0 Limited 11/0 Limited 11/0 Limited 11/0 Limited 11/0
# HTTP 200, and no response to rely on
not valid HTTP            Invalid 5    Invalid 6    Invalid 1/1  Invalid 1/1  Invalid 1/1  Invalid 1/1  Invalid 1/1
200 over the cap          Invalid 1    Invalid 2    Invalid 1/1  Invalid 1/1  Invalid 1/1  Invalid 1/1  Invalid 1/1
200 nested deeply         Invalid 1    Invalid 6    Invalid 1/0  Invalid 1/0  Invalid 1/0  Invalid 1/0  Invalid 1/0
200 not UTF-8             Invalid 1    Invalid 6    Invalid 1/0  Invalid 1/0  Invalid 1/0  Invalid 1/0  Invalid 1/0
200 garbage               Invalid 1    Invalid 6    Invalid 1/0  Invalid 1/0  Invalid 1/0  Invalid 1/0  Invalid 1/0
200 HTML page             Invalid 1    Invalid 6    Invalid 1/0  Invalid 1/0  Invalid 1/0  Invalid 1/0  Invalid 1/0
200 empty                 Invalid 1    Invalid 6    result 1/0   result 1/0   result 1/0   Invalid 1/0  Invalid 1/0
200 with success false    Refused 1    Refused 2    Refused 1/0  Refused 1/0  Refused 1/0  Refused 1/0  Refused 1/0
success false not UTF-8   Refused 1    Refused 2    Refused 1/0  Refused 1/0  Refused 1/0  Refused 1/0  Refused 1/0
success false after BOM   Refused 1    Refused 2    Refused 1/0  Refused 1/0  Refused 1/0  Refused 1/0  Refused 1/0
# odd, but right
valid body after BOM      result 1     result 3     result 1/1   result 1/1   result 1/1   result 1/1   result 1/1
valid body called HTML    result 1     result 3     result 1/1   result 1/1   result 1/1   result 1/1   result 1/1
"""
"""The fault strikes every attempt."""

ONCE = """
fault                     get          list         update       start        delete       create       repeat
# no connection comes about, so nothing was sent
refused                   result 1     result 3     result 1/1   result 1/1   result 1/1   result 1/1   result 1/1
name unknown              result 1     result 3     result 1/1   result 1/1   result 1/1   result 1/1   result 1/1
name stalls               result 1     result 3     result 1/1   result 1/1   result 1/1   result 1/1   result 1/1
TLS fails                 result 1     result 3     result 1/1   result 1/1   result 1/1   result 1/1   result 1/1
no TLS                    Failed 0     Failed 0     Failed 0/0   Failed 0/0   Failed 0/0   Failed 0/0   Failed 0/0
connect stalls            result 1     result 3     result 1/1   result 1/1   result 1/1   result 1/1   result 1/1
TLS stalls                result 1     result 3     result 1/1   result 1/1   result 1/1   result 1/1   result 1/1
# the connection is lost
reset before processing   result 2     result 4     result 2/1   result 2/1   result 2/1   Unknown 1/0  Unknown 1/0
reset after processing    result 2     result 4     result 2/2   result 2/2   result 2/1   Unknown 1/1  Unknown 1/1
reset amid the head       result 2     result 4     result 2/2   result 2/2   result 2/1   Unknown 1/1  Unknown 1/1
reset amid the body       result 2     result 4     result 2/2   result 2/2   result 2/1   Unknown 1/1  Unknown 1/1
body cut short            result 2     result 4     result 2/2   result 2/2   result 2/1   Unknown 1/1  Unknown 1/1
cut with another end      result 2     result 4     result 2/2   result 2/2   result 2/1   Unknown 1/1  Unknown 1/1
idle connection closed    result 1     result 3     result 1/1   result 1/1   result 1/1   result 1/1   result 1/1
unasked response          result 1     result 3     result 1/1   result 1/1   result 1/1   result 1/1   result 1/1
unasked 408               result 1     result 3     result 1/1   result 1/1   result 1/1   result 1/1   result 1/1
another call's response   result 2     result 4     result 2/2   result 2/2   result 2/1   Unknown 1/1  Unknown 1/1
# the response does not come in time
stall before processing   result 2     result 4     result 2/1   result 2/1   result 2/1   Unknown 1/0  Unknown 1/0
stall after processing    result 2     result 4     result 2/2   result 2/2   result 2/1   Unknown 1/1  Unknown 1/1
1 byte a second           result 2     result 4     result 1/1   result 1/1   result 1/1   result 1/1   Unknown 1/1
# the server fails, or limits the rate
5xx JSON                  result 2     result 4     result 2/1   result 2/1   result 2/1   Server 1/0   Server 1/0
5xx HTML                  result 2     result 4     result 2/1   result 2/1   result 2/1   Server 1/0   Server 1/0
5xx empty                 result 2     result 4     result 2/1   result 2/1   result 2/1   Server 1/0   Server 1/0
5xx JSON called text      result 2     result 4     result 2/1   result 2/1   result 2/1   Server 1/0   Server 1/0
5xx after processing      result 2     result 4     result 2/2   result 2/2   result 2/1   Server 1/1   Server 1/1
5xx cut short             result 2     result 4     result 2/1   result 2/1   result 2/1   Unknown 1/0  Unknown 1/0
5xx over the cap          result 2     result 4     result 2/1   result 2/1   result 2/1   Server 1/0   Server 1/0
408                       result 2     result 4     result 2/1   result 2/1   result 2/1   Other 1/0    Other 1/0
408 after processing      result 2     result 4     result 2/2   result 2/2   result 2/1   Other 1/1    Other 1/1
425                       result 2     result 4     result 2/1   result 2/1   result 2/1   result 2/1   result 2/1
52x of a gateway          result 2     result 4     result 2/1   result 2/1   result 2/1   Server 1/0   Server 1/0
429                       result 2     result 4     result 2/1   result 2/1   result 2/1   result 2/1   result 2/1
# HTTP 200, and no response to rely on
not valid HTTP            result 2     result 4     Invalid 1/1  Invalid 1/1  Invalid 1/1  Invalid 1/1  Invalid 1/1
200 over the cap          Invalid 1    Invalid 2    Invalid 1/1  Invalid 1/1  Invalid 1/1  Invalid 1/1  Invalid 1/1
200 nested deeply         Invalid 1    result 4     Invalid 1/0  Invalid 1/0  Invalid 1/0  Invalid 1/0  Invalid 1/0
200 not UTF-8             Invalid 1    result 4     Invalid 1/0  Invalid 1/0  Invalid 1/0  Invalid 1/0  Invalid 1/0
200 garbage               Invalid 1    result 4     Invalid 1/0  Invalid 1/0  Invalid 1/0  Invalid 1/0  Invalid 1/0
200 HTML page             Invalid 1    result 4     Invalid 1/0  Invalid 1/0  Invalid 1/0  Invalid 1/0  Invalid 1/0
200 empty                 Invalid 1    result 4     result 1/0   result 1/0   result 1/0   Invalid 1/0  Invalid 1/0
200 with success false    Refused 1    Refused 2    Refused 1/0  Refused 1/0  Refused 1/0  Refused 1/0  Refused 1/0
success false not UTF-8   Refused 1    Refused 2    Refused 1/0  Refused 1/0  Refused 1/0  Refused 1/0  Refused 1/0
success false after BOM   Refused 1    Refused 2    Refused 1/0  Refused 1/0  Refused 1/0  Refused 1/0  Refused 1/0
# odd, but right
valid body after BOM      result 1     result 3     result 1/1   result 1/1   result 1/1   result 1/1   result 1/1
valid body called HTML    result 1     result 3     result 1/1   result 1/1   result 1/1   result 1/1   result 1/1
"""
"""The fault strikes once; then all is well."""


@attrs.frozen
class Expected:
    """One cell; ``text`` is how it stands in the table."""

    fault: str
    verb: str
    lasting: bool
    text: str

    @property
    def error(self) -> type[Exception] | None:
        return ERRORS[self.text.split()[0]]

    @property
    def seen(self) -> int:
        return int(self.text.split()[1].partition("/")[0])

    @property
    def executed(self) -> int | None:
        """How often it was carried out, None for a read."""
        count = self.text.split()[1].partition("/")[2]
        return int(count) if count else None


def cells() -> Iterator[Expected]:
    """Yield every cell of both tables."""
    for table, lasting in ((ALWAYS, True), (ONCE, False)):
        head, *rows = (line for line in table.strip().splitlines() if not line.startswith("#"))
        _, *verbs = head.split()
        starts = [head.index(verb) for verb in verbs]
        for row in rows:
            ends = [*starts[1:], len(row)]
            for verb, start, end in zip(verbs, starts, ends, strict=True):
                yield Expected(row[: starts[0]].strip(), verb, lasting, row[start:end].strip())

"""The faults of the matrix, by the names that its table uses; one name may stand for several variants."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from tests.support.network_faults import WAYS, Closed
from tests.support.tampering_proxy import Tampering
from workato_async.testing import (
    CloseIdle,
    Drip,
    Fault,
    Mangled,
    Oversized,
    Refuse429,
    Reset,
    Slow,
    Stall,
    Status,
    Truncated,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


CAP = 512 * 1024
"""The most that the sessions of the matrix read of one response."""
BOM = b"\xef\xbb\xbf"
DEEP = 100_000
"""Brackets of a deeply nested response, which is still within the cap."""
_HTML = "<!DOCTYPE html><html><body>We'll be back soon</body></html>"
_JSON = '{"message": "Server error", "id": "5f0c"}'


@attrs.frozen
class Kept:
    """A fault that strikes on a connection which has carried another call before and was kept alive."""

    fault: Fault


@attrs.frozen
class Tampered:
    """What a gateway does to the response, or to a kept-alive connection before the request."""

    how: Tampering


Trouble = Closed | Fault | Kept | Tampered


def _each_5xx(body: str | bytes, content_type: str = "application/json", *, processed: bool = False) -> Sequence[Fault]:
    return [Status(code, body, content_type, processed=processed) for code in (500, 502, 503, 504)]


def _replies_200(*bodies: str | bytes, content_type: str = "application/json") -> Sequence[Fault]:
    return [Status(200, body, content_type) for body in bodies]


_REFUSALS = (
    '{"success": false, "message": "Not allowed"}',
    '{"success": false, "errors": {"running": ["recipe cannot be changed while it is running"]}}',
    '{"success": false, "code_errors": [[1, [["Email", null, "can\'t be blank"]]]], "config_errors": []}',
)
"""The three layouts of a rejection with HTTP 200."""

TROUBLES: Mapping[str, Sequence[Trouble]] = {
    # no connection
    **{way: [way] for way in WAYS},
    # the connection
    "reset before processing": [Reset("before"), Kept(Reset("before"))],
    "reset after processing": [Reset("after"), Kept(Reset("after"))],
    "reset amid the head": [Reset("head"), Kept(Reset("head"))],
    "reset amid the body": [Reset("body"), Kept(Reset("body"))],
    "body cut short": [Truncated()],
    "cut with another end": [
        Tampered("cut in chunks"),
        Tampered("cut and closed"),
        Tampered("cut gzip"),
        Tampered("cut gzip of the right length"),
    ],
    "idle connection closed": [Kept(CloseIdle()), Tampered("closed while blocked")],
    "unasked response": [
        Tampered("doubled before"),
        Tampered("half a response before"),
        Tampered("doubled while blocked"),
    ],
    "unasked 408": [Tampered("408 before"), Tampered("408 while blocked")],
    "another call's response": [Tampered("another call's id")],
    # time
    "stall before processing": [Stall(), Kept(Stall())],
    "stall after processing": [Stall(processed=True), Slow(60)],
    "1 byte a second": [Drip(1)],
    # failures of the server
    "5xx JSON": _each_5xx(_JSON),
    "5xx HTML": _each_5xx(_HTML, "text/html"),
    "5xx empty": _each_5xx(b""),
    "5xx JSON called text": _each_5xx(_JSON, "text/plain"),
    "5xx after processing": _each_5xx(_JSON, processed=True),
    "5xx cut short": [Truncated(code, processed=False) for code in (500, 502, 503, 504)],
    "5xx over the cap": _each_5xx(b" " * (CAP + 1)),
    "408": [Status(408, _JSON), Status(408, b"")],
    "408 after processing": [Status(408, _JSON, processed=True)],
    "425": [Status(425, _JSON), Status(425, b"")],
    "52x of a gateway": [Status(code, _HTML, "text/html") for code in range(520, 525)],
    "429": [Refuse429(), Refuse429("7")],
    # responses with 200 that cannot be read
    "not valid HTTP": [Tampered("header too long"), Tampered("length and chunks")],
    "200 over the cap": [Oversized(CAP + 1), Oversized(CAP + 1, compressed=True)],
    "200 nested deeply": _replies_200("[" * DEEP, '{"a":' * DEEP, '{"success":' + "[" * DEEP),
    "200 not UTF-8": _replies_200(b"\xff\xfe\xfa", b'\xff{"success": true}'),
    "200 garbage": _replies_200("Welcome to the guest network", '{"success": tr', _HTML, "\x00" * 8),
    "200 HTML page": _replies_200(_HTML, content_type="text/html; charset=utf-8"),
    "200 empty": _replies_200(b""),
    "200 with success false": _replies_200(*_REFUSALS),
    "success false not UTF-8": _replies_200(b'{"success": false, "message": "caf\xe9"}'),
    "success false after BOM": _replies_200(BOM + _REFUSALS[0].encode()),
    # oddities that a valid body survives
    "valid body after BOM": [Mangled(lambda body: BOM + body)],
    "valid body called HTML": [Mangled(lambda body: body, "text/html")],
}

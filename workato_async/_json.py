"""JSON as servers send it.

msgspec parses it. What it rejects, the standard library tries once more: half a surrogate pair (a text that was cut
in the middle of an emoji), ``NaN``, numbers beyond all bounds, control characters in a text and bytes that are not
UTF-8 are common enough, and none of them is a reason to lose the rest of a response.
"""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for a body that it cannot parse."""

_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)
"""One escape of a JSON text; half a surrogate pair is the group."""
_BLANK = re.compile(r"[ \t\r\n]*")
_LONGEST_INTEGER = 4300  # digits; Python rejects longer ones, since they take long to convert


def parse_json(body: bytes) -> Any:
    """Parse JSON that may begin with a byte order mark, as some proxies and .NET servers send it.

    Characters that do not exist become U+FFFD, numbers that do not exist None.

    Raises:
        msgspec.DecodeError: for bytes that are not JSON or nested too deep, with the position; it quotes nothing.
    """
    body = body.removeprefix(BYTE_ORDER_MARK)
    try:
        return msgspec.json.decode(body)
    except UNREADABLE:
        return _last_look(body.decode(errors="replace"))


def _last_look(text: str) -> Any:
    problem = "nested too deep"
    try:
        return _LENIENT.decode(_ESCAPE.sub(lambda escape: r"\ufffd" if escape[1] else escape[0], text))
    except json.JSONDecodeError as error:
        problem = f"{error.msg.partition(':')[0]} at line {error.lineno}, column {error.colno}"
    except RecursionError:
        pass
    raise msgspec.DecodeError(problem)  # outside of the handler: the other error holds the response


def is_cut_short(body: bytes) -> bool:
    """Whether a body is JSON that ends too early; text of another kind is not."""
    early = _ends_early(body) or _ends_early(body + b"0")  # the second for an end within a number, such as "2."
    return early and not _is_json(body)  # to msgspec, half a surrogate pair is also an early end


def _ends_early(body: bytes) -> bool:
    try:
        msgspec.json.decode(body.removeprefix(BYTE_ORDER_MARK), type=msgspec.Raw)
    except msgspec.DecodeError as error:
        return "truncated" in str(error)
    except UNREADABLE:
        return False
    return False


def _is_json(body: bytes) -> bool:
    try:
        parse_json(body)
    except msgspec.DecodeError:
        return False
    return True


def leading_json(body: bytes) -> bytes:
    """Return the JSON object or array that a body begins with, if something else follows it; empty otherwise."""
    text = body.removeprefix(BYTE_ORDER_MARK).decode("latin-1")
    at = _skip_blank(text, 0)
    if text[at : at + 1] not in ("{", "["):
        return b""
    try:
        _, end = _SKIPPING.raw_decode(text, at)
    except (json.JSONDecodeError, RecursionError):
        return b""
    return text[at:end].encode("latin-1") if text[end:].strip() else b""


def _integer(digits: str) -> int | None:
    return int(digits) if len(digits) <= _LONGEST_INTEGER else None


def _float(number: str) -> float | None:
    value = float(number)
    return value if math.isfinite(value) else None


_LENIENT = json.JSONDecoder(strict=False, parse_int=_integer, parse_float=_float, parse_constant=lambda _: None)
_SKIPPING = json.JSONDecoder(strict=False, parse_int=float)


def cut(body: bytes, keys: Sequence[str | int]) -> bytes:
    """Return the JSON of a part of a response, not one byte changed.

    Args:
        body: what ``parse_json`` parses.
        keys: the way to the part, all of which is there.

    Raises:
        msgspec.DecodeError: if it is nested too deep.
    """
    body = body.removeprefix(BYTE_ORDER_MARK).strip()
    for key in keys:
        body = dict(_parts(body))[key]
    return body


def cut_array(body: bytes) -> list[bytes]:
    """Return the JSON of each element of an array, not one byte changed."""
    return [part for _, part in _parts(body)]


def _parts(body: bytes) -> Iterator[tuple[str | int, bytes]]:
    text = body.decode("latin-1")  # one character a byte, so that positions are those of the bytes
    at, index = _skip_blank(text, 1), 0
    while text[at] not in "}]":
        key: str | int = index
        if body.startswith(b"{"):
            key, at = _scan(text, at)
            at = _skip_blank(text, _skip_blank(text, at) + 1)  # the colon
        _, end = _scan(text, at)
        yield key, body[at:end]
        at, index = _skip_blank(text, end), index + 1
        if text[at] == ",":
            at = _skip_blank(text, at + 1)


def _scan(text: str, at: int) -> tuple[Any, int]:
    try:
        return _SKIPPING.raw_decode(text, at)
    except RecursionError:
        pass
    raise msgspec.DecodeError("nested too deep")


def _skip_blank(text: str, at: int) -> int:
    return _BLANK.match(text, at).end()  # type: ignore[union-attr]  # it also matches nothing

"""JSON as servers send it."""

from __future__ import annotations

from typing import Any

import msgspec

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What :func:`parse_json` raises for a body that is not JSON."""


def parse_json(body: bytes) -> Any:
    """Parse JSON that may begin with a byte order mark, as some proxies and .NET servers send it.

    Raises:
        msgspec.DecodeError: for bytes that are not JSON.
        UnicodeDecodeError: for bytes that are not UTF-8.
        RecursionError: for JSON nested too deep.
    """
    return msgspec.json.decode(body.removeprefix(BYTE_ORDER_MARK))


def is_cut_short(body: bytes) -> bool:
    """Whether a body is JSON that ends too early; text of another kind is not."""
    return _ends_early(body) or _ends_early(body + b"0")  # the second for an end within a number, such as "2."


def _ends_early(body: bytes) -> bool:
    try:
        msgspec.json.decode(body.removeprefix(BYTE_ORDER_MARK), type=msgspec.Raw)
    except msgspec.DecodeError as error:
        return "truncated" in str(error)
    except UNREADABLE:
        return False
    return False

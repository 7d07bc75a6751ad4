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

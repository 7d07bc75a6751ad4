"""Bodies of responses: read whole, within a limit, unpacked, and checked for a cut that HTTP does not show."""

from __future__ import annotations

import asyncio
import json
import re
import zlib
from functools import lru_cache
from typing import TYPE_CHECKING

from aiohttp.hdrs import CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE

from workato_async._json import is_cut_short
from workato_async.errors import InvalidResponseError
from workato_async.http._aiohttp import CHUNK, CUT_SHORT
from workato_async.http.messages import ResponseLostError
from workato_async.http.responses import IN_DOUBT

if TYPE_CHECKING:
    from workato_async.http.lean import LeanResponse
    from workato_async.http.messages import Incoming, Request

ACCEPTED_ENCODINGS = "gzip, deflate"
_OTHER_ENCODINGS = frozenset({"br", "zstd", "dcb", "dcz", "compress", "x-compress"})
_WBITS = {"gzip": 31, "x-gzip": 31, "deflate": 15}
_GZIP = b"\x1f\x8b"
"""How every gzip stream begins."""
_MOST_LAYERS = 2
_RAW_DEFLATE = -15
"""What some servers send as deflate: the bare stream, without the header that zlib gives it."""
_WITHOUT_BODY = (204, 205)
_MOST_OF_AN_ERROR = 1024 * 1024
"""Bytes of an error that are read: its text is searched for the token, which takes long for more."""
_CHARSET = re.compile(
    r"charset\s*=\s*[\"']?(iso-8859-\d+|latin-?1|windows-125\d|cp125\d|shift_jis|euc-(?:jp|kr)|gb(?:k|2312|18030)|big5)\b",
    re.IGNORECASE | re.ASCII,
)
"""A charset of one text encoding or another; UTF-8 needs no work, and UTF-16 and UTF-32 are known by their zeros."""


def received_body(response: LeanResponse, most: int) -> bytes | None:
    """Return the body of a usual response, none of which is missing; None if ``read_body`` has to see to it."""
    headers = response.headers
    if response.status >= 400 or CONTENT_LENGTH not in headers or CONTENT_ENCODING in headers:
        return None
    body = response.received(most)
    return None if body is None else _as_utf8(body, response)


async def read_body(response: Incoming, request: Request, most: int, ids: tuple[str, ...]) -> bytes:
    """Return the body of a response to the request; of an error that is long, its beginning.

    aiohttp was told not to unpack it: it takes a gzip stream that is cut short for a whole one.

    Raises:
        ResponseLostError: if it is cut short.
        InvalidResponseError: if it has more than ``most`` bytes, or cannot be unpacked.
    """
    if response.status >= 400:
        most = min(most, _MOST_OF_AN_ERROR)
    length = response.content_length
    if length is not None and length <= most:
        body = await response.read()
        if CONTENT_ENCODING not in response.headers:
            return _as_utf8(body, response)
    else:
        body = await _read(response, most)
    received, problem, advice = body, "", ""
    layers = _layers(response) if body else []
    if other := next((name for name in layers if name in _OTHER_ENCODINGS), ""):
        body, problem = b"", f"the response has the content encoding {other}, which was not asked for"
    elif len(layers) > _MOST_LAYERS:
        body, problem = b"", f"the response was compressed {len(layers)} times"
    else:
        for encoding in reversed(layers):
            if body and not problem and _is_packed(body, encoding, response):
                body, problem = await _unpack(body, encoding, most)
    temporary = bool(problem)  # as far as the size is not the problem
    if len(body) > most:
        response.close()
        body, problem, temporary = body[:most], f"the response exceeds {most:,} bytes", False
        advice = "Ask for less, or raise max_body."
    if problem and response.status < 400:  # an error says what matters at its beginning, and by its status
        advice = advice if request.endpoint.is_read else IN_DOUBT
        error = InvalidResponseError(
            problem, advice=advice, status=response.status, temporary=temporary, correlation_ids=ids
        )
        error.body = body or received
        raise error
    if not problem and _is_open_ended(response) and _ends_early(body, request, response.status):
        raise ResponseLostError(CUT_SHORT)
    return _as_utf8(body, response)


def _as_utf8(body: bytes, response: Incoming) -> bytes:
    """Return a text of another encoding as UTF-8; one that is UTF-8 in spite of its header, as it is.

    Only encodings of texts are decoded: Python has others, which alter a text or take long.
    """
    named = _charset_of(response.headers.get(CONTENT_TYPE, ""))
    beginning = body[:2]
    wide = 0 in beginning or beginning in _WIDE
    if not wide and (not named or _is_utf8(body)):
        return body
    try:
        return body.decode(json.detect_encoding(body) if wide else named).encode()
    except (LookupError, UnicodeError):
        return body


@lru_cache(maxsize=64)
def _charset_of(content_type: str) -> str:
    """Return the charset that a header names if it is one to decode, else nothing."""
    named = _CHARSET.search(content_type)
    return named[1] if named else ""


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


_WIDE = (b"\xff\xfe", b"\xfe\xff")
"""How texts in UTF-16 and UTF-32 may begin."""


async def _read(response: Incoming, most: int) -> bytes:
    """Return the body as it was sent, or more than ``most`` bytes of it."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.content.iter_chunked(CHUNK):
        size += len(chunk)
        chunks.append(chunk)
        if size > most:
            break
        if len(chunk) == CHUNK:  # more is there already, and reading it would not give other tasks a turn
            await asyncio.sleep(0)
    return b"".join(chunks)


def _layers(response: Incoming) -> list[str]:
    """Return the known ways in which a body is packed, in the order in which it was."""
    named = ",".join(response.headers.getall("Content-Encoding", ())).lower().split(",")
    return [name for each in named if (name := each.strip()) in _WBITS or name in _OTHER_ENCODINGS]


def _is_packed(body: bytes, encoding: str, response: Incoming) -> bool:
    """Whether a body is packed as the header says; proxies and mocks unpack some and leave the header."""
    if encoding != "deflate":
        return body.startswith(_GZIP[:1])
    return response.version is not None or body[0] & 0xF == 8  # how no JSON begins


async def _unpack(body: bytes, encoding: str, most: int) -> tuple[bytes, str]:
    """Unpack a body, but no more than a little beyond the cap: a small one can unpack to gigabytes.

    Returns:
        The body, or what could be unpacked of it, and what is wrong with it.

    Raises:
        ResponseLostError: if it is cut short.
    """
    wbits = _RAW_DEFLATE if encoding == "deflate" and body[0] & 0xF != 8 else _WBITS[encoding]
    chunks: list[bytes] = []
    size = 0
    problem = ""
    try:
        while body and size <= most:  # gzip streams may follow each other
            stream = zlib.decompressobj(wbits=wbits)
            while not stream.eof and size <= most:
                chunk = stream.decompress(body, CHUNK)
                body = stream.unconsumed_tail
                if not chunk and not body and not stream.eof:
                    raise ResponseLostError(CUT_SHORT)
                chunks.append(chunk)
                size += len(chunk)
                if len(chunk) == CHUNK:
                    await asyncio.sleep(0)
            body = stream.unused_data.lstrip(b"\0")
            if not body.startswith(_GZIP):  # what else follows means nothing; browsers also ignore it
                break
    except zlib.error:
        problem = f"the response cannot be unpacked: it is not valid {encoding}"
    return b"".join(chunks), problem


def _is_open_ended(response: Incoming) -> bool:
    """Whether only the end of the connection was the end of the body, so that it may have been cut short anywhere."""
    return (
        "Content-Length" not in response.headers
        and response.version is not None  # else a mock, which had no connection
        and "chunked" not in response.headers.get("Transfer-Encoding", "").lower()
    )


def _ends_early(body: bytes, request: Request, status: int) -> bool:
    if not body:
        return request.endpoint.is_read and 200 <= status < 300 and status not in _WITHOUT_BODY
    return is_cut_short(body)

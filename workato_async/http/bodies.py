"""Bodies of responses: read whole, within a limit, unpacked, and looked at for a cut that HTTP does not show."""

from __future__ import annotations

import asyncio
import zlib
from typing import TYPE_CHECKING

from workato_async._json import is_cut_short
from workato_async.errors import InvalidResponseError
from workato_async.http._aiohttp import CHUNK, CUT_SHORT
from workato_async.http.messages import ResponseLostError
from workato_async.http.responses import IN_DOUBT

if TYPE_CHECKING:
    import aiohttp

    from workato_async.http.messages import Request

ACCEPTED_ENCODINGS = "gzip, deflate"
_OTHER_ENCODINGS = frozenset({"br", "zstd", "dcb", "dcz", "compress", "x-compress"})
_WBITS = {"gzip": 31, "x-gzip": 31, "deflate": 15}
_RAW_DEFLATE = -15
"""What some servers send as deflate: the bare stream, without the header that zlib gives it."""
_WITHOUT_BODY = (204, 205)


async def read_body(response: aiohttp.ClientResponse, request: Request, most: int, ids: tuple[str, ...]) -> bytes:
    """Return the body of a response to the request; of an error longer than ``most`` bytes, its beginning.

    aiohttp was told not to unpack it: it takes a gzip stream that is cut short for a whole one.

    Raises:
        ResponseLostError: if it is cut short.
        InvalidResponseError: if it has more than ``most`` bytes, or cannot be unpacked.
    """
    length = response.content_length
    if length is not None and length <= most:
        body = await response.read()
        if "Content-Encoding" not in response.headers:
            return body
    else:
        body = await _read(response, most)
    encoding = response.headers.get("Content-Encoding", "").strip().lower() if body else ""
    problem = advice = ""
    if encoding in _WBITS and _is_packed(body, response):
        body, problem = await _unpack(body, encoding, most)
    elif "," in encoding or encoding in _OTHER_ENCODINGS:
        body, problem = b"", f"the response has the content encoding {encoding[:40]!r}, which was not asked for"
    if len(body) > most:
        response.close()
        body, problem = body[:most], f"the response exceeds {most:,} bytes"
        advice = "Ask for less, or raise max_body."
    if problem and response.status < 400:  # an error says what matters at its beginning, and by its status
        advice = advice if request.endpoint.is_read else IN_DOUBT
        raise InvalidResponseError(problem, advice=advice, status=response.status, correlation_ids=ids)
    if not problem and _is_open_ended(response) and _ends_early(body, request, response.status):
        raise ResponseLostError(CUT_SHORT)
    return body


async def _read(response: aiohttp.ClientResponse, most: int) -> bytes:
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


def _is_packed(body: bytes, response: aiohttp.ClientResponse) -> bool:
    """Whether a body is packed as the header says; what records or mocks responses may have unpacked it already."""
    return response.version is not None or body[:1] == b"\x1f" or body[0] & 0xF == 8  # how no JSON begins


async def _unpack(body: bytes, encoding: str, most: int) -> tuple[bytes, str]:
    """Unpack a body, but no more than a little beyond the cap: a small one can unpack to gigabytes.

    Returns:
        The body, and what is wrong with it.

    Raises:
        ResponseLostError: if it is cut short.
    """
    wbits = _RAW_DEFLATE if encoding == "deflate" and body[0] & 0xF != 8 else _WBITS[encoding]
    chunks: list[bytes] = []
    size = 0
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
    except zlib.error:
        return b"", f"the response cannot be unpacked: it is not valid {encoding}"
    return b"".join(chunks), ""


def _is_open_ended(response: aiohttp.ClientResponse) -> bool:
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

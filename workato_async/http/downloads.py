"""Responses that are files: streamed into a sink, and followed to the storage host they redirect to.

A download is the only call that follows a redirect, and the storage host is not Workato's: the request to it carries no
token, no cookie, no header of ours, and nothing of a borrowed session's own configuration. What it sends is bounded in
size and in time, and written as it came: nothing is decompressed on the way to the disk.
"""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from typing import TYPE_CHECKING

import aiohttp
from yarl import URL

from workato_async._json import parse_json
from workato_async.errors import ConnectionFailedError, InvalidResponseError, WorkatoError
from workato_async.http._aiohttp import CHUNK, NOT_REACHED, TRUST_IT, connection_problem, correlation_ids, timeouts
from workato_async.http.hosts import is_host_name, is_loopback
from workato_async.http.messages import ResponseLostError

if TYPE_CHECKING:
    import ssl as ssl_module
    from contextlib import AbstractAsyncContextManager

    from workato_async.http.messages import Request, Sink

REDIRECTS = (301, 302, 303, 307, 308)
SLOWEST = 256 * 1024
"""The fewest bytes that must come in every ``PERIOD``."""
PERIOD = 60.0
"""Seconds. A pause between two chunks ends a download sooner, after the timeout of its call."""
_MOST_REDIRECTS = 5
_SHORT = 64 * 1024
"""The longest body in bytes that may be a message instead of a file."""


async def follow(
    http: aiohttp.ClientSession,
    url: URL,
    request: Request,
    sink: Sink,
    *,
    connect_timeout: float,
    proxy: str | None,
    ssl: ssl_module.SSLContext | bool,
) -> None:
    """Fetch the target of a redirect anonymously, with the connections of a session.

    Raises:
        ResponseLostError: if it could not be fetched; another request to the API would return a fresh link.
        InvalidResponseError: if it is redirected to a URL that must not be followed, or what it gets is not acceptable.
    """
    reason = f"the download was redirected more than {_MOST_REDIRECTS} times"
    final: ConnectionFailedError | None = None
    try:
        async with aiohttp.ClientSession(
            connector=http.connector,
            connector_owner=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
        ) as anonymous:
            for _ in range(_MOST_REDIRECTS):
                async with head_timeout(request):
                    response = await anonymous.get(
                        url,
                        headers={"Accept-Encoding": "identity"},
                        allow_redirects=False,
                        timeout=timeouts(None, request.timeout, connect_timeout),
                        proxy=proxy,
                        ssl=ssl,
                    )
                async with response:
                    if response.status == 200:
                        await stream_body(response, request, sink)
                        return
                    if response.status not in REDIRECTS:  # the link may have expired: a fresh one may work
                        reason = f"the storage host returned HTTP {response.status}"
                        break
                    url = location_of(response, request)
    except NOT_REACHED as error:  # but the API was reached, and has counted the request
        reason = f"the storage host was not reached: {connection_problem(error)}"
        if isinstance(error, aiohttp.ClientConnectorCertificateError):
            final = ConnectionFailedError(reason, advice=TRUST_IT, permanent=True)
    except WorkatoError:
        raise
    except ValueError:  # aiohttp does not accept the URL, for example its credentials; the text would quote it
        reason = ""
    if not reason:
        raise InvalidResponseError(
            "the server redirected to a URL that cannot be requested",
            advice="Nothing was downloaded.",
            correlation_ids=(request.correlation_id,),
        )
    raise ResponseLostError(reason, final=final)


def head_timeout(request: Request) -> AbstractAsyncContextManager[object]:
    """Return a limit for the head of a response that is a file, whose body may take longer; none for other calls."""
    return _NO_LIMIT if request.sink is None else asyncio.timeout(request.timeout)


_NO_LIMIT = nullcontext()


async def stream_body(response: aiohttp.ClientResponse, request: Request, sink: Sink) -> bytes:
    """Stream a body into a sink.

    Returns:
        Also the body, if it is short: it may say that there is no file.

    Raises:
        InvalidResponseError: if it is larger than the sink permits, or compressed although that was not asked for.
        ResponseLostError: if it comes too slowly.
    """
    coding = ",".join(response.headers.getall("Content-Encoding", ()))
    if {part.strip().lower() for part in coding.split(",")} - {"", "identity"}:  # not quoted: it may hold anything
        raise _invalid("the download is compressed, which was not asked for", response, request)
    if (response.content_length or 0) > sink.max_bytes:
        raise _too_large(response, request, sink)
    await sink.begin()
    clock = asyncio.get_running_loop().time
    total, before, ends = 0, 0, clock() + PERIOD
    short = b""
    async for chunk in response.content.iter_chunked(CHUNK):
        total += len(chunk)
        short = short + chunk if total <= _SHORT else b""
        if total > sink.max_bytes:
            raise _too_large(response, request, sink)
        now = clock()
        if now >= ends:
            if total - before < SLOWEST:
                raise ResponseLostError(
                    f"the download was slower than {SLOWEST // 1024} KiB per {PERIOD:g} s", timed_out=True
                )
            before, ends = total, now + PERIOD
        await sink.write(chunk)
        ends += clock() - now  # a slow disk is not a slow server
    return short


def location_of(response: aiohttp.ClientResponse, request: Request) -> URL:
    """Return the target of a redirect.

    Plain http is followed only from this machine to this machine. Each hop is checked against the one before, so a
    chain that begins at a server elsewhere, or goes through one, never leads back to this machine.

    Raises:
        InvalidResponseError: if there is none, it is malformed, or it is without encryption.
    """
    link = response.headers.get("Location", "")
    return _checked(link, response, request, "the server redirected", "the Location header")


def link_in(body: bytes, response: aiohttp.ClientResponse, request: Request) -> URL:
    """Return the link in the JSON of a response; it is as good as a redirect, and checked like one.

    Raises:
        InvalidResponseError: if there is none, or it must not be followed.
    """
    try:
        link = parse_json(body).get(request.link)
    except (ValueError, AttributeError):
        link = None
    if not isinstance(link, str) or not link:
        raise _invalid(f"the response has no {request.link}", response, request)
    return _checked(link, response, request, "the response refers", request.link)


def _checked(link: str, response: aiohttp.ClientResponse, request: Request, what: str, where: str) -> URL:
    """Return the URL of a link that came with a response, if it may be followed.

    Args:
        link: the link.
        response: where it came from.
        request: whose response that is.
        what: what the server did, for the error.
        where: where in the response the link is, for the error.
    """
    problem = f"to a URL that is not https: {where} is missing or malformed"
    try:
        location = link.strip()
        # Encoding it again would invalidate its signature.
        encoded = location.isascii() and location.isprintable() and " " not in location
        url = response.url.join(URL(location, encoded=encoded))
        host = url.raw_host or ""
        local = is_loopback(host) and is_loopback(response.url.raw_host or "")
        if url.scheme not in ("http", "https") or (url.scheme == "http" and host and not local):
            problem = "to a URL that is not https"
        elif location and is_host_name(host) and url.port != 0:
            return url
    except ValueError:
        pass  # its text quotes the link, which is as good as a password
    raise _invalid(f"{what} {problem}", response, request)


def _too_large(response: aiohttp.ClientResponse, request: Request, sink: Sink) -> InvalidResponseError:
    return _invalid(
        f"the download exceeds {sink.max_bytes:,} bytes",
        response,
        request,
        advice="Nothing was kept. If it is expected to be that large, raise max_bytes.",
    )


def _invalid(
    reason: str, response: aiohttp.ClientResponse, request: Request, *, advice: str = "Nothing was downloaded."
) -> InvalidResponseError:
    return InvalidResponseError(
        reason,
        advice=advice,
        status=response.status,
        correlation_ids=correlation_ids(request.correlation_id, response),
    )

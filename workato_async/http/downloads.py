"""Answers that are files: streamed into a sink, and followed to where the server keeps them.

A download is the one call that follows its redirect, to a storage host that is not Workato's: it gets there with no
token, no cookie and no header of ours, and neither does a borrowed session's own configuration go along.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
from yarl import URL

from workato_async.errors import InvalidResponseError
from workato_async.http._aiohttp import CHUNK, NOT_REACHED, correlation_ids, describe, their_ids, timeouts
from workato_async.http.hosts import is_loopback
from workato_async.http.messages import ResponseLostError

if TYPE_CHECKING:
    import ssl as ssl_module

    from workato_async.http.messages import Request, Sink

REDIRECTS = (301, 302, 303, 307, 308)
_MOST_REDIRECTS = 5


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
    """Fetch what a redirect leads to, as nobody in particular, with the connections of a session.

    Raises:
        ResponseLostError: if it could not be fetched; the API has answered, and would give a fresh link.
        InvalidResponseError: if it is redirected to no https address.
    """
    reason = f"the download was redirected more than {_MOST_REDIRECTS} times"
    try:
        async with aiohttp.ClientSession(
            connector=http.connector, connector_owner=False, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
        ) as nobody:
            for _ in range(_MOST_REDIRECTS):
                async with nobody.get(
                    url,
                    headers={"Accept-Encoding": "identity"},
                    allow_redirects=False,
                    timeout=timeouts(None, request.timeout, connect_timeout),
                    proxy=proxy,
                    ssl=ssl,
                ) as answer:
                    if answer.status == 200:
                        await stream_body(answer, sink)
                        return
                    if answer.status not in REDIRECTS:  # the link has expired, say; a fresh one may do
                        reason = f"the storage host answered {answer.status}"
                        break
                    url = location_of(answer, request)
    except NOT_REACHED as error:  # the API was, and has counted the request
        reason = f"the storage host was not reached: {describe(error)}"
    raise ResponseLostError(reason)


async def stream_body(answer: aiohttp.ClientResponse, sink: Sink) -> None:
    """Stream a body into a sink."""
    await sink.begin()
    async for chunk in answer.content.iter_chunked(CHUNK):
        await sink.write(chunk)


def location_of(answer: aiohttp.ClientResponse, request: Request) -> URL:
    """Give where a redirect leads.

    Raises:
        InvalidResponseError: if it leads nowhere, or to an address without encryption.
    """
    try:
        location = answer.headers["Location"]
        as_it_is = location.isascii() and location.isprintable() and " " not in location  # or its signature is void
        url = answer.url.join(URL(location, encoded=as_it_is))
    except (KeyError, ValueError):
        url = URL()
    if url.host and (url.scheme == "https" or (url.scheme == "http" and is_loopback(url.host))):
        return url
    raise InvalidResponseError(
        f"{request.endpoint.key}: the answer redirects to no https address, so nothing was downloaded",
        status=answer.status,
        endpoint=request.endpoint.key,
        correlation_ids=correlation_ids(request.correlation_id, their_ids(answer)),
    )

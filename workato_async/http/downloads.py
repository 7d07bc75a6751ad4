"""Responses that are files: streamed into a sink, and followed to the storage host they redirect to.

A download is the only call that follows a redirect, and the storage host is not Workato's: the request to it carries no
token, no cookie, no header of ours, and nothing of a borrowed session's own configuration.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
from yarl import URL

from workato_async.errors import InvalidResponseError
from workato_async.http._aiohttp import CHUNK, NOT_REACHED, connection_problem, correlation_ids, timeouts
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
    """Fetch the target of a redirect anonymously, with the connections of a session.

    Raises:
        ResponseLostError: if it could not be fetched; another request to the API would return a fresh link.
        InvalidResponseError: if it is redirected to a URL without https.
    """
    reason = f"the download was redirected more than {_MOST_REDIRECTS} times"
    try:
        async with aiohttp.ClientSession(
            connector=http.connector, connector_owner=False, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
        ) as anonymous:
            for _ in range(_MOST_REDIRECTS):
                async with anonymous.get(
                    url,
                    headers={"Accept-Encoding": "identity"},
                    allow_redirects=False,
                    timeout=timeouts(None, request.timeout, connect_timeout),
                    proxy=proxy,
                    ssl=ssl,
                ) as response:
                    if response.status == 200:
                        await stream_body(response, sink)
                        return
                    if response.status not in REDIRECTS:  # the link may have expired: a fresh one may work
                        reason = f"the storage host returned HTTP {response.status}"
                        break
                    url = location_of(response, request)
    except NOT_REACHED as error:  # but the API was reached, and has counted the request
        reason = f"the storage host was not reached: {connection_problem(error)}"
    except (ValueError, aiohttp.InvalidURL):  # e.g. a label that is too long for DNS
        raise InvalidResponseError(
            "the server redirected to a URL that is not valid",
            advice="Nothing was downloaded.",
            correlation_ids=(request.correlation_id,),
        ) from None
    raise ResponseLostError(reason)


async def stream_body(response: aiohttp.ClientResponse, sink: Sink) -> None:
    """Stream a body into a sink."""
    await sink.begin()
    async for chunk in response.content.iter_chunked(CHUNK):
        await sink.write(chunk)


def location_of(response: aiohttp.ClientResponse, request: Request) -> URL:
    """Return the target of a redirect.

    Raises:
        InvalidResponseError: if there is none, or one without encryption.
    """
    try:
        location = response.headers["Location"]
        # Encoding it again would invalidate its signature.
        encoded = location.isascii() and location.isprintable() and " " not in location
        url = response.url.join(URL(location, encoded=encoded))
    except (KeyError, ValueError):
        url = URL()
    if url.raw_host and (url.scheme == "https" or (url.scheme == "http" and is_loopback(url.raw_host))):
        return url
    raise InvalidResponseError(
        "the server redirected to a URL that is not https",
        advice="Nothing was downloaded.",
        status=response.status,
        correlation_ids=correlation_ids(request.correlation_id, response),
    )

"""aiohttp's timeouts, correlation ids of its responses, and what its errors mean."""

from __future__ import annotations

import math
import os
from functools import lru_cache

import aiohttp

CHUNK = 256 * 1024
"""Bytes that are read or written at a time."""
NOT_REACHED = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ClientHttpProxyError)


@lru_cache(maxsize=64)
def timeouts(total: float | None, response: float, connect: float) -> aiohttp.ClientTimeout:
    """Return the timeouts of one exchange; the connection's must end first, to be told from a lost response."""
    return aiohttp.ClientTimeout(
        total=total,
        connect=0.9 * response,
        sock_connect=min(connect, 0.9 * response),
        sock_read=response if total is None else None,
        ceil_threshold=math.inf,
    )


def correlation_ids(ours: str, response: aiohttp.ClientResponse) -> tuple[str, ...]:
    """Return every id once, ours first; the response may have several headers, or several ids in one header."""
    found = [part.strip() for line in response.headers.getall("x-correlation-id", ()) for part in line.split(",")]
    return tuple(dict.fromkeys([ours, *filter(None, found)]))


def connection_problem(error: Exception) -> str:
    """Return why there was no connection, without the objects that aiohttp attaches to its exceptions."""
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return f"could not resolve the host name {error.host}"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return f"the certificate of {error.host} is not trusted ({error.certificate_error})"
    if isinstance(error, aiohttp.ClientSSLError):
        return f"TLS with {error.host} failed ({error.os_error})"
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"could not connect to {error.host}:{error.port}: {_system_error(error.os_error)}"
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return f"the proxy would not connect (HTTP {error.status})"
    return "could not connect in time"


def _system_error(error: OSError) -> str:
    """Return the system's own words, e.g. "connection refused": asyncio puts an address in their place."""
    text = os.strerror(error.errno) if error.errno else str(error)
    return text[:1].lower() + text[1:]

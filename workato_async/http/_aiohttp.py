"""What transport and downloads share: the times of an exchange, its ids, and what aiohttp's errors mean."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

import aiohttp

if TYPE_CHECKING:
    from collections.abc import Sequence

CHUNK = 256 * 1024
"""Bytes that are read and written at a time."""
NOT_REACHED = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ClientHttpProxyError)


@lru_cache(maxsize=64)
def timeouts(total: float | None, answer: float, connect: float) -> aiohttp.ClientTimeout:
    """Give the times for one exchange; the one for the connection must end first, to be told from a lost answer."""
    return aiohttp.ClientTimeout(
        total=total,
        connect=0.9 * answer,
        sock_connect=min(connect, 0.9 * answer),
        sock_read=answer if total is None else None,
        ceil_threshold=math.inf,
    )


def their_ids(answer: aiohttp.ClientResponse) -> Sequence[str]:
    """Give the lines of an answer that hold correlation ids."""
    return answer.headers.getall("x-correlation-id", ())


def correlation_ids(ours: str, theirs: Sequence[str]) -> tuple[str, ...]:
    """Give every id once, ours first; the answer may carry several lines, or several ids in one line."""
    found = [part.strip() for line in theirs for part in line.split(",")]
    return tuple(dict.fromkeys([ours, *filter(None, found)]))


def describe(error: Exception) -> str:
    """Say why no connection came about, without the objects aiohttp hangs on its exceptions."""
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return f"the host name {error.host} cannot be resolved"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return f"the certificate of {error.host} is not trusted ({error.certificate_error})"
    if isinstance(error, aiohttp.ClientSSLError):
        return f"TLS with {error.host} failed ({error.os_error})"
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"no connection to {error.host}:{error.port} ({error.os_error.strerror or error.os_error})"
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return f"the proxy refused ({error.status})"
    return "no connection in time"

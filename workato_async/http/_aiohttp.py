"""aiohttp's timeouts, correlation ids of its responses, and what its errors mean."""

from __future__ import annotations

import asyncio
import math
import os
import re
import ssl
from functools import lru_cache
from typing import TYPE_CHECKING

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError
from multidict import istr

from workato_async.errors import ConfigurationError, ConnectionFailedError, InvalidResponseError, WorkatoError
from workato_async.http.messages import LOST, ResponseLostError
from workato_async.http.responses import IN_DOUBT
from workato_async.limits.permit import StalePermitError

if TYPE_CHECKING:
    from workato_async.http.messages import Incoming, Request

CHUNK = 256 * 1024
"""Bytes that are read or written at a time."""
_CORRELATION_ID = istr("x-correlation-id")
NOT_REACHED = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ClientHttpProxyError)
CUT_SHORT = "the response was cut short"
CERTIFY = "Pass ssl=, an SSLContext that holds it: see its method load_cert_chain."
TRUST_IT = "Pass ssl=, an SSLContext that trusts it, e.g. ssl.create_default_context(cafile=...)."

_REFUSALS = (aiohttp.ClientResponseError, aiohttp.ClientPayloadError, HttpProcessingError)
"""What aiohttp raises if its parser rejects a response, in the head or in the body, with and without its C code."""
_QUOTE = re.compile(r"""\n|[:\s]b?['"]""")
_ENDED_EARLY = "Not enough data"
"""How the texts begin in which aiohttp's parser says that the connection ended before the response did."""
_WRONG_PROTOCOL = ("WRONG_VERSION", "UNSUPPORTED_PROTOCOL", "PROTOCOL_VERSION", "NO_PROTOCOLS_AVAILABLE")
"""Parts of OpenSSL's reasons for the failures that no other attempt will change."""
_CLIENT_CERTIFICATE = re.compile(r"ALERT_(\w*CERTIFICATE\w*|UNKNOWN_CA|ACCESS_DENIED)")
"""OpenSSL's reasons when the server demands another client certificate, or one at all. With TLS 1.3 they come after the
request was written; the server has not read it."""


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


def failure_of(error: BaseException, request: Request, *, connecting: bool, closed: bool) -> BaseException | None:
    """Return the exception to raise in the place of one of aiohttp's; None if it is not known.

    Args:
        error: what was raised.
        request: what it was raised for.
        connecting: it was raised while a connection was looked for or made: nothing was sent.
        closed: the session has been closed.
    """
    if isinstance(error, WorkatoError | ResponseLostError | StalePermitError):
        return error.with_traceback(None)
    if isinstance(error, asyncio.CancelledError):
        return asyncio.CancelledError(*error.args)
    if isinstance(error, RuntimeError):
        return ResponseLostError("the session was closed") if closed else None
    if isinstance(error, NOT_REACHED) or (connecting and isinstance(error, aiohttp.ClientError | OSError | ValueError)):
        return _not_connected(error)
    if isinstance(error, OSError) and _CLIENT_CERTIFICATE.search(str(error)):
        return _not_certified()
    if isinstance(error, TimeoutError):
        return ResponseLostError(f"no response within {request.timeout:g} s", timed_out=True)
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return ResponseLostError(LOST)
    if isinstance(error, aiohttp.InvalidURL):
        return ConfigurationError("aiohttp rejected the URL of the request: check base_url")
    if isinstance(error, _REFUSALS) and (reason := _refusal(error)):
        return InvalidResponseError(
            f"the response is not valid HTTP ({reason})",
            advice="" if request.endpoint.is_read else IN_DOUBT,
            temporary=True,
            correlation_ids=(request.correlation_id,),
        )
    if isinstance(error, aiohttp.ClientPayloadError | HttpProcessingError):
        return ResponseLostError(CUT_SHORT)
    if isinstance(error, aiohttp.ClientError | OSError):
        return ResponseLostError(f"{LOST} ({type(error).__name__})")
    if isinstance(error, ValueError):  # aiohttp's text may quote what it rejects
        if "credentials" in str(error):
            cause = "a session given as `http` must have no credentials of its own"
        else:
            cause = f"its URL or a header is not valid ({type(error).__name__})"
        return ConfigurationError(f"aiohttp rejected the request: {cause}")
    return None


def _refusal(error: BaseException) -> str:
    """Return why aiohttp's parser rejected a response; empty if it only came to an end too early.

    The parser's text goes on with bytes of the response, which may hold anything.
    """
    cause = error.__cause__ if isinstance(error, aiohttp.ClientPayloadError) else error
    text = getattr(cause, "message", "")
    if not text or text.startswith(_ENDED_EARLY):
        return ""
    return _QUOTE.split(str(text), maxsplit=1)[0].rstrip(":. ")


def _not_connected(error: Exception) -> ConnectionFailedError:
    """Return the error for a connection that did not come about."""
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else None
    untrusted = isinstance(error, aiohttp.ClientConnectorCertificateError)
    permanent = untrusted or isinstance(error, ValueError)
    permanent = permanent or (isinstance(error, aiohttp.ClientHttpProxyError) and error.status == 407)
    if isinstance(cause, ssl.SSLError):
        permanent = permanent or any(part in (cause.reason or "") for part in _WRONG_PROTOCOL)
    if isinstance(cause, ssl.SSLError) and _CLIENT_CERTIFICATE.search(cause.reason or ""):
        return _not_certified()
    advice = TRUST_IT if untrusted else "Check base_url (or WORKATO_HOST), proxy= and ssl=." if permanent else ""
    return ConnectionFailedError(connection_problem(error), advice=advice, permanent=permanent)


def _not_certified() -> ConnectionFailedError:
    reason = "the server demands a client certificate, or did not accept the one it got"
    return ConnectionFailedError(reason, advice=CERTIFY, permanent=True)


def correlation_ids(ours: str, response: Incoming) -> tuple[str, ...]:
    """Return every id once, ours first."""
    return tuple(dict.fromkeys([ours, *echoed_ids(response)]))


def echoed_ids(response: Incoming) -> tuple[str, ...]:
    """Return the ids of a response, which may have several headers, or several ids in one header."""
    lines = response.headers.getall(_CORRELATION_ID, ())
    return tuple([id_ for line in lines for part in line.split(",") if (id_ := part.strip())])


def connection_problem(error: Exception) -> str:
    """Return why there was no connection, without the objects that aiohttp attaches to its exceptions."""
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return f"could not resolve the host name {error.host}: check base_url and the network"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return f"the certificate of {error.host} is not trusted ({error.certificate_error})"
    if isinstance(error, aiohttp.ClientSSLError):
        return f"TLS with {error.host} failed ({error.os_error})"
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"could not connect to {error.host}:{error.port}: {_system_error(error.os_error)}"
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return f"the proxy did not connect (HTTP {error.status})"
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "the connection was closed while it was being made (by the proxy, if there is one)"
    if isinstance(error, ValueError):  # aiohttp.InvalidURL, or a label that is too long for DNS
        return "the host name is not a valid one"
    if isinstance(error, TimeoutError):
        return "could not connect in time"
    return f"could not connect ({type(error).__name__})"


def _system_error(error: OSError) -> str:
    """Return the system's own words, e.g. "connection refused": asyncio puts an address in their place."""
    text = os.strerror(error.errno) if error.errno else str(error) or "the connection was closed"
    return text[:1].lower() + text[1:]

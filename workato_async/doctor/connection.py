"""The host: its name, the connection to it, and its clock. No token is sent."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl as ssl_module
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import attrs

from workato_async.doctor.check import Check
from workato_async.http.hosts import DATA_CENTERS

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter

TIMEOUT = 10.0
"""Seconds to connect, and for a response."""
ACCURATE = 30.0
"""Seconds that the local clock may differ from the server's: ``--since`` and jobs' times are compared by it."""


@attrs.frozen(kw_only=True)
class Probe:
    """How a host responded to a request without a token.

    Attributes:
        problem: what went wrong; empty if nothing did.
        next_step: what to do about it.
        tls: the protocol, e.g. ``"TLSv1.3"``; empty without one.
        ahead: seconds that the local clock is ahead of the server's; None if it did not say.
    """

    problem: str = ""
    next_step: str = ""
    tls: str = ""
    ahead: float | None = None


async def probe(base_url: str, ssl: ssl_module.SSLContext | None = None) -> Probe:
    """Connect to a host and send a bare request, without a token."""
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    context = (ssl or ssl_module.create_default_context()) if parts.scheme == "https" else None
    try:
        async with asyncio.timeout(TIMEOUT):
            reader, writer = await asyncio.open_connection(host, port, ssl=context)
    except TimeoutError:
        return Probe(problem=f"no connection to port {port} within {TIMEOUT:g} s", next_step=_NETWORK)
    except socket.gaierror as error:
        return Probe(problem=f"its name cannot be resolved: {error.strerror}", next_step=_NAME)
    except ssl_module.SSLCertVerificationError as error:
        return Probe(problem=f"its certificate is not trusted: {error.verify_message}", next_step=_CERTIFICATE)
    except ssl_module.SSLError as error:
        return Probe(problem=f"TLS failed: {error.reason or error}", next_step=_NETWORK)
    except OSError as error:
        # asyncio's own texts are a tuple with the address, or several exceptions in one.
        reason = os.strerror(error.errno) if error.errno else "none of its addresses accepts one"
        return Probe(problem=f"no connection to port {port}: {reason}", next_step=_NETWORK)
    try:
        return Probe(tls=_tls(writer), ahead=await _seconds_ahead(reader, writer, parts.netloc))
    finally:
        writer.close()


def check_host(base_url: str, found: Probe) -> Check:
    """Return whether the host can be reached, and which data center it is."""
    name = urlsplit(base_url).netloc
    centers = [center for center, roots in DATA_CENTERS.items() if name == urlsplit(roots["api"]).netloc]
    centers += ["us"] if name == "app.workato.com" else []
    known = f"data center {centers[0]}" if centers else "not one of Workato's data centers"
    if found.problem:
        return Check("host", "failed", f"{name} ({known}): {found.problem}", found.next_step)
    return Check("host", "ok", f"{name} ({known}), {found.tls or 'not encrypted'}")


def check_clock(found: Probe) -> Check | None:
    """Return whether the local clock is right, None if the server did not say what time it is."""
    if found.ahead is None:
        return None
    off = abs(found.ahead)
    if off <= ACCURATE:
        return Check("clock", "ok", f"within {max(2, round(off))} s of the server's")
    return Check(
        "clock",
        "warning",
        f"{off:,.0f} s {'ahead of' if found.ahead > 0 else 'behind'} the server's",
        "Set the clock of this machine: what is selected by time, such as --since 24h, is off by as much",
    )


async def _seconds_ahead(reader: StreamReader, writer: StreamWriter, host: str) -> float | None:
    writer.write(f"HEAD / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode("ascii"))
    sent = time.time()
    try:
        async with asyncio.timeout(TIMEOUT):
            head = await reader.readuntil(b"\r\n\r\n")
    except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        return None
    dates = [line[5:] for line in head.decode("latin-1").split("\r\n") if line.lower().startswith("date:")]
    try:
        server = parsedate_to_datetime(dates[0]).timestamp()
    except (IndexError, ValueError):
        return None
    return (sent + time.time()) / 2 - server - 0.5  # the server's is cut to whole seconds


def _tls(writer: StreamWriter) -> str:
    encrypted = writer.get_extra_info("ssl_object")
    return (encrypted.version() or "") if encrypted else ""


_NAME = "Check the host (WORKATO_HOST, the profile, --host, --data-center) and the name server of this machine"
_NETWORK = (
    "Check the host, the network and its firewall; a proxy is used only if it is passed as WorkatoSession(proxy=...)"
)
_CERTIFICATE = (
    "If a proxy of your company inspects TLS, set SSL_CERT_FILE to its CA certificate, or pass WorkatoSession(ssl=...)"
)

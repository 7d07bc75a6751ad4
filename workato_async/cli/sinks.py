"""Where a watch hands its items over: standard output, a command, or a webhook."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import typer

from workato_async.cli.terminal import strip_control_chars

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

TIMEOUT = 30.0
"""Seconds for a command, or for a webhook to respond."""
SECRETS = ("WORKATO_API_TOKEN",)
"""Environment variables that a command does not see."""


class DeliveryError(Exception):
    """An item could not be handed over; it can be tried again."""


class Lines:
    """Prints a line for each item, which has left this process when the item counts as handed over.

    Args:
        line: returns the text of an item, without a line break.
    """

    def __init__(self, line: Callable[[Mapping[str, Any]], str]) -> None:
        self._line = line

    async def __call__(self, row: Mapping[str, Any]) -> None:
        sys.stdout.write(f"{self._line(row)}\n")
        sys.stdout.flush()


class Command:
    """Runs a command in a shell for each item, with its JSON on standard input.

    Args:
        text: the command.

    Raises:
        typer.BadParameter: if it is empty.
    """

    def __init__(self, text: str) -> None:
        if not text.strip():
            raise typer.BadParameter("there is no command", param_hint="--exec")
        self._text = text

    async def __call__(self, row: Mapping[str, Any]) -> None:
        process = self._start()
        try:
            await asyncio.to_thread(process.communicate, as_json(row).encode() + b"\n", TIMEOUT)
        except subprocess.TimeoutExpired:
            raise DeliveryError(f"the command did not end within {TIMEOUT:g} s and was killed") from None
        finally:
            if process.returncode is None:
                _kill(process)
        if status := process.returncode:
            ended = f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
            raise DeliveryError(f"the command {ended}")

    def _start(self) -> subprocess.Popen[bytes]:
        environment = {key: value for key, value in os.environ.items() if key not in SECRETS}
        try:
            return subprocess.Popen(  # noqa: S602 - the command is the user's own, and nothing is put into it
                self._text,
                shell=True,
                stdin=subprocess.PIPE,
                env=environment,
                start_new_session=True,  # so that what it starts can be killed with it
            )
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise DeliveryError(f"the command could not be started: {reason}") from None


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a command and what it has started."""
    if sys.platform == "win32":
        process.kill()
    else:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


class Webhook:
    """Posts the JSON of each item to a URL. Errors name its host only: the rest may be a secret.

    Args:
        url: https, or http to this machine.

    Raises:
        typer.BadParameter: for any other.
    """

    def __init__(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname, parts.port
        except ValueError:
            raise typer.BadParameter("this is not a URL", param_hint="--webhook") from None
        if not host or not url.isascii() or not url.isprintable() or " " in url:
            raise typer.BadParameter("this is not a URL such as https://example.com/hook", param_hint="--webhook")
        if parts.username is not None or parts.password is not None:
            raise typer.BadParameter("a user name or password in the URL is not sent", param_hint="--webhook")
        if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(host)):
            raise typer.BadParameter("use https; http is for this machine only", param_hint="--webhook")
        self._url, self._host = url, host
        direct = [urllib.request.ProxyHandler({})] if parts.scheme == "http" else []
        self._opener = urllib.request.build_opener(_NoRedirects, *direct)

    async def __call__(self, row: Mapping[str, Any]) -> None:
        await asyncio.to_thread(self._post, as_json(row).encode())

    def _post(self, body: bytes) -> None:
        headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "workato-async"}
        request = urllib.request.Request(self._url, body, headers, method="POST")  # noqa: S310 - checked above
        reason = ""
        try:
            with self._opener.open(request, timeout=TIMEOUT) as response:
                response.read(1024)
        except urllib.error.HTTPError as error:
            reason = f"responded with HTTP {error.code}"
            error.close()
        except TimeoutError:
            reason = f"did not respond within {TIMEOUT:g} s"
        except (OSError, ValueError, urllib.error.URLError) as error:
            cause = getattr(error, "reason", error)
            reason = f"could not be reached ({type(cause).__name__})"
        except Exception as error:  # http.client has errors of its own for responses that are not HTTP
            reason = f"did not respond with HTTP ({type(error).__name__})"
        if reason:
            raise DeliveryError(f"the webhook at {self._host} {reason}")


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Has a redirect count as a failure: it could lead anywhere."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def as_json(row: Mapping[str, Any]) -> str:
    """Return the JSON of an item on one line, in ASCII."""
    return json.dumps(row)


def summary(row: Mapping[str, Any], columns: Sequence[str]) -> str:
    """Return an item as one line for people, without control characters: a line break in it would end the line."""
    text = "  ".join(_cell(column, row[column]) for column in columns if row.get(column) not in (None, ""))
    return strip_control_chars(text)


def _cell(column: str, value: Any) -> str:
    """Return a value; times in UTC, as Workato sends them with several offsets."""
    if isinstance(value, str) and column.endswith("_at"):
        with suppress(ValueError):
            return f"{datetime.fromisoformat(value).astimezone(UTC):%Y-%m-%d %H:%M:%SZ}"
    return str(value)

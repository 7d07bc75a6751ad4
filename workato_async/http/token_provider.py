"""A token that changes: a provider is asked for it at the start, and anew once the server has rejected it."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any, cast

from workato_async.errors import ConfigurationError
from workato_async.http.credentials import Token, validate_token

PROVIDER_TIMEOUT = 60.0
"""Seconds that a provider has to return a token."""
REMEMBERED_TOKENS = 4
"""Earlier tokens that are still removed from the responses that quote them."""

TokenProvider = Callable[[], str | Awaitable[str]]
"""Returns the current token. It is called in the event loop, so what blocks belongs into ``asyncio.to_thread``."""


class RotatingToken(Token):
    """A token that a provider issues.

    Calls that were sent before the provider was last asked share what came of it. So it is asked once for any number
    of calls that are rejected at the same time, also if it fails, or returns the same token again.
    """

    __slots__ = ("_changed", "_current", "_earlier", "_failure", "_lock", "issue", "provider")

    def __init__(self, provider: TokenProvider) -> None:
        super().__init__(None)
        self.issue = 0
        self.provider = provider
        self._lock = asyncio.Lock()
        self._current = Token(None)
        self._earlier: tuple[Token, ...] = ()
        self._changed = 0  # the issue that last brought another token
        self._failure = ""

    @property
    def known(self) -> bool:
        """Whether there is a token."""
        return self._changed > 0

    def header(self) -> str:
        """Return the value of the Authorization header."""
        return self._current.header()

    def account(self, root: str) -> str:
        """Return a name for the quotas of the current token at this host."""
        return self._current.account(root)

    def redact_text(self, text: str) -> str:
        """Return a text without the token, and without those before it."""
        for token in (self._current, *self._earlier):
            text = token.redact_text(text)
        return text

    async def renew(self, issue: int) -> bool:
        """Ask the provider, unless that was done since an issue; return whether the token has changed since then.

        Raises:
            ConfigurationError: if the provider raised, took too long, or returned something that is not a token. Its
                text shows neither what was returned nor the text of what was raised.
        """
        async with self._lock:
            if issue == self.issue:
                await self._ask()
        if self._failure:
            raise ConfigurationError(
                f"the token provider {self._failure}", advice="Correct the function given as token."
            )
        return issue < self._changed

    async def _ask(self) -> None:
        """Ask the provider, and record what came of it."""
        given, failure = _Given(), ""
        cancelled: asyncio.CancelledError | None = None
        limit = asyncio.timeout(PROVIDER_TIMEOUT)
        try:
            async with limit:
                given.value = self.provider()
                if inspect.isawaitable(given.value):
                    given.value = await given.value
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                cancelled = asyncio.CancelledError(*error.args)  # without the frames of the provider
            else:  # what the provider waited for was cancelled, and not the call
                failure = "raised CancelledError"
        except Exception as error:
            expired = limit.expired()
            failure = f"took longer than {PROVIDER_TIMEOUT:g} s" if expired else f"raised {type(error).__name__}"
        if cancelled is not None:
            raise cancelled
        token = Token(cast("str", given.value))  # which is checked next
        if not failure:
            try:
                validate_token(token)
            except ConfigurationError as error:
                failure = f"returned nothing that can be a token ({error.reason.partition(':')[0]})"
        self.issue += 1
        self._failure = failure
        if not failure and (not self.known or token.header() != self.header()):
            self._earlier = (self._current, *self._earlier)[:REMEMBERED_TOKENS] if self.known else ()
            self._current, self._changed = token, self.issue


class _Given:
    """Holds what a provider returned: a traceback shows the variables of a function, but not the attributes."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value: Any = None

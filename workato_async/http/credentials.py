"""The API client's token, wrapped as soon as it comes in so that no repr, log or traceback can show it."""

from __future__ import annotations

import hashlib
import re

from workato_async.errors import ConfigurationError

_TOKEN = re.compile(r"[\x21-\x7e]+")


class Token:
    """Holds a token, which leaves it only as a header or a hash. :func:`validate_token` checks its form."""

    __slots__ = ("_value",)

    def __init__(self, value: str | None) -> None:
        self._value: object = value

    def header(self) -> str:
        """Return the value of the Authorization header."""
        return f"Bearer {self._value}"

    def account(self, root: str) -> str:
        """Return a name for the quotas of this token at this host, from which neither can be derived."""
        return hashlib.sha256(f"{root} {self._value}".encode()).hexdigest()[:16]

    def redact(self, body: bytes) -> bytes:
        """Remove the token from a response that quotes it, e.g. the error page of a proxy that shows the headers."""
        return body.replace(str(self._value).encode(), b"***")

    def __repr__(self) -> str:
        return "<Token>"

    def __reduce__(self) -> str:
        raise TypeError("a token cannot be pickled")


def validate_token(token: Token) -> None:
    """Raise an error that does not show the token unless it has the form of one.

    It takes the wrapped token, since a traceback holds the arguments and variables of every function in it.

    Raises:
        ConfigurationError: if it is missing, empty, not text, or not printable ASCII without white space.
    """
    if token._value is None:  # noqa: SLF001 - of the same module
        raise ConfigurationError("no token: pass it to WorkatoSession or set WORKATO_API_TOKEN")
    if not isinstance(token._value, str) or not token._value:  # noqa: SLF001
        raise ConfigurationError("the token is empty or not text: pass the API client's token as it was shown")
    if not _TOKEN.fullmatch(token._value):  # noqa: SLF001
        raise ConfigurationError(
            "the token contains white space, line breaks or non-ASCII characters: pass it as it was shown, without "
            "'Bearer' and without the newline of a file"
        )

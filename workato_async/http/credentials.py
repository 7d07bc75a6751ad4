"""The API client's token, wrapped as soon as it comes in so that no repr, log or traceback can show it."""

from __future__ import annotations

import hashlib
import re

_TOKEN = re.compile(r"[\x21-\x7e]+")


class Token:
    """Holds a token; the two things that can be had from it are the header and a hash."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def header(self) -> str:
        """Give the value of the Authorization header."""
        return f"Bearer {self._value}"

    def account(self, root: str) -> str:
        """Give a name for the quotas of this token at this host, from which neither can be told."""
        return hashlib.sha256(f"{root} {self._value}".encode()).hexdigest()[:16]

    def redact(self, body: bytes) -> bytes:
        """Take the token out of an answer that quotes it, e.g. the error page of a proxy that shows the headers."""
        return body.replace(self._value.encode(), b"***")

    def __repr__(self) -> str:
        return "<Token>"

    def __reduce__(self) -> str:
        raise TypeError("a token is not pickled")


def problem_with(token: str | None) -> str:
    """Say what is wrong with a token, without showing it; empty if nothing is."""
    if token is None:
        return "a token is needed: pass it to WorkatoSession or set WORKATO_API_TOKEN"
    if not isinstance(token, str) or not token:
        return "the token is empty or not text: pass the API client's token as it was shown"
    if not _TOKEN.fullmatch(token):
        return (
            "the token holds white space, line breaks or characters outside ASCII: pass it as it was shown, without "
            "'Bearer' and without the newline of a file"
        )
    return ""

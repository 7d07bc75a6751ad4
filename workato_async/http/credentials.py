"""The API client's token, wrapped as soon as it comes in so that no repr, log or traceback can show it."""

from __future__ import annotations

import hashlib
import os
import re
from base64 import b64encode
from html import escape
from typing import cast

from workato_async.errors import ConfigurationError

SHORTEST_SECRET = 8
"""Characters from which on a token is removed from texts wherever it occurs.

Real ones have hundreds. The made-up ones of tests (``"test"``, ``"id"``) are parts of ordinary words: those are taken
out only where they are quoted as a header, after ``Bearer``.
"""
REDACTED = "***"
_TOKEN = re.compile(r"[\x21-\x7e]+")


class Token:
    """Holds a token, which leaves it only as a header or a hash. ``validate_token`` checks its form."""

    __slots__ = ("_beginning", "_value", "_whole")

    issue = 0
    """How often a provider was asked for it: never for a token that does not change."""

    def __init__(self, value: str | None) -> None:
        self._value: object = value
        self._beginning: re.Pattern[str] | None = None
        self._whole: re.Pattern[str] | None = None

    def header(self) -> str:
        """Return the value of the Authorization header."""
        return f"Bearer {self._value}"

    def account(self, root: str) -> str:
        """Return a name for the quotas of this token at this host, from which neither can be derived."""
        return hashlib.sha256(f"{root} {self._value}".encode()).hexdigest()[:16]

    def redact_text(self, text: str) -> str:
        """Return a text without the token, for what an error quotes of a response: some pages show all headers.

        The token is found plain, in other case, escaped (JSON, HTML, percent-encoding) and in base64.
        """
        if len(text) < len(str(self._value)):  # every form is at least as long, so most correlation ids end here
            return text
        if self._beginning is None:
            self._beginning = _pattern(str(self._value)[:12])
        if not self._beginning.search(text):
            return text
        if self._whole is None:  # only now: it takes 70 ms to compile
            self._whole = _pattern(str(self._value))
        return self._whole.sub(REDACTED, text)

    def __repr__(self) -> str:
        return "<Token>"

    def __reduce__(self) -> str:
        raise TypeError("a token cannot be pickled")


def _pattern(value: str) -> re.Pattern[str]:
    """Return a pattern for a token in the forms in which a response may quote it."""
    escaped = "".join(map(_character, value))
    if len(value) < SHORTEST_SECRET:
        return re.compile(rf"(?<=bearer ){escaped}", re.IGNORECASE)
    return re.compile("|".join((escaped, *map(re.escape, _in_base64(value.encode())))), re.IGNORECASE)


def _character(character: str) -> str:
    """Return a pattern for a character as it is and as JSON, URLs and HTML write it, even if they do so twice."""
    number = ord(character)
    code = f"{number:02x}"
    plain = "|".join(re.escape(form) for form in dict.fromkeys((character, escape(character))))
    return (
        rf"(?:\\{{0,4}}(?:{plain})|\\{{1,4}}(?:u00|x){code}|%(?:25){{0,3}}{code}"
        rf"|&(?:amp;){{0,3}}#(?:0{{0,5}}{number}|x0{{0,5}}{code});)"
    )


def _in_base64(value: bytes) -> set[str]:
    """Return what a value is in base64 whatever comes before and after it, in both alphabets."""
    found = set()
    for before in range(3):
        coded = b64encode(b"\0" * before + value).decode().rstrip("=")
        # Characters at the ends also depend on the neighbors.
        inner = coded[(0, 2, 3)[before] : len(coded) - ((before + len(value)) % 3 > 0)]
        found |= {inner, inner.translate(str.maketrans("+/", "-_"))}
    return found


def token_of(given: object) -> Token:
    """Return a token, wrapped: None means the one in the environment. It may be wrapped already."""
    if isinstance(given, Token):
        return given
    return Token(cast("str | None", os.environ.get("WORKATO_API_TOKEN") if given is None else given))


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

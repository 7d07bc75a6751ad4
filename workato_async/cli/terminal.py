"""Lines on stderr for people, and text that is safe to show on a terminal."""

from __future__ import annotations

import unicodedata
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def echo_err(message: str) -> None:
    """Print one line on stderr, without control characters."""
    typer.echo(strip_control_chars(message), err=True)


@contextmanager
def report_failures(failed: Mapping[Any, object]) -> Iterator[None]:
    """Print a line on stderr for each input that failed, with its error, however the block ends."""
    try:
        yield
    finally:
        for item, error in failed.items():
            echo_err(f"failed: {item}: {error}")


def strip_control_chars(text: str) -> str:
    """Replace control characters and invisible formatting characters, which a terminal would act on."""
    if text.isascii() and text.isprintable():
        return text
    return "".join("\N{REPLACEMENT CHARACTER}" if _is_control(character) else character for character in text)


def escape_control_chars(text: str) -> str:
    """Escape, in JSON text, what a terminal would act on; line feeds stay."""
    if text.isascii() and "\x7f" not in text:
        return text  # JSON text has no other ASCII control characters
    return "".join(
        _escaped(character) if _is_control(character) and character != "\n" else character for character in text
    )


def _escaped(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[begin : begin + 4]}" for begin in range(0, len(units), 4))


def _is_control(character: str) -> bool:
    # The two joiners are part of words in some scripts, and of emoji.
    return unicodedata.category(character) in ("Cc", "Cf", "Cs") and character not in "\u200c\u200d"

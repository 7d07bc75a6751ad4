"""Ids and names from arguments, standard input and the output of earlier commands."""

from __future__ import annotations

import codecs
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

STDIN = "-"
_BYTE_ORDER_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def read_ids(arguments: Sequence[str] | None, *, field: str = "id") -> Sequence[str]:
    """Return arguments, with ``-`` replaced by what standard input has.

    Args:
        arguments: ids or names.
        field: of JSON Lines, the field with the id.

    Raises:
        typer.BadParameter: if a line of standard input has no id.
    """
    found: list[str] = []
    for argument in arguments or ():
        if argument == STDIN:
            for row in read_rows(STDIN):
                if (value := row.get(field)) is None:
                    raise typer.BadParameter(f"standard input: a line has no {field!r}")
                found.append(str(value))
        else:
            found.append(argument)
    return found


def read_rows(source: str, *, option: str | None = None) -> Sequence[dict[str, Any]]:
    """Read the JSON Lines of an earlier command; a line that is not a JSON object or list is an id or a name.

    Args:
        source: a file, or ``-`` for standard input.
        option: the option that errors name.

    Raises:
        typer.BadParameter: if it cannot be read, or a line is neither.
    """
    name = "standard input" if source == STDIN else source
    try:
        text = decoded(read_bytes(source))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise typer.BadParameter(f"{name}: {reason}", param_hint=option) from None
    rows = []
    for number, line in enumerate(text.split("\n"), 1):  # names may have other characters that end lines
        if not (line := line.strip("\ufeff \t\r")):
            continue
        row = _row(line)
        if row is None:
            raise typer.BadParameter(f"{name}, line {number}: not a JSON object", param_hint=option)
        rows.append(row)
    return rows


def read_bytes(source: str) -> bytes:
    """Return what a file has, or standard input if it is ``-``.

    Raises:
        OSError: if it cannot be read.
        ValueError: if there is no such name of a file.
    """
    return sys.stdin.buffer.read() if source == STDIN else Path(source).read_bytes()


def decoded(data: bytes) -> str:
    """Return the text in UTF-8, or in UTF-16 with a byte order mark, as some shells of Windows write it.

    Raises:
        UnicodeDecodeError: if it is neither.
    """
    encoding = next((name for mark, name in _BYTE_ORDER_MARKS.items() if data.startswith(mark)), "utf-8")
    return data.decode(encoding)


def _row(line: str) -> dict[str, Any] | None:
    """Return what a line means, None if that is nothing; a name may begin as JSON does: ``[TEST] Orders``."""
    try:
        row = json.loads(line) if line.startswith(("{", "[", '"')) else line
    except (ValueError, RecursionError):
        return None if line.startswith(("{", "[{")) else {"id": line}  # JSON that is not complete
    if isinstance(row, str):
        return {"id": row}
    return row if isinstance(row, dict) else None

"""Ids and names from arguments, standard input and the output of earlier commands."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

STDIN = "-"


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
    """Read the JSON Lines of an earlier command; a line that is not JSON is an id or a name.

    Args:
        source: a file, or ``-`` for standard input.
        option: the option that errors name.

    Raises:
        typer.BadParameter: if it cannot be read, or a line is neither.
    """
    try:
        text = sys.stdin.read() if source == STDIN else Path(source).read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise typer.BadParameter(f"{source}: {reason}", param_hint=option) from None
    rows = []
    for number, line in enumerate(text.splitlines(), 1):
        if not (line := line.strip("\ufeff \t")):
            continue
        if not line.startswith(("{", "[", '"')):
            rows.append({"id": line})
            continue
        try:
            row = json.loads(line)
        except ValueError:
            row = None
        if not isinstance(row, dict):
            raise typer.BadParameter(f"{source}, line {number}: not a JSON object", param_hint=option)
        rows.append(row)
    return rows

"""The changes of a lookup table as the lines of a diff."""

from __future__ import annotations

import json
import shutil
import sys
from typing import TYPE_CHECKING, Any

import typer

from workato_async.cli.terminal import strip_control_chars

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workato_async.resources.lookup_tables.models import RowChange

_SIGNS = {"add": "+", "change": "~", "remove": "-"}
_COLORS = {"+": "green", "~": "yellow", "-": "red"}


def diff_line(change: RowChange) -> str:
    """Return a change as one line: ``~ sku=A1  price: 9 -> 10``."""
    shown = [f"{column}={_value(value)}" for column, value in change.key.items()]
    if change.action == "change":
        shown += [f"{c}: {_value(change.before.get(c))} -> {_value(new)}" for c, new in change.after.items()]
    else:
        row = change.after if change.action == "add" else change.before
        shown += [f"{c}={_value(value)}" for c, value in row.items() if c not in change.key and value not in (None, "")]
    return strip_control_chars(f"{_SIGNS[change.action]} {'  '.join(shown)}")


def print_diff(changes: Sequence[RowChange], *, err: bool = False, limit: int | None = None) -> None:
    """Print changes as lines, colored and cut to the width of a terminal.

    Args:
        changes: what changes.
        err: print on stderr.
        limit: the largest number of lines, None for all.
    """
    from rich.cells import cell_len, set_cell_size

    stream = sys.stderr if err else sys.stdout
    width = shutil.get_terminal_size().columns if stream.isatty() else None
    for change in changes[:limit]:
        line = diff_line(change)
        if width is not None:
            if cell_len(line) > width:
                line = set_cell_size(line, width - 1) + "…"
            line = typer.style(line, fg=_COLORS[line[0]])
        typer.echo(line, err=err)
    if limit is not None and len(changes) > limit:
        typer.echo(f"… and {len(changes) - limit:,} more; --dry-run shows all", err=err)


def _value(value: Any) -> str:
    """Return a value as it is shown in a line: text in quotation marks where it would be unclear without."""
    if isinstance(value, str) and value and value.isprintable() and not set(value) & set(" =:'\">"):
        return value
    return '""' if value in (None, "") else json.dumps(value, ensure_ascii=False)

"""Prints what differs between two texts."""

from __future__ import annotations

import difflib
import sys
from typing import TYPE_CHECKING

import typer

from workato_async.cli.terminal import strip_control_chars

if TYPE_CHECKING:
    from collections.abc import Sequence

COLORS = {"+": "green", "-": "red", "@": "cyan"}


def print_unified(before: Sequence[str], after: Sequence[str], before_name: str, after_name: str) -> bool:
    """Print a unified diff of lines; on a terminal in color, and without control characters.

    Returns:
        Whether they differ.
    """
    terminal = sys.stdout.isatty()
    different = False
    for line in difflib.unified_diff(before, after, before_name, after_name, lineterm=""):
        different = True
        is_header = line.startswith(("+++", "---"))
        color = COLORS.get(line[:1]) if terminal and not is_header else None
        typer.secho(strip_control_chars(line) if terminal else line, fg=color)
    return different

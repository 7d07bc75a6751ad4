"""Prints what differs between two workspaces, in the way of ``diff``."""

from __future__ import annotations

import json
import shutil
import sys
from itertools import groupby
from typing import TYPE_CHECKING, Any

import typer

from workato_async.cli.output import Format, Rows, print_json
from workato_async.cli.terminal import echo_err, strip_control_chars
from workato_async.cli.unread import list_unread
from workato_async.reports import KINDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workato_async.cli.command_runner import ExitStatus
    from workato_async.reports import Difference, Kind, WorkspaceComparison

COLUMNS = ("kind", "path", "change", "field", "source", "target")
_MARKS = {"source only": ("-", "red"), "target only": ("+", "green"), "different": ("~", "yellow")}


def kinds(texts: Sequence[str] | None) -> list[Kind] | None:
    """Return the kinds that an option names, None for all.

    Raises:
        typer.BadParameter: if there is no such kind.
    """
    if not texts:
        return None
    names = {name.strip().replace("-", "_") for text in texts for name in text.split(",")} - {""}
    if unknown := sorted(names.difference(KINDS)):
        known = ", ".join(kind.replace("_", "-") for kind in KINDS)
        raise typer.BadParameter(f"{unknown[0]!r} is not one of {known}", param_hint="--only")
    return [kind for kind in KINDS if kind in names]


def print_comparison(comparison: WorkspaceComparison, source: str, target: str, output: Format) -> ExitStatus:
    """Print the differences, and on stderr their number and what could not be read; return the exit status.

    Args:
        comparison: what was found.
        source: the name of the first workspace.
        target: the name of the second.
        output: how to print.
    """
    if output is Format.TABLE:
        for kind, found in groupby(comparison.differences, lambda one: one.kind):
            typer.secho(kind.replace("_", " "), bold=True)
            for one in found:
                _print(one)
        echo_err(_summary(comparison, source, target))
    elif output is Format.JSON:
        for one in comparison.differences:
            print_json(one.to_dict())
    else:
        with Rows(COLUMNS, output) as rows:
            for one in comparison.differences:
                rows.add(one.to_dict())
    return list_unread(comparison.unread)


def _print(one: Difference) -> None:
    """Print one difference: on one line if it fits on the terminal, else on two."""
    mark, color = _MARKS[one.change]
    path = strip_control_chars(one.path)
    detail = "" if one.field is None else strip_control_chars(_detail(one.field, one.source, one.target))
    lines = [f"  {mark} {path}{f'  {detail}' if detail else ''}"]
    if sys.stdout.isatty():
        from rich.cells import cell_len, set_cell_size

        width = shutil.get_terminal_size().columns
        if cell_len(lines[0]) > width:
            lines = [f"  {mark} {path}", *([f"      {detail}"] if detail else [])]
        lines = [line if cell_len(line) <= width else set_cell_size(line, width - 1) + "…" for line in lines]
    for line in lines:
        typer.secho(line, fg=color)


def _detail(field: str, source: Any, target: Any) -> str:
    if source == target:  # values that are not shown
        return f"{field} differs"
    return f"{field}: {_text(source)} -> {_text(target)}"


def _text(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return f"[{', '.join(map(str, value))}]"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _summary(comparison: WorkspaceComparison, source: str, target: str) -> str:
    changes = [one.change for one in comparison.differences]
    counts = ((f"only in {source}", "source only"), (f"only in {target}", "target only"), ("different", "different"))
    found = ", ".join(f"{changes.count(change):,} {text}" for text, change in counts if change in changes)
    text = found or f"no differences between {source} and {target}"
    if comparison.compared == KINDS:
        return text
    compared = ", ".join(kind.replace("_", " ") for kind in comparison.compared) or "nothing"
    return f"{text}; compared: {compared}"

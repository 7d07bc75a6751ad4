"""What the commands print: tables, the machine, and which bounds hold."""

from __future__ import annotations

import os
import platform
import statistics
from importlib.metadata import version
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Sequence


@attrs.frozen
class Bound:
    """A promise: the largest value a figure may have (the smallest, with ``least``), and the sentence it stands for."""

    limit: float
    sentence: str
    least: bool = False

    def holds(self, figure: float) -> bool:
        return figure >= self.limit if self.least else figure <= self.limit


class Verdict:
    """Check figures against bounds and keep the result."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._broken = False

    def check(self, bound: Bound, figure: float, where: str = "") -> None:
        held = bound.holds(figure)
        self._broken |= not held
        relation = "at least" if bound.least else "at most"
        place = f" ({where})" if where else ""
        line = (
            f"{'holds ' if held else 'BROKEN'}  {bound.sentence}{place}: {figure:,.4g}, {relation} {bound.limit:,.4g}"
        )
        self._lines.append(line)

    def end(self) -> int:
        """Print every bound and return the exit status of the command."""
        print("\n".join(self._lines), flush=True)
        return 1 if self._broken else 0


def print_machine(*packages: str) -> None:
    """Print what the figures depend on."""
    versions = "".join(f", {name} {version(name)}" for name in packages)
    print(f"{platform.python_implementation()} {platform.python_version()}{versions}")
    print(f"{platform.system()} on {platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")


def print_table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table: first column left-aligned, figures right-aligned."""
    widths = [max(len(line[column]) for line in (head, *rows)) for column in range(len(head))]
    print(f"\n{title}")
    for line in (head, ["-" * width for width in widths], *rows):
        first, *others = (
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        print("  ".join([first, *others]))
    print(flush=True)


def median_ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Return the median ratio of figures from the same round."""
    return statistics.median(one / other for one, other in zip(ours, theirs, strict=True))

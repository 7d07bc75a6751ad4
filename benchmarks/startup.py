"""What starting costs: the command line against Typer and Rich alone, the package against the libraries it uses.

Fresh interpreters, alternating; the CPU times of whole processes are compared. The command line's help, version and
completion should cost little more than importing Typer and Rich, which no Typer application can avoid: an application
of as many commands that do nothing is shown beside them. The package is compared with importing aiohttp, attrs, cattrs
and msgspec, which every session needs; it loads a family of endpoints when it is first used, so the time of loading all
of them is shown separately.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
from subprocess import DEVNULL
from typing import TYPE_CHECKING

from benchmarks._report import Bound, Verdict, print_machine, print_table

if TYPE_CHECKING:
    from collections.abc import Mapping

LIBRARIES = "import aiohttp, attrs, cattrs, msgspec"
PACKAGE = {
    "the libraries": LIBRARIES,
    "import workato_async": "import workato_async",
    "the libraries and a session": f"{LIBRARIES}; import workato_async; workato_async.WorkatoSession('token')",
    "… and every endpoint": f"{LIBRARIES}; import workato_async; workato_async.ENDPOINTS",
}
EMPTY = """
import typer
app = typer.Typer({})
def command(name: str, count: int = 1, text: str = "", flag: bool = False) -> None: "Do nothing."
for number in range(80): app.command(f"command-{{number}}")(command)
app(["--help"])
"""
RUN = "import sys; from workato_async.cli import main; sys.argv[1:] = {!r}; main()"
COMPLETE = (
    "import os, sys; from workato_async.cli import main; sys.argv[:] = ['workato-async'];"
    "os.environ.update(_WORKATO_ASYNC_COMPLETE='complete_bash', COMP_WORDS='workato-async rec', COMP_CWORD='1'); main()"
)
COMMAND_LINE = {
    "import typer, rich": "import typer, rich",
    "80 empty commands --help": EMPTY.format("rich_markup_mode=None"),
    "80 empty commands --help, by Rich": EMPTY.format(""),
    "--help": RUN.format(["--help"]),
    "--version": RUN.format(["--version"]),
    "recipes list --help": RUN.format(["recipes", "list", "--help"]),
    "completion": COMPLETE,
}
OURS = ("--help", "--version", "recipes list --help", "completion")
COMMAND = Bound(1.5, "the command line starts in at most 1.5 times the time of importing Typer and Rich (ratio)")
IMPORT = Bound(0.030, "importing the package takes at most 30 ms over an interpreter's start (seconds)")
SESSION = Bound(0.060, "a session takes at most 60 ms over importing its libraries (seconds)")


def _took(statement: str) -> float:
    """Return the CPU seconds of a fresh interpreter that runs a statement."""
    process = subprocess.Popen([sys.executable, "-W", "ignore", "-c", statement], stdout=DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{statement!r} ended with status {process.returncode}")
    return usage.ru_utime + usage.ru_stime


def _measure(statements: Mapping[str, str], rounds: int) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {name: [] for name in statements}
    for statement in statements.values():
        _took(statement)  # writes the bytecode caches
    for _ in range(rounds):
        for name, statement in statements.items():
            times[name].append(_took(statement))
    return times


def _over(times: Mapping[str, list[float]], name: str, base: str) -> float:
    """Return the median of what one takes beyond another that ran beside it."""
    return statistics.median(mine - theirs for mine, theirs in zip(times[name], times[base], strict=True))


def _ratio(times: Mapping[str, list[float]], name: str, base: str) -> float:
    return statistics.median(times[name]) / statistics.median(times[base])


def _print(title: str, times: Mapping[str, list[float]], base: str, names: Mapping[str, str]) -> None:
    rows = [
        [
            name,
            f"{statistics.median(times[name]) * 1e3:.0f}",
            f"{_over(times, name, base) * 1e3:.0f}",
            f"{_ratio(times, name, base):.2f}",
        ]
        for name in names
    ]
    print_table(title, ["", "median", f"beyond {base}", "ratio"], rows)


def main() -> int:
    """Measure, print two tables, check the bounds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.startup", description=__doc__)
    parser.add_argument("--rounds", type=int, default=21, help="interpreters of each kind (default: 21)")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error("--rounds must be at least 1")
    print_machine("aiohttp", "attrs", "cattrs", "msgspec", "typer", "rich")
    times = _measure({"python": "pass"} | COMMAND_LINE | PACKAGE, arguments.rounds)
    title = "CPU time of a fresh interpreter, milliseconds"
    _print(f"{title}: the command line", times, "import typer, rich", COMMAND_LINE)
    _print(f"{title}: the package", times, "the libraries", PACKAGE)
    verdict = Verdict()
    for name in OURS:
        verdict.check(COMMAND, _ratio(times, name, "import typer, rich"), name)
    verdict.check(IMPORT, _over(times, "import workato_async", "python"), "median")
    verdict.check(SESSION, _over(times, "the libraries and a session", "the libraries"), "median")
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())

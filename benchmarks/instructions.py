"""What the client costs in instructions, which neither load nor a noisy neighbor disturbs.

A process under valgrind's cachegrind imports everything and forks once for each length of each work, so that all that
is not the work is subtracted. The same is done with the bare libraries; the server has a process of its own. Only what
runs in user space is counted, not the kernel.

``--check`` compares with the figures on record for this interpreter and this aiohttp (``instructions.json``), and
``--record`` writes them there.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from functools import partial
from importlib.metadata import version
from pathlib import Path

from benchmarks._report import Bound, Verdict, print_machine, print_table
from benchmarks._server import served
from benchmarks._works import ALL, RECIPES, Measured
from workato_async.testing import FakeWorkato

RECORD = Path(__file__).with_suffix(".json")
Figures = dict[str, tuple[float, float]]
"""Instructions of one of each work: ours, and with the bare libraries."""
MARGIN = 1.05
"""How far above the figure on record one may be."""
CALL = Bound(300_000, "instructions of a call")


def count() -> Figures:
    """Return the instructions of one of each work: ours, and with the bare libraries."""
    with (
        tempfile.TemporaryDirectory() as logs,
        served(partial(FakeWorkato, recipes=RECIPES, jobs=0, window=None)) as server,
    ):
        valgrind = ["valgrind", "--tool=cachegrind", "--cache-sim=no", f"--log-file={logs}/%p"]
        output = subprocess.run(
            [
                *[*valgrind, "--cachegrind-out-file=/dev/null"],
                *[sys.executable, "-m", "benchmarks._works", server.url, str(server.recipe_ids[0])],
            ],
            env={**os.environ, "PYTHONHASHSEED": "0"},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout
        refs = {}
        for line in output.splitlines():
            name, side, times, process = line.split()
            found = re.search(r"I\s+refs:\s+([\d,]+)", (Path(logs) / process).read_text())
            if found is None:
                raise RuntimeError("cachegrind printed no number of instructions")
            refs[name, side, int(times)] = int(found[1].replace(",", ""))

    def of_one(measured: Measured, side: str) -> float:
        few, many = measured.times
        return (refs[measured.name, side, many] - refs[measured.name, side, few]) / (many - few)

    return {measured.name: (of_one(measured, "ours"), of_one(measured, "bare")) for measured in ALL}


def environment() -> str:
    """Return what the figures depend on."""
    python = f"{platform.python_implementation()} {platform.python_version()} ({platform.python_compiler()})"
    return f"{python}, aiohttp {version('aiohttp')}, {platform.machine()}"


def main() -> int:
    """Count, print the table, compare."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.instructions", description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail above the figures on record + 5 %%")
    parser.add_argument("--record", action="store_true", help="put the figures on record")
    arguments = parser.parse_args()
    if shutil.which("valgrind") is None:
        print("skipped: valgrind is not installed (apt-get install valgrind)")
        return 0
    print_machine("aiohttp", "orjson", "msgspec", "aiolimiter")
    figures = count()
    print_table(
        "Instructions in user space",
        ["", "ours", "bare", "ratio"],
        [
            [measured.title, f"{ours:,.0f}", f"{bare:,.0f}", f"{ours / bare:.3f}"]
            for measured in ALL
            for ours, bare in [figures[measured.name]]
        ],
    )
    if arguments.record:
        record(figures)
    return check(figures) if arguments.check else check_bounds(figures)


def check_bounds(figures: Figures) -> int:
    """Print which bounds hold and return the exit status."""
    verdict = Verdict()
    verdict.check(CALL, figures["call"][0])
    for measured in ALL:
        ours, bare = figures[measured.name]
        verdict.check(Bound(measured.bound, f"instructions of {measured.title}"), ours / bare)
    return verdict.end()


def check(figures: Figures) -> int:
    """Print which figures are at most 5 % above those on record and return the exit status."""
    on_record = records().get(environment())
    if on_record is None:
        print(f"not compared: no figures on record for {environment()}")
        return 0
    verdict = Verdict()
    for measured in ALL:
        limit = MARGIN * on_record[measured.name]
        verdict.check(Bound(limit, f"instructions of {measured.what}"), figures[measured.name][0])
    return verdict.end()


def record(figures: Figures) -> None:
    """Put the figures on record for this environment."""
    kept = {**records(), environment(): {name: round(ours) for name, (ours, _) in figures.items()}}
    RECORD.write_text(json.dumps(kept, indent=2) + "\n")


def records() -> dict[str, dict[str, int]]:
    """Return the figures on record, by environment."""
    kept: dict[str, dict[str, int]] = json.loads(RECORD.read_text())
    return kept


if __name__ == "__main__":
    sys.exit(main())

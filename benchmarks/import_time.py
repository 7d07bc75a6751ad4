"""How long `import workato_async` takes, beyond importing the libraries it uses.

Fresh interpreters, alternating: one imports aiohttp, attrs, cattrs and msgspec, the other the package, which also
imports those. CPU times of whole processes are compared; the difference is the package's own. The package loads a
family of endpoints when it is first used, so the time of loading all of them is shown separately.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys

from benchmarks._report import Bound, Verdict, print_machine, print_table

LIBRARIES = "import aiohttp, attrs, cattrs, msgspec"
STATEMENTS = {
    "the libraries": LIBRARIES,
    "import workato_async": f"{LIBRARIES}; import workato_async",
    "… and a session": f"{LIBRARIES}; import workato_async; workato_async.WorkatoSession('token')",
    "… and every endpoint": f"{LIBRARIES}; import workato_async; workato_async.ENDPOINTS",
}
OWN = Bound(0.060, "importing the package takes at most 60 ms over its libraries (seconds)")


def _took(statement: str) -> float:
    """Return the CPU seconds of a fresh interpreter that runs a statement."""
    process = subprocess.Popen([sys.executable, "-W", "ignore", "-c", statement])
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{statement!r} ended with status {process.returncode}")
    return usage.ru_utime + usage.ru_stime


def main() -> int:
    """Measure, print a table, check the bound."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.import_time", description=__doc__)
    parser.add_argument("--rounds", type=int, default=21, help="interpreters of each kind (default: 21)")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error("--rounds must be at least 1")
    print_machine("aiohttp", "attrs", "cattrs", "msgspec")
    times: dict[str, list[float]] = {name: [] for name in STATEMENTS}
    for statement in STATEMENTS.values():
        _took(statement)  # writes the bytecode caches
    for _ in range(arguments.rounds):
        for name, statement in STATEMENTS.items():
            times[name].append(_took(statement))
    over = {
        name: statistics.median(mine - base for mine, base in zip(taken, times["the libraries"], strict=True))
        for name, taken in times.items()
    }
    print_table(
        "CPU time of a fresh interpreter, milliseconds",
        ["", "median", "beyond the libraries", "ratio"],
        [
            [
                name,
                f"{statistics.median(taken) * 1e3:.0f}",
                f"{over[name] * 1e3:.0f}",
                f"{statistics.median(taken) / statistics.median(times['the libraries']):.2f}",
            ]
            for name, taken in times.items()
        ],
    )
    verdict = Verdict()
    verdict.check(OWN, over["import workato_async"], "median")
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())

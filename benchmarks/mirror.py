"""The mirror: how fast it fills, what a pass costs when little changed, and whether kills or changes leave a trace.

The fake runs in a process of its own with its quotas lifted, and so does every mirror, into a SQLite file or, if this
machine has PostgreSQL, into a server of its own. Rows are counted per second of the CPU of the mirror: quotas decide
how long it takes. Kills are SIGKILL at random times; the file is compared row by row, all columns, with that of an
undisturbed run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing, contextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from benchmarks._report import Bound, Verdict, print_machine, print_table
from benchmarks._server import Served, served
from benchmarks._workspace import Workspace
from benchmarks.soak import MIB, peak
from tests.support.postgres_server import PostgresServer, find_programs
from workato_async import Limiter, Quota, WorkatoSession
from workato_async.mirror import STREAMS, Mirror

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SPEED = Bound(12_000, "a full mirror of recipes and jobs into SQLite, rows per CPU second", least=True)
SPEED_POSTGRESQL = Bound(10_000, "the same into PostgreSQL", least=True)
MEMORY = Bound(200, "its peak memory in MiB")
FLAT = Bound(10, "its memory does not depend on the number of jobs (percent more than for a quarter of them)")
FRUGAL = Bound(
    1.1, "a pass with 1 % active recipes costs the pages of recipes and one page of jobs per active recipe (times that)"
)
ACTIVE = Bound(110, "a pass with 1 % active recipes (requests, for 5,000 recipes)")
QUEUED = Bound(105, "a recipe with 1,000 pending jobs and one new one (requests)")
UNEQUAL = Bound(0, "killed and resumed, a file equals that of an undisturbed run (files that differ)")
REPEATED = Bound(1, "a kill costs at most one page per stream read twice (pages)")
DIFFERENT = Bound(0, "after a soak the file equals the workspace (objects that differ)")


# --- the mirror, in a process of its own


async def mirror_once(url: str, database: str, streams: Sequence[str]) -> dict[str, Any]:
    """Run a pass; return its figures."""
    limiter = Limiter(default=Quota(10_000_000, per=1))
    async with (
        WorkatoSession("benchmark", base_url=url, limiter=limiter) as workato,
        Mirror(workato, database) as mirror,
    ):
        begun = time.process_time()
        report = await mirror.run(streams)
        cpu = time.process_time() - begun
    if report.errors:
        raise RuntimeError(f"streams failed: {dict(report.errors)}")
    added = sum(stream.added for stream in report.streams.values())
    return {"seconds": report.seconds, "cpu": cpu, "added": added, "requests": report.requests, "peak": peak()}


def start(url: str, place: Path | str, streams: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start a process that mirrors once, into a file or the database of a URL."""
    database = f"sqlite:///{place}" if isinstance(place, Path) else place
    command = [sys.executable, "-m", "benchmarks.mirror", "--child", url, database, *streams]
    return subprocess.Popen(command, stdout=subprocess.PIPE)


def run(url: str, place: Path | str, streams: Sequence[str]) -> dict[str, Any]:
    """Mirror once in a process of its own; return its figures."""
    with start(url, place, streams) as process:
        output, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(f"the mirror ended with {process.returncode}")
    figures: dict[str, Any] = json.loads(output)
    return figures


@contextmanager
def postgresql() -> Iterator[list[tuple[str, str]]]:
    """Run a PostgreSQL server; return drivers with the URLs of new databases, none if it is not installed."""
    if (programs := find_programs()) is None:
        yield []
        return
    server = PostgresServer(programs)
    server.start()
    try:
        yield [(name, server.new_url(name)) for name in ("asyncpg", "psycopg") if find_spec(name)]
    finally:
        server.close()


# --- what a file holds


def rows_of(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of all streams."""
    with closing(sqlite3.connect(path)) as connection:
        return {name: sorted(connection.execute(f"SELECT * FROM {name}").fetchall(), key=str) for name in STREAMS}


def ended(path: Path) -> bool:
    """Whether the last pass is complete."""
    if not path.exists():
        return False
    with closing(sqlite3.connect(path)) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'mirror_passes'").fetchall():
            return False
        return connection.execute("SELECT 1 FROM mirror_passes WHERE ended_at IS NOT NULL").fetchall() != []


def objects_of(path: Path) -> dict[str, dict[Any, Any]]:
    """Return the live objects, by stream and key."""
    held: dict[str, dict[Any, Any]] = {}
    with closing(sqlite3.connect(path)) as connection:
        for name, stream in STREAMS.items():
            key = f"{stream.parent_key}, id" if stream.parent else "id"
            found = connection.execute(f"SELECT json, {key} FROM {name} WHERE deleted_at IS NULL")
            held[name] = {row[1:] if stream.parent else row[1]: json.loads(row[0]) for row in found}
    return held


# --- the parts


def speed(
    recipes: int, jobs: int, folder: Path, databases: Sequence[tuple[str, str]]
) -> tuple[list[list[str]], dict[str, float]]:
    """Fill files with few and with all jobs, run a pass after 1 % of the recipes were active, then fill servers."""
    table: list[list[str]] = []
    figures: dict[str, float] = {}
    peaks = []
    for count in (jobs // 4, jobs):
        path = folder / f"speed-{count}.db"
        with served(partial(Workspace, recipes, count)) as workspace:
            full = run(workspace.url, path, ["recipes", "jobs"])
            table.append(_line(f"full, {recipes:,} recipes, {count:,} jobs", full))
            peaks.append(full["peak"])
            if count == jobs:
                active = recipes // 100
                workspace.ask(Workspace.activate, active)
                second = run(workspace.url, path, ["recipes", "jobs"])
                table.append(_line(f"second, {active} recipes active", second))
                if second["added"] != active:
                    raise RuntimeError(f"{second['added']} jobs were added, not {active}")
                figures["rows"] = full["added"] / full["cpu"]
                figures["second"] = second["requests"]
                figures["frugal"] = second["requests"] / (-(-recipes // 100) + active)
                for driver, place in databases:
                    stored = run(workspace.url, place, ["recipes", "jobs"])
                    table.append(_line(f"full, PostgreSQL by {driver}", stored))
                    figures[driver] = stored["added"] / stored["cpu"]
    figures["peak"] = peaks[-1] / MIB
    figures["growth"] = 100 * (peaks[-1] / peaks[0] - 1)
    return table, figures


def _line(name: str, figures: dict[str, Any]) -> list[str]:
    rate = f"{figures['added'] / figures['cpu']:,.0f}" if figures["added"] > 1_000 else ""
    return [
        name,
        f"{figures['added']:,}",
        f"{figures['requests']:,}",
        f"{figures['seconds']:.2f}",
        f"{figures['cpu']:.2f}",
        rate,
        f"{figures['peak'] / MIB:.1f}",
    ]


def queue(folder: Path) -> int:
    """Return the requests that one new job costs in a recipe with 1,000 that wait."""
    path = folder / "queue.db"
    with served(partial(Workspace, 10, 20)) as workspace:
        workspace.ask(Workspace.queue, 1_000)
        run(workspace.url, path, ["recipes", "jobs"])
        workspace.ask(Workspace.activate, 10)
        requests: int = run(workspace.url, path, ["recipes", "jobs"])["requests"]
    return requests


def kills(runs: int, folder: Path) -> tuple[int, int, int]:
    """Kill runs at random times and resume them; return kills, unequal files, and the most pages a kill repeated."""
    rng = Random(1)
    with served(partial(Workspace, 400, 4_000)) as workspace:
        begun = time.perf_counter()
        run(workspace.url, folder / "undisturbed.db", [*STREAMS])
        took = time.perf_counter() - begun
        needed = workspace.ask(Workspace.counts)
        wanted = rows_of(folder / "undisturbed.db")
        done = unequal = worst = 0
        for number in range(runs):
            path = folder / f"killed-{number}.db"
            killed = 0
            for _ in range(rng.randint(1, 3)):
                process = start(workspace.url, path, [*STREAMS])
                try:
                    process.communicate(timeout=rng.uniform(0.2, 0.9) * took)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.communicate()
                    killed += 1
                if ended(path):
                    break
            else:
                run(workspace.url, path, [*STREAMS])
            unequal += rows_of(path) != wanted
            spent = workspace.ask(Workspace.counts)
            done += killed
            worst = max(worst, *(-(-(spent[name] - needed[name]) // max(1, killed)) for name in spent))
    return done, unequal, worst


def soak(passes: int, folder: Path) -> tuple[int, int]:
    """Run passes while the workspace changes; return the number of objects at the end, and of those that differ."""
    path = folder / "soak.db"
    with served(partial(Workspace, 400, 4_000, seed=2)) as workspace:
        workspace.ask(Workspace.change_every, 5)
        for _ in range(passes):
            run(workspace.url, path, [*STREAMS])
            workspace.ask(Workspace.change, 50)
        workspace.ask(Workspace.change_every, 0)
        for _ in range(2):  # the second confirms what the first only took for deleted
            run(workspace.url, path, [*STREAMS])
        wanted = json.loads(json.dumps(_listed(workspace)))
    held = json.loads(
        json.dumps({name: sorted(objects.items(), key=str) for name, objects in objects_of(path).items()})
    )
    different = sum(
        1 for name in STREAMS for item in (*wanted[name], *held[name]) if (item in wanted[name]) != (item in held[name])
    )
    return sum(map(len, wanted.values())), different


def _listed(workspace: Served[Workspace]) -> dict[str, Any]:
    return {name: sorted(objects.items(), key=str) for name, objects in workspace.ask(Workspace.contents).items()}


def main() -> int:
    """Run the parts, print the tables, check the bounds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mirror", description=__doc__)
    parser.add_argument("--recipes", type=int, default=5_000, help="default: %(default)s")
    parser.add_argument("--jobs", type=int, default=100_000, help="default: %(default)s")
    parser.add_argument("--kills", type=int, default=20, help="runs that are killed (default: %(default)s)")
    parser.add_argument("--passes", type=int, default=10, help="passes of the soak (default: %(default)s)")
    parser.add_argument("--child", nargs="+", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        url, path, *streams = arguments.child
        print(json.dumps(asyncio.run(mirror_once(url, path, streams))))
        return 0
    print_machine("aiohttp", "sqlalchemy", "asyncpg")
    verdict = Verdict()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with postgresql() as databases:
            table, figures = speed(arguments.recipes, arguments.jobs, folder, databases)
        columns = ["pass", "rows", "requests", "seconds", "CPU s", "rows/CPU s", "peak MiB"]
        print_table("recipes and jobs", columns, table)
        verdict.check(SPEED, figures["rows"])
        if "asyncpg" in figures:
            verdict.check(SPEED_POSTGRESQL, figures["asyncpg"])
        verdict.check(MEMORY, figures["peak"])
        verdict.check(FLAT, figures["growth"])
        verdict.check(FRUGAL, figures["frugal"])
        if arguments.recipes <= 5_000:
            verdict.check(ACTIVE, figures["second"])
        verdict.check(QUEUED, queue(folder))
        done, unequal, worst = kills(arguments.kills, folder)
        print_table(
            "kills", ["runs", "kills", "unequal", "most repeated"],
            [[str(arguments.kills), str(done), str(unequal), str(worst)]],
        )  # fmt: skip
        verdict.check(UNEQUAL, unequal)
        verdict.check(REPEATED, worst)
        objects, different = soak(arguments.passes, folder)
        print_table(
            "soak", ["passes", "objects", "different"], [[str(arguments.passes), f"{objects:,}", str(different)]]
        )
        verdict.check(DIFFERENT, different)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())

"""A fake Workato in a thread, and the command line in a separate process, in real time."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from workato_async.testing import FakeWorkato
from workato_async.testing.record import RecordedRequest

ROOT = Path(__file__).parents[2]
HANGS = 30.0
"""Seconds after which a program that hangs is killed."""


class Arrivals(list[RecordedRequest]):
    """The requests of a fake; a thread can wait for one."""

    def __init__(self) -> None:
        super().__init__()
        self._news = threading.Condition()

    def append(self, request: RecordedRequest) -> None:
        with self._news:
            super().append(request)
            self._news.notify_all()

    def wait_for(self, endpoint: str, count: int = 1) -> None:
        def came() -> bool:
            return sum(request.endpoint == endpoint for request in self) >= count

        with self._news:
            assert self._news.wait_for(came, HANGS), f"{endpoint} was not called {count} times"


@contextmanager
def served(fake: FakeWorkato) -> Iterator[Arrivals]:
    """Serve from a thread while the block runs; yield the requests as they arrive."""
    arrivals = Arrivals()
    fake.requests = arrivals
    up = threading.Event()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        async with fake:
            up.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    try:
        assert up.wait(HANGS)
        yield arrivals
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(HANGS)
        loop.close()


def start(
    fake: FakeWorkato, home: Path, *arguments: object, env: Mapping[str, str] | None = None, **streams: Any
) -> subprocess.Popen[str]:
    """Start the command line against a fake that is being served."""
    code = "from workato_async.cli import main; main()"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "XDG"))}
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=ROOT,
        text=True,
        env={**environment, "WORKATO_API_TOKEN": "secret", "WORKATO_HOST": fake.url, "HOME": str(home), **(env or {})},
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams},
    )


def finish(process: subprocess.Popen[str]) -> tuple[str, str, int]:
    try:
        out, err = process.communicate(timeout=HANGS)
        return out, err, process.returncode
    finally:
        process.kill()

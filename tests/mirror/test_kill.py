"""Processes killed for real."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tests.mirror.test_resume import STREAMS, Arrivals, mirrored
from workato_async.testing import FakeWorkato

REAL_TIME = True


async def test_a_process_killed_again_and_again(tmp_path: Path) -> None:
    async with FakeWorkato(recipes=110, jobs=550, jobs_per_page=7, window=None) as fake:
        undisturbed = await mirrored(fake, tmp_path / "undisturbed.db")
        needed = _pages_of(fake)
        total = 0
        for request in (2, 18, 41):
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.support.mirror_process", fake.url, str(tmp_path / "killed.db"), *STREAMS
            )
            fake.requests = Arrivals(lambda number, last=request, it=process: number == last and it.kill())  # type: ignore[misc]
            assert await process.wait() == -9
            total += _pages_of(fake)
        fake.requests = []
        assert await mirrored(fake, tmp_path / "killed.db") == undisturbed
        assert total + _pages_of(fake) == needed + 3


def _pages_of(fake: FakeWorkato) -> int:
    """Return the requests, apart from the one with which every process asks which workspace it is."""
    return sum(request.endpoint != "workspace.me" for request in fake.requests)

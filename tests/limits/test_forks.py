"""A forked child that shares no quota says so, once."""

from __future__ import annotations

import asyncio
import logging
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.child_process import child
from workato_async import Limiter
from workato_async.limits.machine import MachineStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
SPENT = (
    "each of them spends the whole quota. "
    "Give all of them Limiter(store=MachineStore()), or a RedisStore if there are several machines"
)


@contextmanager
def warnings() -> Iterator[list[str]]:
    found: list[str] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(record.getMessage())

    handler = Handler()
    logging.getLogger("workato_async").addHandler(handler)
    try:
        yield found
    finally:
        logging.getLogger("workato_async").removeHandler(handler)


def use(limiter: Limiter, *keys: str, account: str = "ours") -> None:
    async def use_each() -> None:
        for key in keys:
            (await limiter.bucket(key, account).acquire()).responded()

    asyncio.run(use_each())


def in_child(*limiters: Limiter | None, account: str = "ours") -> Any:
    """Use limiters in a forked child, a new one for None, and return the warnings there."""

    def run(_: object) -> list[str]:
        with warnings() as found:
            for limiter in limiters:
                use(limiter or Limiter(), "GET /api/recipes", "GET /api/folders", account=account)
        return found

    with child(run) as process:
        return process.result()


def test_a_new_limiter_for_the_parents_account() -> None:
    use(Limiter(), "GET /api/recipes")
    found = in_child(None, None)
    assert found == [f"this process was forked from a process that uses the same token: {SPENT}"]


def test_the_parents_limiter() -> None:
    limiter = Limiter()
    use(limiter, "GET /api/recipes", account="another one")
    found = in_child(limiter, limiter, account="another one")
    assert found == [f"this process was forked from a process that uses the same limiter: {SPENT}"]


def test_no_warning_where_nothing_is_spent_twice(tmp_path: Path) -> None:
    shared = Limiter(store=MachineStore(tmp_path / "quotas"))
    use(shared, "GET /api/recipes", account="shared")
    assert in_child(shared, Limiter(store=MachineStore(tmp_path / "quotas")), account="shared") == []
    use(Limiter(), "GET /api/recipes", account="of the parent")
    assert in_child(None, account="of the child") == []
    with warnings() as found:
        use(Limiter(), "GET /api/recipes", "GET /api/jobs", account="of the parent")
    assert found == []

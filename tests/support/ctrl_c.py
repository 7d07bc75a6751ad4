"""Ctrl-C for a command that a test runs in virtual time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    import pytest


def press_ctrl_c_after(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Cancel what an ``asyncio.Runner`` runs after some seconds, as its handler of SIGINT does."""
    run: Callable[..., Any] = asyncio.Runner.run

    def interrupted(self: asyncio.Runner, main: Coroutine[Any, Any, Any]) -> Any:
        async def cancelled() -> Any:
            task = asyncio.ensure_future(main)
            asyncio.get_running_loop().call_later(seconds, task.cancel)
            return await task

        return run(self, cancelled())

    monkeypatch.setattr(asyncio.Runner, "run", interrupted)

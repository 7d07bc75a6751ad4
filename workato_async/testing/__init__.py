"""A fake Workato for tests: a real local server with the same endpoints, exact quotas, and faults on demand.

With pytest, use the fixture ``fake_workato``; in synchronous code, ``with FakeWorkato() as fake:``; from the shell,
``python -m workato_async.testing --port 8080``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workato_async.testing.faults import (
        CloseIdle,
        Drip,
        Fault,
        Mangled,
        Oversized,
        Refuse429,
        Reset,
        Slow,
        Stall,
        Status,
        Truncated,
    )
    from workato_async.testing.mocking import AiohttpResponse, mocked
    from workato_async.testing.record import RecordedRequest
    from workato_async.testing.server import Delay, FakeWorkato
    from workato_async.testing.serving import serve
    from workato_async.testing.state import State
    from workato_async.testing.windows import Window

__all__ = [
    "AiohttpResponse",
    "CloseIdle",
    "Delay",
    "Drip",
    "FakeWorkato",
    "Fault",
    "Mangled",
    "Oversized",
    "RecordedRequest",
    "Refuse429",
    "Reset",
    "Slow",
    "Stall",
    "State",
    "Status",
    "Truncated",
    "Window",
    "mocked",
    "serve",
]

_ELSEWHERE = {
    "AiohttpResponse": "mocking",
    "Delay": "server",
    "FakeWorkato": "server",
    "RecordedRequest": "record",
    "State": "state",
    "Window": "windows",
    "mocked": "mocking",
    "serve": "serving",
}


def __getattr__(name: str) -> object:
    """Import on demand, so that one name does not import the web server."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_ELSEWHERE.get(name, 'faults')}"), name)

"""Every coroutine test runs in virtual time; there is a short profile and a long one.

``HYPOTHESIS_PROFILE=long`` gives hypothesis thousands of examples and runs the cases marked ``long``, which repeat for
more values what the others prove. ``-m`` chooses freely.
"""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.support.virtual_time import CoarseVirtualTimeLoop, VirtualTimeLoop
from workato_async.limits.limiter import forget_shared_limiter

if TYPE_CHECKING:
    import asyncio

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"

settings.register_profile("short", max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("long", max_examples=10_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "short"))


def pytest_configure() -> None:
    """Let the programs that tests start react to Ctrl-C, even if pytest itself runs in the background.

    A shell sets SIGINT to ignored in what it starts with ``&``, and programs inherit that; a handled signal they get at
    its default.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run every coroutine test with the jumping clock, and those of the limiter on a loop that gives less as well."""
    coarse = {"coarse": CoarseVirtualTimeLoop} if item.path.parent.name == "limits" else {}
    return {"virtual": VirtualTimeLoop, **coarse}


@pytest.fixture(autouse=True)
def a_limiter_of_its_own() -> None:
    """Have no test wait for what another one has sent."""
    forget_shared_limiter()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the long cases out, unless they are asked for or named one by one."""
    if LONG or config.option.markexpr or any("::" in argument for argument in config.args):
        return
    left_out = [item for item in items if item.get_closest_marker("long")]
    if left_out:
        items[:] = [item for item in items if not item.get_closest_marker("long")]
        config.hook.pytest_deselected(items=left_out)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Have the garbage collector run less often."""
    gc.set_threshold(10_000, 20, 100)


class Heap:
    """Has the garbage collector ignore what lives as long as the run; otherwise it costs a quarter of the CPU time."""

    folder: Path | None = None


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """In each folder, there are modules that the tests of the one before have imported."""
    if Heap.folder != item.path.parent:
        Heap.folder = item.path.parent
        gc.collect()
        gc.freeze()


@pytest.fixture(autouse=True)
def no_credentials_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORKATO_API_TOKEN", raising=False)
    monkeypatch.delenv("WORKATO_HOST", raising=False)
    monkeypatch.delenv("WORKATO_DATA_CENTER", raising=False)
    monkeypatch.delenv("WORKATO_TIME_SCALE", raising=False)

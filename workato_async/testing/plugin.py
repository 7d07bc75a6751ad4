"""The pytest plugin: the fixtures ``fake_workato`` and ``workato_session``, and factories for more of them.

Time is compressed on both sides: a quota of 60 per minute is one of 60 per 0.6 s. The ini option ``workato_time_scale``
sets that factor (0.01), and the marker ``workato`` the arguments of the fake for a test, a class or a module:

```py
@pytest.mark.workato(recipes=300, time_scale=1, seed=7)
async def test_it(fake_workato, workato_session): ...
```

They work with every loop scope of pytest-asyncio, with anyio's plugin, and (the fake) in tests that are not coroutines:
the fake serves from a thread, and the session is opened on the loop of its test. If that loop has a clock of its own,
the fake also serves on that loop, in its virtual time.

pytest imports this module in every run where the package is installed. Inside the package that would import
``workato_async`` first; so the wheel has this file as the top-level module ``workato_async_pytest``
(see pyproject.toml), and everything else is imported by the fixtures.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

try:
    from pytest_asyncio import fixture as async_fixture
except ImportError:
    async_fixture = None  # type: ignore[assignment]

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable, Iterator

    from workato_async import Limiter, WorkatoSession
    from workato_async.testing.server import FakeWorkato

_SHORTEST_TIMEOUT = 5.0
"""Seconds for a response, however much time is compressed: a busy machine is not a lost response."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Register the ini option."""
    parser.addini("workato_time_scale", "factor for quota windows and pauses of the Workato fixtures", default="0.01")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line("markers", "workato(**arguments): arguments of FakeWorkato for the Workato fixtures")


@pytest.fixture
def make_fake_workato(request: pytest.FixtureRequest) -> Iterator[Callable[..., FakeWorkato]]:
    """Yield a function that starts fakes, each a workspace of its own; they are stopped after the test.

    It takes the arguments of ``FakeWorkato``. By default there are 25 recipes and 100 jobs, and the time scale is that
    of the ini option; the marker ``workato`` changes defaults.
    """
    from workato_async.testing.server import FakeWorkato

    defaults: dict[str, Any] = {
        "recipes": 25,
        "jobs": 100,
        "time_scale": float(request.config.getini("workato_time_scale")),
    }
    for marker in reversed(list(request.node.iter_markers("workato"))):
        if marker.args:
            raise pytest.UsageError("the marker workato takes keyword arguments, for example recipes=100")
        defaults.update(marker.kwargs)
    name = _loop_fixture(request)
    loop: asyncio.AbstractEventLoop | None = request.getfixturevalue(name) if name else None
    with ExitStack() as fakes:

        def make(**arguments: Any) -> FakeWorkato:
            fake = FakeWorkato(**defaults | arguments)
            if loop is None or not _has_own_clock(loop):
                return fakes.enter_context(fake)
            if loop.is_running():
                raise pytest.UsageError("in a test with virtual time, use `async with FakeWorkato(…)`")
            run = loop.run_until_complete
            run(fake.__aenter__())
            fakes.callback(lambda: run(fake.__aexit__()))
            return fake

        yield make


@pytest.fixture
def fake_workato(make_fake_workato: Callable[..., FakeWorkato]) -> FakeWorkato:
    """Return a started fake Workato: read and change ``state``, assert on ``requests``, inject faults with ``fail``."""
    return make_fake_workato()


@pytest.fixture
def make_workato_session(fake_workato: FakeWorkato) -> Callable[..., WorkatoSession]:
    """Return a function that makes sessions, for use in ``async with``.

    It takes a fake (``fake_workato`` by default), a token, and the other arguments of ``WorkatoSession``. Quotas and
    pauses are compressed like those of the fake, and sessions with the same token share their quotas.
    """
    import attrs

    from workato_async import Limiter, RetryPolicy, WorkatoSession

    limiters: dict[float, Limiter] = {}

    def make(fake: FakeWorkato | None = None, token: str = "any-token", **arguments: Any) -> WorkatoSession:  # noqa: S107
        server: FakeWorkato = fake_workato if fake is None else fake
        scale, policy = server.time_scale, RetryPolicy()
        if scale not in limiters:
            limiters[scale] = Limiter(time_scale=scale)
        defaults: dict[str, Any] = {
            "limiter": limiters[scale],
            "retry": attrs.evolve(policy, base=policy.base * scale, cap=policy.cap * scale),
            "timeout": max(_SHORTEST_TIMEOUT, 45.0 * scale),
            "base_url": server.url,
        }
        return WorkatoSession(token, **defaults | arguments)

    return make


@pytest.fixture
def workato_session(
    request: pytest.FixtureRequest, make_workato_session: Callable[..., WorkatoSession]
) -> Iterator[WorkatoSession]:
    """Yield a session with the fake of the same test, on the loop of the test."""
    session = make_workato_session()
    name = _loop_fixture(request)
    if name is None:
        pytest.fail(
            "workato_session is for coroutine tests that pytest-asyncio or anyio runs: install pytest-asyncio, and "
            'mark the test with @pytest.mark.asyncio or set asyncio_mode = "auto"'
        )
    loop: asyncio.AbstractEventLoop = request.getfixturevalue(name)
    loop.run_until_complete(session.__aenter__())
    yield session
    loop.run_until_complete(session.close())


def _loop_fixture(request: pytest.FixtureRequest) -> str | None:
    """Return which of the fixtures below has the loop of a test; None if the test has none that is known."""
    marker = request.node.get_closest_marker("asyncio")
    if marker is None:
        return "_workato_loop" if "anyio_backend" in request.fixturenames else None
    try:
        default = request.config.getini("asyncio_default_test_loop_scope")
    except ValueError:  # the marker is there, and pytest-asyncio is not
        return None
    return f"_workato_loop_{marker.kwargs.get('loop_scope') or default}"


def _has_own_clock(loop: asyncio.AbstractEventLoop) -> bool:
    import asyncio

    return isinstance(loop, asyncio.BaseEventLoop) and type(loop).time is not asyncio.BaseEventLoop.time


def _running_loop() -> Callable[[], Awaitable[asyncio.AbstractEventLoop]]:
    async def running_loop() -> asyncio.AbstractEventLoop:
        import asyncio

        return asyncio.get_running_loop()

    return running_loop


# For pytest-asyncio, the scope of a loop is part of the definition of each fixture that runs on it.
_workato_loop = pytest.fixture(_running_loop(), name="_workato_loop")
if async_fixture is not None:
    for _scope in ("function", "class", "module", "package", "session"):
        _name = f"_workato_loop_{_scope}"
        globals()[_name] = async_fixture(_running_loop(), loop_scope=_scope, name=_name)

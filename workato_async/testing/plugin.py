"""The pytest plugin: the fixtures ``fake_workato`` and ``workato_session``, and factories for more of them.

Time is compressed on both sides: a quota of 60 per minute is one of 60 per 0.6 s. The ini option ``workato_time_scale``
sets that factor (0.01), and the marker ``workato`` the arguments of the fake for a test, a class or a module::

    @pytest.mark.workato(recipes=300, time_scale=1, seed=7)
    async def test_it(fake_workato, workato_session): ...

The fake serves from a thread, so it works with every loop scope of pytest-asyncio, with anyio's plugin, and in tests
that are not coroutines. A test with virtual time needs a fake on its own loop: ``async with FakeWorkato(…)``.

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
    from collections.abc import AsyncIterator, Callable, Iterator

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
    with ExitStack() as fakes:
        yield lambda **arguments: fakes.enter_context(FakeWorkato(**defaults | arguments))


@pytest.fixture
def fake_workato(make_fake_workato: Callable[..., FakeWorkato]) -> FakeWorkato:
    """Return a started fake Workato: read and change ``state``, assert on ``requests``, inject faults with ``fail``."""
    return make_fake_workato()


@pytest.fixture
def make_workato_session(request: pytest.FixtureRequest) -> Callable[..., WorkatoSession]:
    """Return a function that makes sessions, for use in ``async with``.

    It takes a fake (``fake_workato`` by default), a token, and the other arguments of ``WorkatoSession``. Quotas and
    pauses are compressed like those of the fake, and sessions with the same token share their quotas.
    """
    import attrs

    from workato_async import Limiter, RetryPolicy, WorkatoSession

    limiters: dict[float, Limiter] = {}

    def make(fake: FakeWorkato | None = None, token: str = "any-token", **arguments: Any) -> WorkatoSession:  # noqa: S107
        if fake is None:
            fake = request.getfixturevalue("fake_workato")
        scale, policy = fake.time_scale, RetryPolicy()
        defaults: dict[str, Any] = {
            "limiter": limiters.get(scale) or limiters.setdefault(scale, Limiter(time_scale=scale)),
            "retry": attrs.evolve(policy, base=policy.base * scale, cap=policy.cap * scale),
            "timeout": max(_SHORTEST_TIMEOUT, 45.0 * scale),
            "base_url": fake.url,
        }
        return WorkatoSession(token, **defaults | arguments)

    return make


@pytest.fixture
def workato_session(request: pytest.FixtureRequest, fake_workato: FakeWorkato) -> WorkatoSession:
    """Return a session with the fake of the same test, on the loop of the test."""
    session: WorkatoSession = request.getfixturevalue(f"_workato_session_{_loop_of(request)}")
    return session


def _loop_of(request: pytest.FixtureRequest) -> str:
    """Return which of the fixtures below runs on the loop of a test."""
    marker = request.node.get_closest_marker("asyncio")
    if async_fixture is None or (marker is None and "anyio_backend" in request.fixturenames):
        return "unscoped"
    scope = marker.kwargs.get("loop_scope") if marker else None
    return str(scope or request.config.getini("asyncio_default_test_loop_scope"))


def _new_fixture() -> Callable[..., AsyncIterator[WorkatoSession]]:
    async def session(make_workato_session: Callable[..., WorkatoSession]) -> AsyncIterator[WorkatoSession]:
        async with make_workato_session() as workato:
            yield workato

    return session


# pytest-asyncio runs a fixture on the loop of a scope that is part of its definition; other plugins have one loop.
_workato_session_unscoped = pytest.fixture(_new_fixture(), name="_workato_session_unscoped")
if async_fixture is not None:
    for _scope in ("function", "class", "module", "package", "session"):
        _name = f"_workato_session_{_scope}"
        globals()[_name] = async_fixture(_new_fixture(), loop_scope=_scope, name=_name)

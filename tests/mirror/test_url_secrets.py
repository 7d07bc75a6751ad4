"""The password in the URL of a database is nowhere in an error: not in its text, its chain, or the variables of frames.

No test may hold it in a local variable: the frames of the tests are looked through too.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from tests.core.test_secrets import everything_shown
from tests.support.postgres_server import PostgresServer
from workato_async import ConfigurationError, WorkatoError, WorkatoSession
from workato_async.mirror import Mirror, database

REAL_TIME = True
SECRET = "canary-7Qx"
QUOTED = "canary%2D7Qx"
DRIVERS = ("asyncpg", "psycopg")
INVALID: dict[str, Callable[[], str]] = {
    "kind": lambda: f"mysql://kim:{SECRET}@host/name",
    "driver": lambda: f"postgresql+psycopg2://kim:{SECRET}@host/name",
    "dialect": lambda: f"unheard://kim:{QUOTED}@host/name",
    "port": lambda: f"postgresql://kim:{SECRET}@host:port/name",
    "not quoted": lambda: f"postgresql://kim:a@{SECRET}@host/name",
    "file": lambda: f"sqlite://kim:{SECRET}@host/name.db",
    "option of SQLAlchemy": lambda: f"postgresql+asyncpg://kim:{SECRET}@host/name?prepared_statement_cache_size=many",
    "in the query": lambda: f"mysql://host/name?password={SECRET}",
}
UNUSABLE: dict[str, Callable[[], str]] = {
    "refused": lambda: f"kim:{SECRET}@127.0.0.1:1/name",
    "quoted": lambda: f"kim:{QUOTED}@127.0.0.1:1/name",
    "in the query": lambda: f"127.0.0.1:1/name?user=kim&password={SECRET}",
    "quoted in the query": lambda: f"127.0.0.1:1/name?user=kim&password={QUOTED}",
    "twice": lambda: f"kim:{SECRET}@127.0.0.1:1/name?password={SECRET}&password={QUOTED}",
    "unknown option": lambda: f"kim:{SECRET}@127.0.0.1:1/name?unheard=of",
    "unknown host": lambda: f"kim:{SECRET}@host.invalid/name",
}


def assert_hidden(error: BaseException) -> None:
    shown = everything_shown(error)
    for text in (SECRET, QUOTED):
        if text in shown:
            lines = [line for line in shown.splitlines() if text in line]
            pytest.fail(f"{type(error).__name__} shows the password: {lines[0][:200]}")


@pytest.mark.parametrize("case", INVALID)
def test_an_invalid_url(workato: WorkatoSession, case: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Mirror(workato, INVALID[case]())
    assert_hidden(caught.value)


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_missing_driver(workato: WorkatoSession, monkeypatch: pytest.MonkeyPatch, driver: str) -> None:
    monkeypatch.setitem(sys.modules, driver, None)
    with pytest.raises(ConfigurationError, match=f"{driver} is missing: pip install '") as caught:
        Mirror(workato, f"postgresql+{driver}://kim:{SECRET}@host/name")
    assert_hidden(caught.value)


@pytest.mark.parametrize(
    ("installed", "driver"),
    [(DRIVERS, "asyncpg"), (("asyncpg",), "asyncpg"), (("psycopg",), "psycopg"), ((), "asyncpg")],
)
def test_the_driver_that_is_installed(
    workato: WorkatoSession, monkeypatch: pytest.MonkeyPatch, installed: tuple[str, ...], driver: str
) -> None:
    monkeypatch.setattr(database, "find_spec", lambda name: True if name in installed else None)
    url = database.parse_url("postgresql://host/name")
    assert url is not None
    assert url.drivername == f"postgresql+{driver}"
    if not installed:
        monkeypatch.setitem(sys.modules, driver, None)
        with pytest.raises(ConfigurationError, match=r"asyncpg is missing: pip install 'workato-async\[mirror\]'"):
            Mirror(workato, "postgresql://host/name")


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("case", UNUSABLE)
async def test_a_server_that_cannot_be_used(workato: WorkatoSession, driver: str, case: str) -> None:
    mirror = Mirror(workato, f"postgresql+{driver}://{UNUSABLE[case]()}")
    for use in (mirror.__aenter__, mirror.exists):
        with pytest.raises(WorkatoError) as caught:
            await use()
        assert_hidden(caught.value)
        assert caught.value.__context__ is None
    assert_hidden(ValueError(repr(mirror), repr(vars(mirror._database))))


@pytest.mark.parametrize("driver", DRIVERS)
async def test_a_server_that_rejects_the_user(workato: WorkatoSession, postgres: PostgresServer, driver: str) -> None:
    with pytest.raises(WorkatoError, match="does not exist") as caught:
        async with Mirror(workato, f"postgresql+{driver}://nobody:{SECRET}@127.0.0.1:{postgres.port}/none"):
            pass
    assert_hidden(caught.value)


def test_a_mirror_that_was_not_made_has_a_repr(workato: WorkatoSession) -> None:
    unmade = Mirror.__new__(Mirror)
    assert repr(unmade) == "<Mirror, not usable>"
    with pytest.raises(ConfigurationError):
        unmade.__init__(workato, "none")  # type: ignore[misc]
    assert repr(unmade) == "<Mirror, not usable>"

"""The pytest plugin, in runs of their own."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TESTS = """
import pytest

@pytest.mark.asyncio
async def test_fake(fake_workato):
    assert (len(fake_workato.state.recipes), fake_workato.requests) == (25, [])

@pytest.mark.asyncio
async def test_session(fake_workato, workato_session):
    recipe = await workato_session.recipes.get(10001)
    assert recipe.id == 10001
    assert fake_workato.sent("recipes.get") == 1
"""


MODULE = "workato_async_pytest"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with the plugin as a wheel has it: a top-level module, and the entry point that names it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert project["project"]["entry-points"]["pytest11"] == {"workato_async": MODULE}
    included = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    [source] = [ROOT / source for source, target in included.items() if target == f"{MODULE}.py"]
    if not source.exists():  # these tests run against an installed wheel
        installed = importlib.util.find_spec(MODULE)
        assert installed is not None
        source = Path(str(installed.origin))
    directory = tmp_path / "site"
    metadata = directory / "workato_async-0.dist-info"
    metadata.mkdir(parents=True)
    shutil.copy(source, directory / f"{MODULE}.py")
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: workato-async\nVersion: 0\n")
    (metadata / "entry_points.txt").write_text(f"[pytest11]\nworkato_async = {MODULE}\n")
    return directory


def run(arguments: list[str], directory: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=directory,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


SETTINGS = "[pytest]\nasyncio_default_fixture_loop_scope = function\n"  # or pytest-asyncio warns


def run_tests(
    directory: Path,
    site: Path,
    tests: str,
    *options: str,
    settings: str = SETTINGS,
    plugins: str = "pytest_asyncio.plugin",
) -> subprocess.CompletedProcess[str]:
    """Run tests with the plugin, and no others but those named."""
    (directory / "test_it.py").write_text(tests)
    (directory / "pytest.ini").write_text(settings)
    names = [*plugins.split(), MODULE, "no:cacheprovider"]
    arguments = ["-m", "pytest", *(part for name in names for part in ("-p", name)), "-W", "error", "--strict-markers"]
    path = os.pathsep.join([str(site), str(ROOT)])
    return run([*arguments, *options, "test_it.py"], directory, PYTHONPATH=path, PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")


def passed(done: subprocess.CompletedProcess[str], count: int) -> None:
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{count} passed" in done.stdout


@pytest.mark.parametrize("mode", ["strict", "auto"])
def test_the_fixtures_work_in_both_modes(tmp_path: Path, site: Path, mode: str) -> None:
    passed(run_tests(tmp_path, site, TESTS, f"--asyncio-mode={mode}"), 2)


@pytest.mark.parametrize(
    ("tests", "fixtures"),
    [(s, "function") for s in ("class", "module", "package", "session")] + [("function", "session")],
)
def test_the_fixtures_work_with_every_loop_scope(tmp_path: Path, site: Path, tests: str, fixtures: str) -> None:
    scopes = f"asyncio_default_test_loop_scope = {tests}\nasyncio_default_fixture_loop_scope = {fixtures}\n"
    passed(run_tests(tmp_path, site, TESTS, settings=f"[pytest]\n{scopes}"), 2)


def test_the_fixtures_follow_the_loop_scope_of_a_marker(tmp_path: Path, site: Path) -> None:
    scopes = ["class", "module", "session"]
    tests = "".join(
        TESTS.replace("mark.asyncio", f'mark.asyncio(loop_scope="{scope}")').replace("def test", f"def test_{scope}")
        for scope in scopes
    )
    passed(run_tests(tmp_path, site, TESTS + tests), 8)


@pytest.mark.parametrize("plugins", ["anyio.pytest_plugin", "pytest_asyncio.plugin anyio.pytest_plugin"])
def test_the_fixtures_work_with_anyio(tmp_path: Path, site: Path, plugins: str) -> None:
    backend = "\n@pytest.fixture\ndef anyio_backend():\n    return 'asyncio'\n"
    tests = TESTS.replace("mark.asyncio", "mark.anyio") + backend
    settings = SETTINGS if "asyncio" in plugins else "[pytest]\n"
    passed(run_tests(tmp_path, site, tests, settings=settings, plugins=plugins), 2)


def test_time_is_compressed_on_both_sides(tmp_path: Path, site: Path) -> None:
    tests = """
import asyncio
import pytest
from workato_async.testing.faults import Refuse429, Status

@pytest.mark.asyncio
async def test_more_than_a_quota(fake_workato, workato_session):
    for _ in range(61):
        await workato_session.recipes.get(10001)
    assert fake_workato.refused == 0
    begun, ended = fake_workato.requests[0].arrived_at, fake_workato.requests[-1].arrived_at
    assert 0.5 < ended - begun < 20  # not a minute

@pytest.mark.asyncio
async def test_faults(fake_workato, workato_session):
    fake_workato.fail("recipes.get", Status(503), times=4)
    await workato_session.recipes.get(10001)
    begun, ended = fake_workato.requests[0].arrived_at, fake_workato.requests[-1].arrived_at
    assert ended - begun < 0.5  # not up to 7.5 s

@pytest.mark.asyncio
@pytest.mark.workato(time_scale=1)
async def test_real_time(fake_workato, workato_session):
    await workato_session.recipes.get(10001)
    assert "time_scale" not in repr(workato_session.limiter)
    with pytest.raises(asyncio.TimeoutError):
        async with asyncio.timeout(0.1):
            fake_workato.fail("recipes.get", Status(503), times=100)
            while True:
                await workato_session.recipes.get(10001)
"""
    passed(run_tests(tmp_path, site, tests), 3)


def test_marker_option_and_factories(tmp_path: Path, site: Path) -> None:
    tests = """
import urllib.request
import pytest
from workato_async import AuthenticationError

pytestmark = pytest.mark.workato(recipes=7, jobs=0)

def test_an_option_and_a_marker(fake_workato):
    assert (len(fake_workato.state.recipes), fake_workato.time_scale) == (7, 0.05)

@pytest.mark.workato(recipes=8, time_scale=0.5, seed=3, token="mine")
def test_a_closer_marker(fake_workato):
    assert (len(fake_workato.state.recipes), len(fake_workato.state.jobs)) == (8, 0)
    assert (fake_workato.time_scale, fake_workato.state.seed) == (0.5, 3)

def test_synchronous_code(fake_workato):
    request = urllib.request.Request(fake_workato.url + "/api/recipes/10001", headers={"Authorization": "Bearer t"})
    with urllib.request.urlopen(request) as response:
        assert response.status == 200
    assert fake_workato.sent("recipes.get") == 1

@pytest.mark.asyncio
async def test_two_workspaces_and_two_tokens(make_fake_workato, make_workato_session):
    dev, prod = make_fake_workato(), make_fake_workato(recipes=2, token="of-prod")
    async with (
        make_workato_session(dev) as one, make_workato_session(dev, "other") as other,
        make_workato_session(prod, "of-prod") as three, make_workato_session(prod) as wrong,
    ):
        assert one.limiter is other.limiter
        assert len(await one.recipes.list().collect()) == len(await other.recipes.list().collect()) == 7
        assert len(await three.recipes.list().collect()) == 2
        with pytest.raises(AuthenticationError):
            await wrong.recipes.list().collect()
    assert (len(dev.requests), len(prod.requests)) == (4, 3)

@pytest.mark.asyncio
async def test_options_of_a_session(fake_workato, make_workato_session):
    seen = []
    async with make_workato_session(on_event=seen.append, timeout=7) as workato:
        await workato.recipes.get(10001)
    assert seen and fake_workato.sent("recipes.get") == 1
"""
    done = run_tests(tmp_path, site, tests, settings=SETTINGS + "workato_time_scale = 0.05\n")
    passed(done, 5)


VIRTUAL = """
import asyncio
import pytest
from tests.support.virtual_time import VirtualTimeLoop

def pytest_asyncio_loop_factories(config, item):
    return {"virtual": VirtualTimeLoop}
"""


@pytest.mark.parametrize("scope", ["function", "session"])
def test_with_virtual_time_the_fake_serves_on_the_loop_of_the_test(tmp_path: Path, site: Path, scope: str) -> None:
    (tmp_path / "conftest.py").write_text(VIRTUAL)
    tests = (
        TESTS
        + """
import threading
from workato_async.testing.faults import Slow

@pytest.mark.asyncio
@pytest.mark.workato(time_scale=1)
async def test_a_minute(fake_workato, workato_session):
    fake_workato.fail("recipes.get", Slow(40))
    for _ in range(61):
        await workato_session.recipes.get(10001)
    assert 100 <= fake_workato.requests[-1].arrived_at - fake_workato.requests[0].arrived_at < 102
    assert "FakeWorkato" not in [thread.name for thread in threading.enumerate()]

@pytest.mark.asyncio
async def test_a_factory(make_fake_workato):
    with pytest.raises(pytest.UsageError, match="virtual time, use `async with FakeWorkato"):
        make_fake_workato()

def test_without_a_loop(fake_workato):
    assert "FakeWorkato" in [thread.name for thread in threading.enumerate()]
"""
    )
    passed(run_tests(tmp_path, site, tests, "-o", f"asyncio_default_test_loop_scope={scope}"), 5)


def test_a_session_without_a_loop_is_a_mistake(tmp_path: Path, site: Path) -> None:
    done = run_tests(tmp_path, site, "def test_it(workato_session): pass\n")
    assert "workato_session is for coroutine tests" in done.stdout
    assert "1 error" in done.stdout


def test_without_pytest_asyncio_it_is_named(tmp_path: Path, site: Path) -> None:
    settings = "[pytest]\nmarkers = asyncio\n"
    done = run_tests(
        tmp_path, site, TESTS.replace("async def test_fake", "def test_fake"), plugins="", settings=settings
    )
    assert "coroutine tests that pytest-asyncio or anyio runs: install pytest-asyncio" in done.stdout
    assert "1 passed, 1 error" in done.stdout


def test_a_marker_without_names_is_a_mistake(tmp_path: Path, site: Path) -> None:
    tests = "import pytest\n@pytest.mark.workato(7)\ndef test_it(fake_workato): pass\n"
    done = run_tests(tmp_path, site, tests)
    assert "the marker workato takes keyword arguments, for example recipes=100" in done.stdout
    assert "1 error" in done.stdout


def test_a_fake_on_a_loop_that_stands_still_is_named_at_once(tmp_path: Path, site: Path) -> None:
    tests = """
import pytest, pytest_asyncio
from workato_async import WorkatoSession
from workato_async.testing import FakeWorkato

@pytest_asyncio.fixture
async def own_fake():
    async with FakeWorkato() as fake:
        yield fake

@pytest.mark.asyncio
async def test_it(own_fake):
    repr(own_fake)
    async with WorkatoSession("t", base_url=own_fake.url) as workato:
        await workato.recipes.get(10001)
"""
    passed(run_tests(tmp_path, site, tests), 1)
    done = run_tests(tmp_path, site, tests, "-o", "asyncio_default_test_loop_scope=session")
    assert "1 failed" in done.stdout
    assert "asyncio_default_test_loop_scope and asyncio_default_fixture_loop_scope" in done.stdout


COLLECT = """
import sys, pytest
status = pytest.main(["--collect-only", "-q", "-p", "no:cacheprovider"])
print("loaded:", *sorted(name for name in sys.modules if name.partition(".")[0] in {
    "aiohttp", "workato_async", "workato_async_pytest"}))
raise SystemExit(status)
"""


def test_other_peoples_runs_import_neither_the_package_nor_aiohttp(
    tmp_path: Path, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unrelated = tmp_path / "unrelated"
    unrelated.mkdir()
    (unrelated / "test_it.py").write_text("def test_nothing(): pass\n")
    (unrelated / "pytest.ini").write_text("[pytest]\n")  # wherever the folder is, it is its own project
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", raising=False)
    # Before the interpreter's own packages, so that this entry point counts.
    done = run(["-c", COLLECT], unrelated, PYTHONPATH=str(site))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 test collected" in done.stdout
    assert done.stdout.splitlines()[-1] == f"loaded: {MODULE}"

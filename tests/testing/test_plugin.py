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


@pytest.mark.parametrize("mode", ["strict", "auto"])
def test_the_fixtures_work_in_both_modes(tmp_path: Path, site: Path, mode: str) -> None:
    (tmp_path / "test_it.py").write_text(TESTS)
    plugins = ["-p", "pytest_asyncio.plugin", "-p", MODULE, "-p", "no:cacheprovider"]
    scope = "asyncio_default_fixture_loop_scope=function"  # or pytest-asyncio warns
    options = [*plugins, "-W", "error", f"--asyncio-mode={mode}", "-o", scope]
    path = os.pathsep.join([str(site), str(ROOT)])
    done = run(["-m", "pytest", *options, "test_it.py"], tmp_path, PYTHONPATH=path, PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout


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

"""The pytest plugin, in runs of their own."""

from __future__ import annotations

import os
import subprocess
import sys
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


def run(arguments: list[str], directory: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=directory, env=environment, capture_output=True, text=True, timeout=120
    )


@pytest.mark.parametrize("mode", ["strict", "auto"])
def test_the_fixtures_work_in_both_modes(tmp_path: Path, mode: str) -> None:
    (tmp_path / "test_it.py").write_text(TESTS)
    plugins = ["-p", "pytest_asyncio.plugin", "-p", "workato_async.testing.plugin", "-p", "no:cacheprovider"]
    scope = "asyncio_default_fixture_loop_scope=function"  # or pytest-asyncio warns
    options = [*plugins, "-W", "error", f"--asyncio-mode={mode}", "-o", scope]
    done = run(["-m", "pytest", *options, "test_it.py"], tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout


def test_loading_the_plugin_imports_nothing_heavy(tmp_path: Path) -> None:
    script = (
        "import sys, workato_async; before = {*sys.modules}; import workato_async.testing.plugin; "
        "print(*[name for name in {*sys.modules} - before if name.startswith(('aiohttp', 'workato_async'))])"
    )
    done = run(["-c", script], tmp_path)
    assert {*done.stdout.split()} == {"workato_async.testing", "workato_async.testing.plugin"}, done.stderr

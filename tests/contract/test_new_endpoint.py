"""Adding an endpoint touches three files, which the scaffold writes; the fake then returns a placeholder.

The ids are ones that no contributor will ever add: an endpoint that is really added must not break these tests.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.new_endpoint import New

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(
    not (ROOT / "workato_async").is_dir(), reason="edits the sources, which are not beside the tests of a wheel"
)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The package and the tests of its table of endpoints."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "workato_async", tmp_path / "workato_async", ignore=ignored)
    for name in ("contract", "facts", "support", "resources", "samples"):
        shutil.copytree(ROOT / "tests" / name, tmp_path / "tests" / name, ignore=ignored)
    for name in ("pyproject.toml", "tests/__init__.py", "tests/conftest.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def contents(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and not {"__pycache__", ".hypothesis", ".ruff_cache"} & {*path.parts}
    }


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, "-m", *arguments], cwd=root, env=environment, capture_output=True, text=True, timeout=300
    )


@pytest.mark.parametrize(
    ("arguments", "files"),
    [
        (
            ("skills.frobnicate", "POST", "/api/agentic/skills/{id}/frobnicate"),
            {"workato_async/resources/skills.py", "tests/contract/calls/skills.py"},
        ),
        (
            ("recipes.versions.frobnicate", "get", "/api/recipes/{recipe_id}/versions/{id}/frobnicate"),
            {"workato_async/resources/recipes/versions.py", "tests/contract/calls/recipes_and_jobs.py"},
        ),
    ],
)
def test_three_files_make_an_endpoint(copy: Path, arguments: tuple[str, ...], files: set[str]) -> None:
    before = contents(copy)
    done = run(copy, "tests.support.new_endpoint", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    after = contents(copy)
    changed = {path for path in after if before.get(path) != after[path]}
    assert changed == {*files, "tests/facts/endpoints.json"} == {*done.stdout.split()}
    checks = ["tests/contract/test_calls.py", "tests/resources/test_facts.py", "tests/resources/test_requests.py"]
    tested = run(copy, "pytest", *checks, "-p", "no:cacheprovider", "-k", arguments[0].rpartition(".")[2])
    assert tested.returncode == 0, tested.stdout + tested.stderr
    complete = run(copy, "pytest", "tests/contract/test_completeness.py", "-p", "no:cacheprovider")
    assert arguments[0] not in complete.stdout, "it is named if a part is missing"
    linted = run(copy, "ruff", "check", "--no-cache", *files)
    assert linted.returncode == 0, linted.stdout
    linted = run(copy, "ruff", "format", "--check", "--no-cache", *files)
    assert linted.returncode == 0, linted.stderr
    again = run(copy, "tests.support.new_endpoint", *arguments)
    assert (again.returncode, contents(copy)) == (1, after)
    assert "already exists" in again.stderr


def test_a_new_family_has_its_own_modules(copy: Path) -> None:
    done = run(copy, "tests.support.new_endpoint", "frobnicators.get", "GET", "/api/frobnicators/{id}")
    assert done.returncode == 0, done.stdout + done.stderr
    for path in ("workato_async/resources/frobnicators.py", "tests/contract/calls/frobnicators.py"):
        assert (copy / path).exists()
        assert path in done.stdout
    [annotation] = [line for line in done.stdout.splitlines() if line.startswith("    frobnicators: ")]
    api = copy / "workato_async/api.py"
    api.write_text(api.read_text().replace("    def __init__", f"{annotation}\n\n    def __init__", 1))
    checks = ["tests/contract/test_calls.py", "tests/resources/test_requests.py", "-k", "frobnicators"]
    tested = run(copy, "pytest", *checks, "-p", "no:cacheprovider")
    assert tested.returncode == 0, tested.stdout + tested.stderr


@pytest.mark.parametrize("length", [40, 53, 54, 55, 72, 73, 74, 120])
def test_a_long_declaration_is_wrapped_as_ruff_does_it(length: int) -> None:
    new = New("skills.frobnicate", "POST", "/api/".ljust(length, "x"))
    code = new.declaration("FROBNICATE")
    formatter = [sys.executable, "-m", "ruff", "format", "--no-cache", "--config", str(ROOT / "pyproject.toml"), "-"]
    assert subprocess.run(formatter, input=code, capture_output=True, text=True, check=True).stdout == code


@pytest.mark.parametrize(
    "arguments",
    [
        ("archive", "POST", "/api/archive"),
        ("skills.import", "POST", "/api/import"),
        ("skills.frobnicate", "SEND", "/api/frobnicate"),
        ("skills.frobnicate", "POST", "frobnicate"),
        ("skills.frobnicate", "GET", "/api/agentic/skills"),
    ],
)
def test_what_cannot_be_added_is_said(arguments: tuple[str, str, str]) -> None:
    assert New(*arguments).problem()

"""What an installation brings: each extra its libraries, and without it an error that names it."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PYPROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))
EXTRAS = PYPROJECT["project"]["optional-dependencies"]


@pytest.mark.parametrize(
    ("module", "needs", "extra"),
    [
        ("workato_async.limits.redis", "redis", "redis"),
        ("workato_async.engines.dask", "distributed", "dask"),
        ("workato_async.mirror", "sqlalchemy", "mirror"),
        ("workato_async.otel", "opentelemetry", "otel"),
        ("workato_async.testing.mocking", "aioresponses", "test"),
    ],
)
def test_the_missing_extra_is_named(module: str, needs: str, extra: str) -> None:
    program = f"""
import sys
sys.modules[{needs!r}] = None
import workato_async
try:
    import {module}
except ModuleNotFoundError as error:
    print(error)
"""
    out = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert f"pip install 'workato-async[{extra}]'" in out


def test_all_is_every_extra_that_adds_to_the_package() -> None:
    (everything,) = EXTRAS["all"]
    named = set(everything.removeprefix("workato-async[").removesuffix("]").split(","))
    assert named == set(EXTRAS) - {"all", "test"}


def test_users_do_not_get_developers_tools() -> None:
    names = {re.split(r"[^\w-]", line)[0] for extra in EXTRAS.values() for line in extra}
    groups = PYPROJECT["dependency-groups"]
    tools = {re.split(r"[^\w-]", line)[0] for name in ("lint", "types", "mutation") for line in groups[name]}
    assert not names & tools


def test_every_floor_of_a_dependency_can_be_pinned() -> None:
    """``nox -s lowest`` turns each ``name>=version`` into ``name==version``."""
    for line in (*PYPROJECT["project"]["dependencies"], *(line for extra in EXTRAS.values() for line in extra)):
        assert re.fullmatch(r"[\w-]+(\[[\w,]+\])?>=[\d.]+|workato-async\[[\w,]+\]", line), line

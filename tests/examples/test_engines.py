"""The examples for engines work with their engines, wherever those are installed.

Each runs in a pytest of its own: Airflow, for one, replaces the handlers of the root logger and writes into its home.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples" / "engines"
CHECKS = Path(__file__).parent / "engines"
NEEDED = {"airflow": ("airflow.sdk", "airflow.triggers"), "dagster": ("dagster",), "temporal": ("temporalio",)}
HANGS = 60.0
"""Seconds after which a run that hangs is killed."""


def installed(*modules: str) -> bool:
    return all(find_spec(module.partition(".")[0]) and find_spec(module) for module in modules)


def test_every_example_is_checked() -> None:
    named = {path.stem.removesuffix("_workato") for path in EXAMPLES.glob("*_workato.py")}
    assert named == set(NEEDED) == {path.stem.removesuffix("_checks") for path in CHECKS.glob("*_checks.py")}


@pytest.mark.parametrize("engine", NEEDED)
def test_engine(engine: str, tmp_path: Path) -> None:
    if not installed(*NEEDED[engine]):
        pytest.skip(f"needs {engine}: nox -s engines")
    isolated = {
        "HOME": str(tmp_path),
        "XDG_STATE_HOME": str(tmp_path),
        "AIRFLOW_HOME": str(tmp_path / "airflow"),
        "DAGSTER_HOME": "",
        "PYTHONPATH": os.pathsep.join((str(ROOT), str(EXAMPLES))),
    }
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", str(CHECKS / f"{engine}_checks.py")],
        cwd=ROOT,
        env={**os.environ, **isolated},
        capture_output=True,
        text=True,
        check=False,
        timeout=HANGS,
    )
    assert done.returncode == 0, done.stdout + done.stderr

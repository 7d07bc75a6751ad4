"""The tests that the documentation shows pass, in pytest of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.support.documents import PAGES, blocks

SHOWN = {page: list(blocks(page)) for page in PAGES if any(one.title.startswith("test_") for one in blocks(page))}


def test_the_tests_that_are_shown(tmp_path: Path) -> None:
    shown = 0
    for page, every in SHOWN.items():
        folder = tmp_path / page.stem.replace("-", "_")
        folder.mkdir()
        for block in every:
            if block.title.endswith(".py"):
                shown += block.code.count("def test_")
                (folder / block.title).write_text(block.code, "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=importlib", "-W", "error"]
    paths = os.pathsep.join(str(one) for one in tmp_path.iterdir())
    run = subprocess.run(
        [*command, "-o", "asyncio_default_fixture_loop_scope=function", str(tmp_path)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path, paths])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert shown
    assert f"{shown} passed" in run.stdout

"""The README is correct: its tables match the code, and its programs run."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.facts import FACTS
from tests.support.readme_tables import README, rendered
from workato_async import EMBEDDED_ENDPOINTS
from workato_async.testing import FakeWorkato

TEXT = README.read_text()
CODE = re.findall(r"```python\n(.*?)```", TEXT, flags=re.DOTALL)
PROGRAMS = [code for code in CODE if "asyncio.run(" in code]  # the tests among it: tests/testing/test_plugin.py
BLOCKING = [code for code in CODE if "workato_async.blocking" in code]


def test_the_tables_are_those_of_the_endpoint_table() -> None:
    assert rendered(TEXT) == TEXT, "run `python -m tests.support.readme_tables`"
    assert "| `jobs.repeat` | `POST /api/recipes/{recipe_id}/repeat_jobs` | 1 a second |" in TEXT


def test_the_figures_of_the_text() -> None:
    for confidence in ("documented", "partly", "inferred"):
        count = sum(fact["confidence"] == confidence for fact in FACTS.values())
        assert re.search(rf"`{confidence}`[^0-9]*\({count}\)", TEXT), (confidence, count)
    assert f"lists the {len(EMBEDDED_ENDPOINTS)} endpoints" in TEXT


def test_there_is_code_to_run() -> None:
    assert len(PROGRAMS) >= 4
    assert BLOCKING


@pytest.mark.parametrize("program", PROGRAMS, ids=range(len(PROGRAMS)))
async def test_the_code_runs(
    program: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Each program runs unchanged, against a fake instead of Workato, inside the test's loop."""
    async with FakeWorkato(recipes=12, jobs=60, seed=1) as fake:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("WORKATO_API_TOKEN", "token")
        monkeypatch.setenv("WORKATO_HOST", fake.url)
        monkeypatch.setitem(sys.modules, "pandas", SimpleNamespace(DataFrame=list))  # too large to install for a line
        assert program.count("asyncio.run(main())") == 1
        code = program.replace("asyncio.run(main())", "await main()")
        scope: dict[str, object] = {}
        running = eval(compile(code, "README.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT), scope)
        assert inspect.iscoroutine(running)
        await running
        assert fake.refused == 0
        assert fake.requests or "workato_async.testing" in program
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("program", BLOCKING, ids=range(len(BLOCKING)))
def test_the_code_without_await_runs(
    program: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with FakeWorkato(recipes=12, jobs=60, seed=1) as fake:
        monkeypatch.setenv("WORKATO_API_TOKEN", "token")
        monkeypatch.setenv("WORKATO_HOST", fake.url)
        exec(compile(program, "README.md", "exec"), {})
        assert fake.refused == 0
        assert len(fake.requests) > 12
    assert capsys.readouterr().out.count("\n") > 12

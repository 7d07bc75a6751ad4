"""The code of the documentation runs as it stands, against a fake Workato, and prints what the page says.

What the languages of the blocks mean: CONTRIBUTING.md, "Change the documentation".
"""

from __future__ import annotations

import ast
import asyncio
import inspect
import json
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Coroutine, Iterator
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest

from tests.support.documents import PAGES, Block, blocks, matches, name, prose
from workato_async import WorkatoSession
from workato_async.blocking import Workato
from workato_async.testing import FakeWorkato

AWAITS = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
PYTHON = [page for page in PAGES if any(not block.quotes for block in blocks(page, "python", "py"))]
LANGUAGES = {"python", "py", "text", "sh", "console", "toml", "yaml", "json", "csv", "sql", "ini"}
ENDLESS = re.compile(r"\.(?:follow|watch)\(")
MISSING = [module for module in ("duckdb", "pandas", "polars") if find_spec(module) is None]
"""Modules too large to be installed for a line: the code runs without them, and its output is not compared."""
each = pytest.mark.parametrize("page", PYTHON, ids=name)


def test_every_language_is_one_that_something_checks() -> None:
    used = {(name(page), block.line, block.language) for page in PAGES for block in blocks(page)}
    assert [one for one in used if one[2] not in LANGUAGES] == []


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Run in an empty folder, with a token."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("WORKATO_API_TOKEN", "token")
    for module in MISSING:
        stub = MagicMock()
        stub.DataFrame = lambda rows: MagicMock(rows=list(rows))
        monkeypatch.setitem(sys.modules, module, stub)
    return tmp_path


def programs(page: Path, *, awaits: bool) -> Iterator[tuple[Block, str | None]]:
    """Return the code of a page that awaits something, or the other, and the output that follows it."""
    every = [block for block in blocks(page) if not block.title.startswith("test_")]  # those: test_tests.py
    for block, following in zip(every, [*every[1:], None], strict=True):
        if block.language in ("python", "py") and not block.quotes and needs_loop(block.whole) == awaits:
            shown = following.code if following and following.language == "text" and following.follows else None
            yield block, None if any(f"import {one}" in block.code for one in MISSING) else shown


def write_files(page: Path, place: Path) -> None:
    """Write the files that the page shows by name."""
    for block in blocks(page):
        if block.title and not block.quotes:
            (place / block.title).parent.mkdir(parents=True, exist_ok=True)
            (place / block.title).write_text(block.code, "utf-8")


def parsed(code: str, page: Path, line: int, functions: set[str]) -> Any:
    """Compile code whose functions note that they are called; they are added to ``functions``."""
    tree = ast.parse("\n" * (line - 1) + code)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            functions.add(called := f"{node.name}, line {node.lineno}")
            [note] = ast.parse(f"_called.add({called!r})").body
            node.body.insert(bool(ast.get_docstring(node)), ast.copy_location(note, node))
    return compile(ast.fix_missing_locations(tree), str(page), "exec", flags=AWAITS)


def needs_loop(code: str) -> bool:
    """Whether code awaits something, itself or in a program that it runs with asyncio."""
    try:
        compile(code, "", "exec")
    except SyntaxError:
        return True
    return "asyncio.run(" in code


async def succeeds(program: Coroutine[Any, Any, object], code: str) -> None:
    """Run a program, which may end with exit status 0; one that never ends gets Ctrl-C after an hour."""
    try:
        async with asyncio.timeout(3600):
            await program
    except SystemExit as end:
        assert not end.code  # noqa: PT017
    except TimeoutError:
        assert ENDLESS.search(code), "it did not end"


class Stage:
    """Where the code of one page runs, block after block: programs alone, fragments with the names of those before."""

    def __init__(self, page: Path, now: datetime, fake: FakeWorkato, workato: WorkatoSession | Workato) -> None:
        self.page, self.now = page, now
        self.names: dict[str, Any] = {"__name__": "fragments", "workato": workato, "fake": fake}
        self.scope: dict[str, Any] = {}
        self.fake, self.seen = fake, 0
        self.text = " ".join(prose(page).split())
        self.functions: set[str] = set()
        self.called: set[str] = set()

    def start(self, code: str, block: Block) -> Any:
        """Run code; the result is awaited if it is a coroutine."""
        if block.language != "python":
            self.scope = self.names
        elif code != block.check:
            self.scope = {"__name__": "__main__"}
        self.scope["_called"] = self.called
        if code == block.check:
            requests = Counter(request.endpoint for request in self.fake.requests[self.seen :])
            self.scope |= {"requests": requests, "text": self.text}
        else:
            self.seen = len(self.fake.requests)
        code = code.replace("datetime.now(UTC)", f"datetime.fromisoformat('{self.now.isoformat()}')")
        return eval(parsed(code, self.page, block.line, self.functions), self.scope)


@each
async def test_code_with_await(
    page: Path,
    place: Path,
    now: datetime,
    fake: FakeWorkato,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_files(page, place)
    async with fake:
        monkeypatch.setenv("WORKATO_HOST", fake.url)
        async with WorkatoSession() as workato:
            stage = Stage(page, now, fake, workato)
            for block, shown in programs(page, awaits=True):
                capsys.readouterr()
                for code in filter(None, (block.setup, block.code, block.check)):
                    running = stage.start(re.sub(r"asyncio\.run\((\w+\([^()]*\))\)", r"(await \1)", code), block)
                    if inspect.iscoroutine(running):
                        await succeeds(running, code)
                printed = capsys.readouterr()
                assert shown is None or matches(shown, printed.out), printed.out
                assert "Traceback" not in printed.err
        assert fake.refused == 0
        assert stage.functions - stage.called == set(), "never called"


@each
def test_code_without_await(
    page: Path,
    place: Path,
    now: datetime,
    fake: FakeWorkato,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_files(page, place)
    with fake:
        monkeypatch.setenv("WORKATO_HOST", fake.url)
        with Workato() as workato:
            stage = Stage(page, now, fake, workato)
            for block, shown in programs(page, awaits=False):
                capsys.readouterr()
                for code in filter(None, (block.setup, block.code, block.check)):
                    stage.start(code, block)
                printed = capsys.readouterr()
                assert shown is None or matches(shown, printed.out), printed.out
            for opened in stage.names.values():
                if isinstance(opened, Workato):
                    opened.close()
        assert fake.refused == 0
        assert stage.functions - stage.called == set(), "never called"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_data(page: Path) -> None:
    """JSON, TOML and YAML can be read."""
    yaml = pytest.importorskip("yaml")
    for block in blocks(page, "json", "toml", "yaml"):
        {"json": json.loads, "toml": tomllib.loads, "yaml": yaml.safe_load}[block.language](block.code)

"""The pages in ``docs`` quote the files that they name as those are now, their own code runs, and their links work."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.quoted_code import PAGES, rendered

page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


@page
def test_quoted_code(page: Path) -> None:
    text = page.read_text("utf-8")
    assert rendered(text) == text, "run `python -m tests.support.quoted_code`"
    assert all(len(code) > 1 for code in re.findall(r"```python\n(.*?)```", text, re.DOTALL))


@page
def test_links(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@page
def test_own_code(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKATO_API_TOKEN", "any")
    for code in re.findall(r"```py\n(.*?)```", page.read_text("utf-8"), re.DOTALL):
        exec(compile(code, page.name, "exec"), {})

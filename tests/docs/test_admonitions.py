"""Warnings are written so that the site shows them as such: ``!!! kind``, and below it an indented text."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.documents import PAGES, name

WRONG = re.compile(r'^!!!(?! [\w-]+(?: "[^"]+")?\n(?:\n)?    \S).*', re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_admonitions(page: Path) -> None:
    assert WRONG.findall(page.read_text("utf-8")) == []


def test_one_in_a_line_is_found() -> None:
    assert WRONG.findall("!!! warning An import overwrites recipes.\n")
    assert not WRONG.findall("!!! warning\n    An import overwrites recipes.\n")

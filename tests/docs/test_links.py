"""Links lead somewhere: to a page and its heading, to a file of the repository, or to another site by https."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from tests.support.documents import PAGES, REPOSITORY, ROOT, name

HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)|<img [^>]*src=\"([^\"]+)\"")


@cache
def anchors(path: Path) -> set[str]:
    """Return the anchors of the headings, as GitHub and MkDocs make them."""
    text = re.sub(r"```.*?^```", "", path.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in HEADING.findall(text))
    return {re.sub(r"\s", "-", heading.strip()) for heading in plain} | set(re.findall(r'id="([^"]+)"', text))


def problem(page: Path, link: str) -> str | None:
    target, _, anchor = link.partition("#")
    for start in (f"{REPOSITORY}/blob/main/", f"{REPOSITORY}/tree/main/"):
        if target.startswith(start):
            return None if (ROOT / target.removeprefix(start)).exists() else f"{link}: no such file in the repository"
    if re.match(r"[a-z]+:", target):
        return None if target.startswith(("https://", "mailto:")) else f"{link}: not https"
    path = (page.parent / target).resolve() if target else page
    if not path.exists():
        return f"{link}: no such file"
    if anchor and path.suffix == ".md" and anchor not in anchors(path) and "::: " not in path.read_text("utf-8"):
        return f"{link}: no such heading"
    return None


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links(page: Path) -> None:
    text = re.sub(r"```.*?^ *```", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    links = [one or other for one, other in LINK.findall(text)]
    assert [found for link in links if (found := problem(page, link))] == []

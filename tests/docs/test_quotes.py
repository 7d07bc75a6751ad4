"""Pages that quote a file, or are made from tables, say what those say now."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import reference_pages
from tests.support.documents import PAGES, name
from tests.support.quoted_code import rendered


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_quoted_code(page: Path) -> None:
    text = page.read_text("utf-8")
    assert rendered(text) == text, "run `python -m tests.support.quoted_code`"


def test_the_pages_of_the_reference() -> None:
    pages = reference_pages.pages()
    assert [path for path, text in pages.items() if path.read_text("utf-8") != text] == [], (
        "run `python -m tests.support.reference_pages`"
    )
    assert {*pages} >= {*(reference_pages.REFERENCE / "resources").glob("*.md")}
    assert (
        "| `jobs.repeat` | `POST /api/recipes/{recipe_id}/repeat_jobs` | 1 a second |"
        in pages[reference_pages.REFERENCE / "endpoints.md"]
    )

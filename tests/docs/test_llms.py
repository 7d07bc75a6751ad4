"""llms.txt, for models that write code: the form of llmstxt.org, every page of the site, names that exist."""

from __future__ import annotations

import re

import workato_async
from tests.support.documents import DOCS, ROOT

TEXT = (DOCS / "llms.txt").read_text("utf-8")
CONFIG = (ROOT / "mkdocs.yml").read_text("utf-8")
SITE = "".join(re.findall(r"^site_url: (.+)$", CONFIG, re.MULTILINE))


def address(page: str) -> str:
    """Return where a page is on the site."""
    return SITE + re.sub(r"(?:^|(?<=/))index\.md$|\.md$", lambda found: "/" if found[0] == ".md" else "", page)


def test_every_page_is_listed_once() -> None:
    nav = re.findall(r"^ +- .*?([\w/-]+\.md)$", CONFIG.partition("\nnav:")[2], re.MULTILINE)
    pages = [address(page) for page in nav if not re.match(r"reference/resources/(?!index)", page)]
    listed = re.findall(r"^- \[[^]]+\]\((\S+)\): \S", TEXT, re.MULTILINE)
    assert sorted(listed) == sorted([*pages, f"{SITE}openapi.json"])


def test_form() -> None:
    title, summary, rules, *_ = TEXT.split("\n\n")
    assert title == "# workato-async"
    assert summary.startswith("> The Python SDK")
    assert rules == "Rules for code that uses it:"
    headings = re.findall(r"^#+ .+$", TEXT, re.MULTILINE)
    assert all(re.match("## ", one) for one in headings[1:])


def test_the_classes_in_the_rules_exist() -> None:
    named = {*re.findall(r"\b(?:[A-Z][a-z]+){2,}\b", TEXT.partition("## Learn")[0])}
    elsewhere = {"MachineStore", "RedisStore", "FakeWorkato", "TypeError"}
    assert "OutcomeUnknownError" in named
    assert [one for one in named - elsewhere if not hasattr(workato_async, one)] == []

"""Links lead somewhere: to a page and its heading, to a file of the repository, or to another site by https."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

import workato_async
from tests.docs.test_names import exists
from tests.support.descriptions import links
from tests.support.documents import DOCS, PAGES, REPOSITORY, ROOT, name, prose
from workato_async import __version__, mirror, otel, reports, testing
from workato_async.engines import dask
from workato_async.limits import machine, redis

HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
REFERENCE = re.compile(r"\]\[([^\]\n]*)\]")
LISTED = [*PAGES, *(ROOT / one for one in ("CHANGELOG.md", "benchmarks/README.md"))]
RELEASED = re.compile(rf"{REPOSITORY}/(?:blob|tree)/(?:main|v{re.escape(__version__)})/")
CONFIG = (ROOT / "mkdocs.yml").read_text("utf-8")
SITE = "".join(re.findall(r"^site_url: (.+)$", CONFIG, re.MULTILINE))


@cache
def anchors(path: Path) -> set[str]:
    """Return the anchors of the headings, as GitHub and MkDocs make them."""
    text = re.sub(r"```.*?^```", "", path.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in HEADING.findall(text))
    return {re.sub(r"\s", "-", heading.strip()) for heading in plain} | set(re.findall(r'id="([^"]+)"', text))


def problem(page: Path, link: str) -> str | None:
    target, _, anchor = link.partition("#")
    if target.startswith(SITE):
        path = DOCS / target.removeprefix(SITE).rstrip("/")
        return None if path.with_suffix(".md").exists() or path.exists() else f"{link}: not on the site"
    if start := RELEASED.match(target):
        page, target = ROOT / "README.md", target[start.end() :]
    if re.match(r"[a-z]+:", target):
        return None if target.startswith(("https://", "mailto:")) else f"{link}: not https"
    path = (page.parent / target).resolve() if target else page
    if not path.exists():
        return f"{link}: no such file"
    if anchor and path.suffix == ".md" and anchor not in anchors(path) and "::: " not in path.read_text("utf-8"):
        return f"{link}: no such heading"
    return None


@pytest.mark.parametrize("page", LISTED, ids=name)
def test_links(page: Path) -> None:
    text = page.read_text("utf-8")
    targets = [target for target, _ in links(text)] + re.findall(r"<([a-z]+:[^>\s]+)>", text)
    assert [found for link in targets if (found := problem(page, link))] == []


@pytest.mark.parametrize("page", LISTED, ids=name)
def test_references(page: Path) -> None:
    """A link ``[text][name]`` has its target in the page, or is a name of the package, which the site knows."""
    text = re.sub(r"(?<!\[)`[^`\n]+`", "", prose(page))
    defined = set(re.findall(r"^\[([^\]]+)\]: ", text, re.MULTILINE))
    for reference in {*REFERENCE.findall(text)} - defined:
        assert DOCS in page.parents, reference
        assert reference.startswith("workato_async"), reference
        assert exists(reference), reference


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_what_the_site_puts_in_exists(page: Path) -> None:
    """Sections of other files, and objects whose docstrings it shows."""
    text = page.read_text("utf-8")
    for file, section in re.findall(r'^--8<-- "([^":]+):?([^"]*)"$', text, re.MULTILINE):
        taken = (ROOT / file).read_text("utf-8")
        assert all(taken.count(f"--8<-- [{edge}:{section}]") == 1 for edge in ("start", "end") if section), section
    if page.parent.name != "resources":  # which are generated
        assert [one for one in re.findall(r"^::: (\S+)$", text, re.MULTILINE) if not exists(one)] == []


def test_the_reference_has_every_public_name() -> None:
    """Itself, or its module."""
    pages = "".join(page.read_text("utf-8") for page in (DOCS / "reference").glob("*.md") if page.stem != "index")
    shown = {*re.findall(r"^::: (\S+)$", pages, re.MULTILINE)}
    missing: set[str] = set()
    others = {machine: ["MachineStore"], otel: ["Telemetry"], dask: ["fan_out_on"]}
    for module in (workato_async, mirror, redis, reports, testing, *others):
        for one in others.get(module) or module.__all__:
            home = getattr(getattr(module, one), "__module__", module.__name__)
            known = {home, f"{home}.{one}", f"{module.__name__}.{one}", module.__name__}
            if not known & shown and f"`{one}`" not in pages:
                missing.add(one)
    assert missing == {"__version__", *("AiohttpResponse", "Delay", "Window")}  # types that signatures have


def test_the_cookbook_lists_its_pages_once() -> None:
    folder = DOCS / "cookbook"
    table = re.findall(r"^\| .* \| \[.*\]\(([\w-]+\.md)\) \|", (folder / "index.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(table) == sorted({page.name for page in folder.glob("*.md")} - {"index.md"})


def test_the_navigation_has_every_page_once() -> None:
    pages = re.findall(r"^ +- (?:.*: )?([\w/-]+\.md)$", CONFIG.partition("\nnav:")[2], re.MULTILINE)
    assert sorted(pages) == sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))

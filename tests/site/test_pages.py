"""Every page of the site, in a browser."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.site.conftest import NO_SEARCH, Site
from tests.support.chromium import Tab

PHONE = 390
LOOK = """({
    over: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    broken: [...document.images].filter((one) => !one.naturalWidth).map((one) => one.src),
    links: [...document.querySelectorAll(".md-content a[href], .md-nav a[href], .md-footer a[href]")]
        .map((one) => one.href),
    ids: [...document.querySelectorAll("[id]")].map((one) => one.id),
    tags: [...document.querySelectorAll(".md-content *")]
        .filter((one) => one instanceof HTMLUnknownElement).map((one) => one.localName),
    headings: document.querySelectorAll(".md-content h1").length,
    roles: [...document.querySelectorAll(".md-content :is(p, li, td, dd)")]
        .flatMap((one) => one.textContent.match(/:(?:class|meth|func|attr|mod|data|exc|ref):/g) || []),
})"""


def test_files_for_programs(built: Path) -> None:
    assert {path.name for path in built.iterdir()} > {
        "llms.txt",
        "openapi.json",
        "objects.inv",
        "sitemap.xml",
        "404.html",
    }


def test_titles_and_descriptions(built: Path) -> None:
    """Each page has its own, and the page for addresses that do not exist leads on."""
    texts = [path.read_text("utf-8") for path in built.rglob("index.html")]
    for pattern in (r"<title>(.*?)</title>", r'<meta name="description" content="(.*?)"'):
        found = [re.findall(pattern, text, re.DOTALL) for text in texts]
        assert all(len(one) == 1 and one[0].strip() for one in found)
        assert [one for one, times in Counter(one[0] for one in found).items() if times > 1] == []
    assert "Search for it" in (built / "404.html").read_text("utf-8")


def test_the_reference_has_no_internals(built: Path) -> None:
    shown = (built / "reference" / "errors" / "index.html").read_text("utf-8")
    assert "workato_async.errors.WorkatoError.path" in shown
    assert not re.search(r"errors\.WorkatoError\.concern|errors\.error_class", shown)
    assert "set_documented_quotas" not in (built / "reference" / "limits" / "index.html").read_text("utf-8")


def test_signatures(built: Path) -> None:
    """Defaults are values, and the arguments of a function that is passed are called so."""
    for page, words in (("session", "timeout : float = 45.0 ,"), ("blocking", "* args : _P . args ,")):
        html = (built / "reference" / page / "index.html").read_text("utf-8")
        assert words in " ".join(re.sub("<.*?>", " ", html).split())


def test_lines_of_code(built: Path) -> None:
    """Options stay whole, messages wrap, tables in output do not, and a section of two lines is one value."""
    promote = (built / "cookbook" / "promote" / "index.html").read_text("utf-8")
    assert '<code><span class="option">--dry-run</span></code>' in promote
    assert '<span class="option">' not in "".join(re.findall("<pre.*?</pre>", promote, re.DOTALL))
    mirror = (built / "cookbook" / "mirror-to-postgresql" / "index.html").read_text("utf-8")
    assert 'class="language-text aligned highlight"' in mirror
    assert "aligned" not in (built / "troubleshooting" / "index.html").read_text("utf-8")
    reference = (built / "reference" / "mirror" / "index.html").read_text("utf-8")
    assert re.search(r"a privilege is\s+missing, the server\s+cannot be reached", reference)


def test_every_page(site: Site) -> None:
    """It renders on a phone without errors, asks for nothing elsewhere, and its links and images work."""
    found: dict[str, dict[str, Any]] = {}
    problems: list[str] = []

    async def every() -> None:
        pages = iter(site.pages())
        async with asyncio.TaskGroup() as group:
            for tab in site.tabs:
                group.create_task(look(tab, pages))

    async def look(tab: Tab, pages: Iterator[str]) -> None:
        await tab.resize(PHONE)
        await tab.send_headers(NO_SEARCH)
        for page in pages:
            tab.requested.clear()
            tab.complaints.clear()
            await tab.go(site.url if page == "." else f"{site.url}{page}/")
            seen = found[page] = await tab.evaluate(LOOK)
            elsewhere = [url for url in tab.requested if not url.startswith((site.url, "data:"))]
            wanted = {"over": 0, "broken": [], "tags": [], "headings": 1, "roles": []}
            problems.extend(f"{page}: {name} {seen[name]}" for name, value in wanted.items() if seen[name] != value)
            problems.extend(f"{page}: {what}" for what in (tab.complaints, elsewhere) if what)
        await tab.send_headers({})

    site.run(every())
    assert "\n".join([*problems, *sorted(broken_links(site, found))]) == ""


def broken_links(site: Site, found: dict[str, dict[str, Any]]) -> Iterator[str]:
    """Return the links of the pages that lead to no page, heading or file of the site."""
    ids = {page: {*seen["ids"]} for page, seen in found.items()}
    for page, seen in found.items():
        for link in {*seen["links"]}:
            target, _, anchor = link.removeprefix(site.url).partition("#")
            aim = re.sub(r"/$", "", target) or "."
            works = (not anchor or anchor in ids[aim]) if aim in ids else (site.folder / target).is_file()
            if link.startswith(site.url) and not works:
                yield f"{page}: {link}"

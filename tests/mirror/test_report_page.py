"""The page, and how it looks in Chromium."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.busy_workspace import EVIL, busy
from tests.support.chromium import Tab, find_chromium, open_tab
from tests.support.mirror_contents import mirror_of
from tests.support.mirrored import mirrored
from workato_async import ConfigurationError
from workato_async.testing import FakeWorkato
from workato_async.testing.faults import Status

REAL_TIME = True


@pytest.fixture(autouse=True)
def charts(request: pytest.FixtureRequest) -> None:
    """Skip without the extra, except where it must be missing."""
    if "missing" not in request.node.name:
        pytest.importorskip("vl_convert", reason="needs the extra report")


async def page_of(url: str, path: Path, **rows: Any) -> str:
    async with mirrored(url, **rows) as mirror:
        await mirror.write_report(path)
    return path.read_text("utf-8")


def texts(page: str) -> str:
    """Return the page without its tags and entities resolved; enough for our own pages."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", re.sub(r"(?s)<style>.*?</style>", "", page)))


async def test_page(url: str, tmp_path: Path) -> None:
    page = await page_of(url, tmp_path / "report.html", **busy())
    text = texts(page)
    for part in (
        "jobs 6 failed 3 share that failed 50.0% recipes with failures 2 lost connections 2",
        "Plain 1 2 50.0%",
        "Order # not found 2",
        "slack",
        "revoked 2",
        "recipe 3 1 2 h 00 min 2 h 00 min",
        "40.2 s 1 min 30 s",
        "Nothing was mirrored yet",
    ):
        assert part in text
    assert "too long ago" not in text
    assert page.count("<svg") == 3
    assert len(page.encode()) < 100_000


async def test_texts_of_the_workspace_are_escaped(url: str, tmp_path: Path) -> None:
    page = await page_of(url, tmp_path / "report.html", **busy())
    for tag in ("<script", "<b>401", "<i>Jira"):
        assert tag not in page
    assert page.count("&lt;script&gt;alert(") >= 4  # a label, a bar, two tables


async def test_the_page_loads_nothing(url: str, tmp_path: Path) -> None:
    page = await page_of(url, tmp_path / "report.html", **busy())
    assert "default-src 'none'" in page
    assert {*re.findall(r"""(?:src|href|url)\s*[=(]\s*["']?([^"')\s>]+)""", page)} <= {
        "data:,",
        "http://www.w3.org/2000/svg",
    }
    assert {*re.findall(r"https?://[^\"'\s<]+", page)} <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


async def test_an_empty_database(url: str, tmp_path: Path) -> None:
    page = await page_of(url, tmp_path / "report.html")
    text = texts(page)
    assert "Workato: no workspace yet" in text
    assert "Nothing was mirrored yet" in text
    assert "No jobs started in this time" in text
    assert "share that failed -" in text
    assert "<svg" not in page


async def test_what_is_incomplete(fake: FakeWorkato, url: str, tmp_path: Path) -> None:
    async with mirror_of(fake, url) as mirror:
        assert (await mirror.run(["folders"])).is_complete
        await mirror.write_report(tmp_path / "report.html")
        text = texts((tmp_path / "report.html").read_text("utf-8"))
        assert "The last pass was complete" in text
        assert "Never mirrored: recipes, recipe_versions, jobs" in text
        fake.fail("folders.list", Status(403, '{"message": "Forbidden"}'))
        assert not (await mirror.run(["folders"])).is_complete
        await mirror.write_report(tmp_path / "report.html")
    text = texts((tmp_path / "report.html").read_text("utf-8"))
    assert re.search(r"Incomplete: some data may be missing below .* folders .*403", text)
    assert "127.0.0.1" in text


async def test_a_missing_library_is_named(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    async with mirrored(url) as mirror:
        with pytest.raises(ConfigurationError, match=r"pip install 'workato-async\[report\]'"):
            await mirror.write_report(tmp_path / "report.html")
    assert not (tmp_path / "report.html").exists()


CONTRASTS = """
(() => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = (rgb) => rgb.slice(0, 3).map((part) => part / 255)
    .map((part) => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
  const ratio = (one, other) => {
    const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = parse(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  document.querySelectorAll("details").forEach((one) => { one.open = true; });
  const found = {};
  for (const element of document.querySelectorAll("main *")) {
    const style = getComputedStyle(element);
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    const bar = element.getAttribute("aria-roledescription") === "bar";
    if (!(own || bar) || element.tagName === "title") continue;
    const color = parse(element.ownerSVGElement ? style.fill : style.color);
    const key = (bar ? "bar" : "text") + " " + color.join(",");
    found[key] = Math.min(found[key] ?? 99, ratio(color, behind(element)));
  }
  return found;
})()
"""
SIZES = """
[...document.querySelectorAll("svg")].map((svg) => {
  const box = svg.getBoundingClientRect();
  const bars = [...svg.querySelectorAll('[aria-roledescription="bar"]')].map((bar) => bar.getBoundingClientRect());
  const area = bars.reduce((sum, bar) => sum + bar.width * bar.height, 0);
  const texts = [...svg.querySelectorAll("text")].map((text) => text.getBoundingClientRect());
  const inside = texts.every((text) => text.left >= box.left && text.right <= box.right);
  return [box.width, box.height, area, inside];
})
"""


async def look(tab: Tab, path: Path, scheme: str, width: int) -> bytes:
    await tab.show(path, width=width, scheme=scheme)
    assert tab.requested == [path.as_uri(), "data:,"] or tab.requested == [path.as_uri()]
    assert tab.complaints == []
    contrasts = await tab.evaluate(CONTRASTS)
    assert {kind.split()[0] for kind in contrasts} == {"text", "bar"}
    for kind, ratio in contrasts.items():
        assert ratio >= (4.5 if kind.startswith("text") else 3), (scheme, kind, ratio)
    charts = await tab.evaluate(SIZES)
    assert len(charts) == 3
    for chart_width, height, area, inside in charts:
        assert chart_width > 650
        assert height > 20
        assert area > 200
        assert inside
    assert await tab.evaluate("document.scripts.length") == 0
    assert await tab.evaluate("document.documentElement.scrollWidth") <= width
    cells = await tab.evaluate('[...document.querySelectorAll("tbody th")].map((cell) => cell.textContent)')
    assert EVIL in cells
    return await tab.screenshot()


@pytest.mark.parametrize("width", [1040, 390], ids=["desktop", "phone"])
async def test_chromium(url: str, tmp_path: Path, width: int) -> None:
    program = find_chromium()
    if program is None:
        pytest.skip("no Chromium: install the package chromium")
    path = tmp_path / "report.html"
    await page_of(url, path, **busy(more_days=25))
    shots = []
    for scheme in ("light", "dark"):
        async with open_tab(program, tmp_path / scheme) as tab:
            shots.append(await look(tab, path, scheme, width))
    light, dark = shots
    assert light != dark
    assert min(len(light), len(dark)) > 20_000  # an empty page compresses to far less

"""The pictures of README and site: they load nothing, can be read aloud, and show what is true."""

from __future__ import annotations

import re
from itertools import groupby
from pathlib import Path
from xml.etree import ElementTree as ET

import attrs
import pytest

from tests.support.pictures import DEMO, PICTURES, default_settings, draw_demo
from workato_async.cli.demo.inventory import Inventory

SVG = "{http://www.w3.org/2000/svg}"
SECOND = 4.8
"""Units a second in the picture of pacing."""
WINDOW = 60 * SECOND


@pytest.mark.parametrize("path", sorted(PICTURES.glob("*.svg")), ids=lambda path: path.name)
def test_a_picture_loads_nothing_is_described_and_readable(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text) < 60_000
    assert re.findall(r"\w+:/+[^\"\s<]+", text.replace("http://127.0.0.1:8000", "")) == ["http://www.w3.org/2000/svg"]
    assert not re.search(r"<(script|image|foreignObject|a)\b|@import|@font-face|url\(|data:", text)
    assert all(reference.startswith("#") for reference in re.findall(r'href="([^"]*)"', text))
    root = ET.fromstring(text)
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "title desc"
    assert [root[0].tag, root[1].tag] == [f"{SVG}title", f"{SVG}desc"]
    assert (root[0].get("id"), root[1].get("id")) == ("title", "desc")
    assert root[0].text
    assert len(" ".join((root[1].text or "").split())) > 100
    width = float(root.get("viewBox", "").split()[2])
    sizes = [float(size) for size in re.findall(r"font(?:-size)?: [\d ]*?([\d.]+)px", text)]
    assert min(sizes) * 760 / width >= 12


def shown(picture: str) -> str:
    """Return the text on a terminal's picture, without breaks, and with single spaces."""
    texts = [
        (float(element.get("y", "")), float(element.get("x", "")), element.text or "")
        for element in ET.fromstring(picture).iter(f"{SVG}text")
        if "title" not in element.get("class", "")
    ]
    rows = groupby(sorted(texts), key=lambda place: place[0])
    return " ".join(" ".join("".join(text for _, _, text in row) for _, row in rows).split())


def masked(text: str) -> str:
    """Return a text without numbers and bars, which depend on the size of the job."""
    return re.sub(r"[─━╸╺ ]+", " ", re.sub(r"\d[\d.,:]*", "#", text))


def test_the_demo_is_the_one_of_today() -> None:
    """If it is not: ``python -m tests.support.pictures``."""
    settings = default_settings()
    picture = shown(DEMO.read_text(encoding="utf-8"))
    smaller = attrs.evolve(settings, recipes=60, jobs=4_500)
    assert masked(picture) == masked(shown(draw_demo(smaller)))
    inventory = Inventory.of(settings.fake().state)
    failed = len(inventory.failed_ids)
    assert (
        f" {len(inventory.recipe_ids)} recipes listed, {len(inventory.running_ids)} of them running; "
        f"{len(inventory.job_ids):,} jobs read, {failed:,} of them failed; {failed:,} of these repeated "
    ) in picture
    assert picture.endswith("every input has a result; no call was rate limited")
    assert re.findall(r"/api/\S+ .*? ([\d,]+) (?=GET|POST|─)", picture) == ["0", "0", "0"], "the column of 429s"


def most_within_a_window(arrivals: list[float]) -> int:
    return max(sum(first <= other <= first + WINDOW for other in arrivals) for first in arrivals)


@pytest.mark.parametrize(
    ("server", "waits_from", "most", "rejected"), [(186, "sent", 6, 3), (442, "response", 3, 0)], ids=["many", "ours"]
)
def test_the_picture_of_pacing_is_true_to_scale(server: int, waits_from: str, most: int, rejected: int) -> None:
    root = ET.parse(PICTURES / "pacing.svg").getroot()

    def marks(kind: str, y: str, x: str) -> list[tuple[float, float, float]]:
        """Return y, x and width of what stands between the rows of permits and what is below the server."""
        found = [mark for mark in root.iter() if kind in (mark.get("class"), mark.get("href")) and mark.get(y)]
        found += [mark for group in root.iter(f"{SVG}g") if group.get("class") == kind for mark in group]
        places = [(float(m.get(y, "")), float(m.get(x, "")), float(m.get("width", "0"))) for m in found]
        return sorted(place for place in places if server - 120 < place[0] < server + 60)

    accepted, limited = ([x for _, x, _ in places] for places in (marks("accepted", "cy", "cx"), marks("#x", "y", "x")))
    arrivals = sorted(accepted + limited)
    permits = [list(row) for _, row in groupby(marks("way", "y", "x"), key=lambda place: place[0])]
    assert [len(calls) for calls in permits] == [2, 2, 2]
    assert arrivals == sorted(x for _, x, _ in marks("arrives", "cy", "cx"))
    for (_, sent, flight), (_, sent_again, _) in permits:
        assert sent_again - (sent if waits_from == "sent" else sent + flight) == pytest.approx(WINDOW)
    assert len(limited) == rejected
    assert most_within_a_window(arrivals) == most
    assert most_within_a_window(accepted) == 3
    windows = marks("over" if rejected else "within", "y", "x")
    assert windows
    for _, left, width in windows:
        assert width == WINDOW
        assert sum(left <= arrival <= left + width for arrival in arrivals) == most

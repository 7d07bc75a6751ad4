"""Figures in the text that were measured stand in benchmarks/README.md."""

from __future__ import annotations

import pytest

from tests.support.documents import PAGES, ROOT, name

MEASURED = [
    ("README.md", "| 720 | 240 |", "| workato-platform-cli | 720, loses 240 |"),
    ("README.md", "up to 10 retries | 64 to 67 | 0 |", "| aiolimiter (60, 6) | 64 to 67,"),
    ("README.md", "48 responses were 429s without a store", "48 with `asyncio.run` in each task"),
    (
        "docs/guide/processes.md",
        "48 responses were 429s with `asyncio.run` in each task, 8 with a blocking client",
        "48 with `asyncio.run` in each task, 8 blocking without a",
    ),
    (
        "docs/guide/blocking.md",
        "about 1.4 times the CPU time",
        "| a blocking call / the awaited one | **1.36 to 1.47**",
    ),
    ("docs/guide/mirror.md", "took 7,551 requests, and the second pass 106", "**106** | 110 | 7,551 (the first) |"),
    ("docs/guide/pacing.md", "| 720 | 240 |", "| workato-platform-cli | 720, loses 240 |"),
    ("docs/guide/pacing.md", "64 to 67", "| aiolimiter (60, 6) | 64 to 67,"),
    ("docs/guide/pacing.md", "83 to 106", "**26 to 32** | 83 to 106 |"),
    ("CHANGELOG.md", "0.77 to 0.87 times the CPU time", "| **0.77 to 0.87** | 0.9 | aiohttp + orjson |"),
    ("CHANGELOG.md", "`fan_out` 0.56 times", "| **0.56** | 0.75 | TaskGroup + Semaphore |"),
    ("CHANGELOG.md", "`import workato_async` 11 ms", "alone 22, which is 11 more than"),
]


def text(page: str) -> str:
    return " ".join((ROOT / page).read_text("utf-8").split())


def test_every_page_that_refers_to_measurements_is_listed() -> None:
    referring = {name(page) for page in PAGES if "[measured](" in page.read_text("utf-8")}
    assert referring
    assert referring <= {page for page, _, _ in MEASURED}


@pytest.mark.parametrize(("page", "said", "measured"), MEASURED)
def test_it_was_measured(page: str, said: str, measured: str) -> None:
    assert said in text(page)
    assert measured in text("benchmarks/README.md")

"""Widths, bars, times: the small parts."""

from __future__ import annotations

import asyncio
import io
import json
import sys
from datetime import UTC, datetime, timedelta

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from workato_async import Limiter, Quota
from workato_async.cli.estimates import describe_cost, duration
from workato_async.cli.options import parse_duration, parse_time
from workato_async.cli.output import GAP, MIN_WIDTH, _fit, print_table
from workato_async.cli.progress_bar import ProgressBar
from workato_async.cli.terminal import escape_control_chars, strip_control_chars

KEY = "GET /api/recipes"


@given(st.lists(st.integers(min_value=0, max_value=200), min_size=1, max_size=9), st.integers(0, 300))
def test_columns_fit(widths: list[int], room: int) -> None:
    fitted = [*widths]
    _fit(fitted, room)
    total = sum(fitted) + len(GAP) * (len(fitted) - 1)
    assert total <= room or len(fitted) == 1
    assert fitted[0] == widths[0]
    assert all(now == before or now >= MIN_WIDTH for now, before in zip(fitted, widths, strict=False))
    if sum(widths) + len(GAP) * (len(widths) - 1) <= room:
        assert fitted == widths


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s"), (0.4, "0 s"), (59.4, "59 s"), (59.6, "1:00 min"), (3725, "62:05 min")]
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


async def test_the_time_to_go_is_what_the_quota_allows() -> None:
    limiter = Limiter({KEY: Quota(10, per=60)})
    with ProgressBar(limiter, KEY, "recipes", 40) as bar:
        assert bar.seconds_left() == pytest.approx(180, rel=0.01)  # 40 calls are 4 windows, and the first is free
        bucket = limiter.bucket(KEY)
        for _ in range(10):
            (await bucket.acquire()).responded()
        bar.advance(10)
        assert bar.seconds_left() == pytest.approx(180, rel=0.01)  # 30 more, and the window is used up
        waiting = [asyncio.create_task(bucket.acquire()) for _ in range(20)]
        await asyncio.wait(waiting, timeout=1)
        assert bar.seconds_left() == pytest.approx(179, rel=0.01)  # those that wait are no others
        bar.advance(30)
        assert bar.seconds_left() == 0
        for task in waiting:
            task.cancel()


async def test_the_time_to_go_counts_several_calls_for_one_thing() -> None:
    limiter = Limiter({KEY: Quota(10, per=60)})
    bucket = limiter.bucket(KEY)
    with ProgressBar(limiter, KEY, "recipes", 20, calls_per_item=2) as bar:
        for _ in range(10):
            (await bucket.acquire()).responded()
        bar.advance(5)
        assert bar.seconds_left() == pytest.approx(180, rel=0.01)  # 15 left of 2 calls each


def test_a_cost() -> None:
    assert describe_cost(Limiter(), KEY, 1) == "1 call of GET /api/recipes (60 per 60 s), about 1 s"
    assert describe_cost(Limiter(), KEY, 0) == "0 calls of GET /api/recipes (60 per 60 s)"
    assert describe_cost(Limiter(), KEY, 6000) == "6,000 calls of GET /api/recipes (60 per 60 s), about 99:01 min"


def test_times_and_durations() -> None:
    assert parse_duration("90m") == timedelta(minutes=90)
    assert parse_duration("1.5h") == timedelta(minutes=90)
    assert parse_time("2026-01-31T08:00Z") == datetime(2026, 1, 31, 8, tzinfo=UTC)
    assert parse_time("2026-01-31") == datetime(2026, 1, 31, tzinfo=UTC)
    assert abs(datetime.now(UTC) - timedelta(days=7) - parse_time("7d")) < timedelta(minutes=1)
    for text in ("", "h", "24", "1e999d", "nand", "soon", "-5m"):
        with pytest.raises(typer.BadParameter):
            parse_duration(text)
        with pytest.raises(typer.BadParameter):
            parse_time(text)


@given(st.text())
def test_harmless_text_has_nothing_a_terminal_obeys(text: str) -> None:
    assert not set(strip_control_chars(text)) & set("\x1b\r\n\x07\x9b\u202e\u200f")
    assert len(strip_control_chars(text)) == len(text)


def test_joined_emoji_and_letters_stay_whole() -> None:
    for text in ("\U0001f468\u200d\U0001f469", "\u0646\u0645\u06cc\u200c\u062e"):
        assert strip_control_chars(text) == text


@given(st.recursive(st.text(), lambda inner: st.dictionaries(st.text(), inner, max_size=3)), st.sampled_from([None, 2]))
def test_escaped_json_means_the_same(value: object, indent: int | None) -> None:
    escaped = escape_control_chars(json.dumps(value, ensure_ascii=False, indent=indent))
    assert json.loads(escaped) == value
    shown = escaped.replace("\n", "")
    assert strip_control_chars(shown) == shown


@pytest.mark.parametrize(("terminal", "bold"), [("xterm", True), ("dumb", False)])
def test_a_terminal_that_knows_no_escapes_gets_none(terminal: str, bold: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    shown = Terminal()
    monkeypatch.setenv("TERM", terminal)
    monkeypatch.setattr(sys, "stdout", shown)
    print_table(["id"], [["1"]])
    assert ("\x1b[1m" in shown.getvalue()) is bold

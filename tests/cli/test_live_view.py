"""What the live panel shows on a terminal of 80 columns."""

from __future__ import annotations

from io import StringIO

import attrs
from rich.console import Console

from tests.cli.test_plain_view import LIST, REPEAT, SUMMARY, state
from workato_async.cli.demo.live_view import LiveView
from workato_async.cli.demo.progress import Board, Stage
from workato_async.cli.demo.view import Snapshot

CURSOR = "\x1b[?25h"
"""Shows the cursor again."""


def terminal() -> tuple[Console, StringIO]:
    screen = StringIO()
    return Console(file=screen, force_terminal=True, color_system="standard", width=80, record=True), screen


def shown(snapshot: Snapshot) -> list[str]:
    console, _ = terminal()
    view = LiveView(console)
    with view.opened("A fake Workato"):
        view.show(snapshot)
    return [line.strip() for line in console.export_text().splitlines()]


def test_bars_and_buckets() -> None:
    board = Board()
    board.done(Stage.RECIPES, 100)
    board.found(Stage.JOBS, 50)
    board.done(Stage.JOBS, 20)
    states = {LIST: state(sent=2), REPEAT: attrs.evolve(state(sent=1500, waiters=7), free=31)}
    lines = shown(Snapshot(board, states, 12.34))
    assert lines[0] == "A fake Workato"
    assert any(" 12.3 s " in line for line in lines)
    progress = {stage: next(line for line in lines if line.startswith(stage.value)) for stage in Stage}
    assert progress[Stage.RECIPES].endswith(" 100/?")
    assert progress[Stage.JOBS].endswith(" 20/50")
    assert progress[Stage.REPEATS].endswith(" 0/?")
    rows = [line.split() for line in lines]
    assert ["endpoint", "quota", "free", "waiting", "sent", "429"] in rows
    assert [*LIST.split(), "60", "per", "60", "s", "0", "0", "2", "0"] in rows
    assert [*REPEAT.split(), "60", "per", "60", "s", "31", "7", "1,500", "0"] in rows


def test_a_pause_is_shown() -> None:
    lines = shown(Snapshot(Board(), {LIST: attrs.evolve(state(sent=3, refused=1), paused_for=0.75)}, 1.0))
    assert any("paused for 0.8 s" in line for line in lines)


def test_the_cursor_comes_back_when_it_is_interrupted() -> None:
    console, screen = terminal()
    view = LiveView(console)
    try:
        with view.opened("A fake Workato"):
            view.show(Snapshot(Board(), {}, 0.0))
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        assert CURSOR in screen.getvalue()


def closed(**changes: object) -> tuple[list[str], str]:
    console, screen = terminal()
    LiveView(console).close(attrs.evolve(SUMMARY, **changes))  # type: ignore[arg-type]
    return [" ".join(line.split()) for line in console.export_text().splitlines()], screen.getvalue()


def test_the_end() -> None:
    lines, raw = closed()
    assert lines == [
        "calls least",
        "endpoint quota made 429s seconds",
        f"{LIST} 60 per 1.2 s 3 0 0.0",
        f"{REPEAT} 1 per 0.02 s 1,200 0 24.0",
        "all 1,203 0 24.0",
        "",
        "200 recipes listed",
        "took 25.0 s, 1.04 times the minimum of 24.0 s that the quotas allow",
        "every input has a result; no call was rate limited",
    ]
    assert "\x1b[32mevery input has a result" in raw


def test_a_bad_end_is_red() -> None:
    lines, raw = closed(missing=("3 of 200 recipes were not listed: [1], 2, 3",), rate_limited=2)
    assert lines[-2:] == [
        "3 of 200 recipes were not listed: [1], 2, 3",
        "NOT every input has a result; 2 calls were rate limited (429)",
    ]
    assert "\x1b[31mNOT every input has a result" in raw
    assert "all 1,203 2 24.0" in lines

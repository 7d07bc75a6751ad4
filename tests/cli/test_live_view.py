"""What the live panel shows on a terminal of 80 columns."""

from __future__ import annotations

from io import StringIO

import attrs
from rich.console import Console

from tests.cli.test_plain_view import LIST, REPEAT, SUMMARY, new_board, state
from workato_async.cli.demo.live_view import LiveView
from workato_async.cli.demo.progress import Stage
from workato_async.cli.demo.view import Snapshot
from workato_async.limits.quota import Quota

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
    board = new_board(200)
    board.done(Stage.RECIPES, 100)
    board.done(Stage.JOBS, 20)
    states = {LIST: state(sent=2), REPEAT: attrs.evolve(state(sent=1500, waiters=7), free=31)}
    lines = shown(Snapshot(board, states, 12.34, 1))
    assert lines[0] == "A fake Workato"
    assert any(" 12.3 s " in line for line in lines)
    progress = {stage: next(line for line in lines if line.startswith(stage.value)) for stage in Stage}
    assert progress[Stage.RECIPES].endswith(" 100/200")
    assert progress[Stage.JOBS].endswith(" 20/200")
    assert progress[Stage.REPEATS].endswith(" 0/200")
    rows = [line.split() for line in lines]
    assert ["endpoint", "quota", "free", "waiting", "sent", "429"] in rows
    assert [*LIST.split(), "60", "per", "60", "s", "0", "0", "2", "0"] in rows
    assert [*REPEAT.split(), "60", "per", "60", "s", "31", "7", "1,500", "0"] in rows


def test_a_pause_is_shown() -> None:
    lines = shown(Snapshot(new_board(), {LIST: attrs.evolve(state(sent=3, refused=1), paused_for=0.75)}, 1.0, 1))
    assert any("paused for 0.8 s" in line for line in lines)


def test_time_and_quotas_are_explained_when_time_is_scaled() -> None:
    scaled = attrs.evolve(state(sent=3), quota=Quota(60, per=1.2))
    lines = shown(Snapshot(new_board(), {LIST: scaled}, 12.34, 0.02))
    assert any(" 12.3 s at 50x speed " in line for line in lines)
    assert any("60 per 60 s" in line for line in lines), "the quota that Workato documents"


def test_the_cursor_comes_back_when_it_is_interrupted() -> None:
    console, screen = terminal()
    view = LiveView(console)
    try:
        with view.opened("A fake Workato"):
            view.show(Snapshot(new_board(), {}, 0.0, 1))
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
        "",
        "200 recipes listed",
        "took 25.0 s at 50x speed, 1.04 times the minimum that the quotas allow",
        "Workato's own quotas allow this job in no less than 19:59 min",
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

"""What the plain view prints, line by line."""

from __future__ import annotations

import attrs

from workato_async.cli.demo.plain_view import PlainView
from workato_async.cli.demo.progress import Board, Stage
from workato_async.cli.demo.summary import EndpointLine, Summary
from workato_async.cli.demo.view import Snapshot
from workato_async.limits.quota import Quota
from workato_async.limits.state import BucketState

LIST = "GET /api/recipes"
REPEAT = "POST /api/recipes/{recipe_id}/repeat_jobs"

SUMMARY = Summary(
    endpoints=(
        EndpointLine(LIST, Quota(60, per=60), 3, 0, 0.0),
        EndpointLine(REPEAT, Quota(1, per=1), 1200, 0, 1199),
    ),
    calls=1203,
    rate_limited=0,
    jobs=(15_000, 0),
    failed=(3_000, 0),
    seconds=25.0,
    time_scale=0.02,
    least=1199,
    work="200 recipes listed",
    missing=(),
)


def state(*, sent: int, waiters: int = 0, refused: int = 0) -> BucketState:
    return BucketState(Quota(60, per=60), free=0, waiters=waiters, paused_for=0.0, sent=sent, refused=refused, room=60)


def new_board(total: int = 1200) -> Board:
    return Board(dict.fromkeys(Stage, total))


def look(board: Board, seconds: float) -> Snapshot:
    return Snapshot(board, {LIST: state(sent=2), REPEAT: state(sent=1500, waiters=7, refused=1)}, seconds, 1)


def closing(summary: Summary) -> list[str]:
    lines: list[str] = []
    PlainView(lines.append).close(summary)
    return lines


def test_a_line_for_each_stage_when_it_has_ended_and_only_once() -> None:
    lines: list[str] = []
    view, board = PlainView(lines.append), new_board()
    view.show(look(board, 0.1))
    assert lines == []
    board.done(Stage.RECIPES, 1200)
    board.finished(Stage.RECIPES)
    view.show(look(board, 0.2))
    view.show(look(board, 0.3))
    assert lines == ["   0.2 s  1,200 recipes listed"]


def test_a_line_on_the_state_of_things_every_so_often() -> None:
    lines: list[str] = []
    view, board = PlainView(lines.append, every=2), new_board(100)
    board.done(Stage.JOBS, 40)
    for tenths in range(45):
        view.show(look(board, tenths / 10))
    assert lines == [
        f"   {at:.1f} s  0 of 100 recipes listed, 40 of 100 recipes whose jobs were read, "
        "0 of 100 failed jobs repeated; "
        "1,502 calls sent, 7 waiting, 1 rate limited"
        for at in (2, 4)
    ]


def test_no_more_such_lines_when_all_stages_have_ended() -> None:
    lines: list[str] = []
    view, board = PlainView(lines.append), new_board()
    for stage in Stage:
        board.finished(stage)
    view.show(look(board, 9.0))
    assert [line.split("  ")[-1] for line in lines] == [f"0 {stage.value}" for stage in Stage]


def test_the_introduction_comes_first() -> None:
    lines: list[str] = []
    with PlainView(lines.append).opened("A fake Workato\nThe job"):
        assert lines == ["A fake Workato", "The job"]


def test_the_table_at_the_end_is_aligned() -> None:
    assert closing(SUMMARY) == [
        "",
        "endpoint                                   quota        calls made  429s   at least",
        "GET /api/recipes                           60 per 60 s           3     0        0 s",
        "POST /api/recipes/{recipe_id}/repeat_jobs  1 per 1 s         1,200     0  19:59 min",
        "all                                                          1,203     0  19:59 min",
        "",
        "200 recipes listed",
        "took 25.0 s at 50x speed, 1.04 times the minimum that the quotas allow",
        "Workato's own quotas allow this job in no less than 19:59 min",
        "every input has a result; no call was rate limited",
    ]


def test_what_is_missing_is_said_at_the_end() -> None:
    summary = attrs.evolve(SUMMARY, missing=("3 of 200 recipes were not listed: 1, 2, 3",), rate_limited=2)
    assert closing(summary)[-2:] == [
        "3 of 200 recipes were not listed: 1, 2, 3",
        "NOT every input has a result; 2 calls were rate limited (429)",
    ]


def test_it_is_plain_text() -> None:
    assert all(line.isascii() and (line.isprintable() or not line) for line in closing(SUMMARY))

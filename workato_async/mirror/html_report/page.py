"""The page: figures as HTML. Every text from the workspace is escaped where it enters the page."""

from __future__ import annotations

from html import escape
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING

from workato_async.mirror.html_report.charts import failures, jobs_per_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from workato_async.mirror.html_report.figures import Figures

SHOWN = 10
"""The bars of a chart of failures."""
LISTED = 100
"""The rows of a table of recipes or errors."""


def render(figures: Figures) -> str:
    """Return the page."""
    template = Template(files("workato_async.mirror.html_report").joinpath("page.html").read_text("utf-8"))
    last = max((stream.last_pass for stream in figures.streams if stream.last_pass), default=None)
    since = f"Jobs since {figures.since:%d %b %Y}, in UTC"
    subtitle = f"{since} · last pass {_time(last) or 'never'} · page made {_time(figures.at)}"
    parts = (_state(figures), _tiles(figures), _jobs(figures), _failures(figures), _lost(figures), _slowest(figures))
    return template.substitute(
        title=escape(f"Workato: {figures.workspace or 'no workspace yet'}"),
        subtitle=escape(subtitle),
        body="\n".join((*filter(None, parts), _streams(figures))),
    )


def _state(figures: Figures) -> str:
    wrong = [stream for stream in figures.streams if stream.problem]
    never = [stream.stream for stream in figures.streams if stream.last_pass is None and not stream.problem]
    if not wrong and len(never) < len(figures.streams):
        rest = f"<p class=muted>Never mirrored: {escape(', '.join(never))}</p>" if never else ""
        return f'<section class="good" role="status"><h2>The last pass was complete</h2>{rest}</section>'
    rows = [
        (stream.stream, stream.problem, _time(stream.incomplete_since), _time(stream.last_pass) or "never")
        for stream in wrong
    ]
    table = _table(("stream", "problem", "since", "last complete"), rows, times=(2, 3))
    title = "Incomplete: some data may be missing below" if wrong else "Nothing was mirrored yet"
    return f'<section class="bad" role="status"><h2>{title}</h2>{table if wrong else ""}</section>'


def _tiles(figures: Figures) -> str:
    jobs = sum(day.succeeded + day.failed + day.other for day in figures.days)
    failed = sum(day.failed for day in figures.days)
    tiles = (
        ("jobs", f"{jobs:,}"),
        ("failed", f"{failed:,}"),
        ("share that failed", f"{failed / jobs:.1%}" if jobs else "-"),
        ("recipes with failures", f"{sum(recipe.failed > 0 for recipe in figures.recipes):,}"),
        ("lost connections", f"{len(figures.lost):,}"),
    )
    return f'<dl class="tiles">{"".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in tiles)}</dl>'


def _jobs(figures: Figures) -> str:
    rows = [
        (f"{day.day:%d %b %Y}", f"{day.succeeded:,}", f"{day.failed:,}", f"{day.other:,}")
        for day in reversed(figures.days)
    ]
    if not figures.recipes:
        return _section("Jobs per day", "<p>No jobs started in this time.</p>")
    table = _table(("day", "succeeded", "failed", "other"), rows, numbers=(1, 2, 3))
    return _section("Jobs per day", jobs_per_day(figures.days) + _details(table))


def _failures(figures: Figures) -> str:
    recipes = sorted((one for one in figures.recipes if one.failed), key=lambda one: -one.failed)
    if not recipes:
        return _section("Failures", "<p>No job failed in this time.</p>") if figures.recipes else ""
    by_recipe = _table(
        ("recipe", "failed", "jobs", "share", "last failure"),
        [
            (one.name, f"{one.failed:,}", f"{one.jobs:,}", f"{one.failed / one.jobs:.1%}", _time(one.last_failed))
            for one in recipes[:LISTED]
        ],
        numbers=(1, 2, 3),
        times=(4,),
    )
    by_error = _table(
        ("error, numbers and ids as #", "failed"),
        [(one.text, f"{one.jobs:,}") for one in figures.errors[:LISTED]],
        numbers=(1,),
    )
    recipe_chart = failures("Failed jobs by recipe", [(one.name, one.failed) for one in recipes[:SHOWN]])
    error_chart = failures("Failed jobs by error", [(one.text, one.jobs) for one in figures.errors[:SHOWN]])
    return _section("Failures by recipe", recipe_chart + _details(by_recipe, len(recipes))) + _section(
        "Failures by error", error_chart + _details(by_error, len(figures.errors))
    )


def _lost(figures: Figures) -> str:
    if not figures.lost:
        return _section("Lost connections", "<p>None.</p>")
    rows = [
        (
            one.name,
            one.provider,
            _time(one.lost_at),
            one.reason,
            f"{len(one.recipes):,}",
            ", ".join(one.recipes[:SHOWN]),
        )
        for one in sorted(figures.lost, key=lambda one: -len(one.recipes))
    ]
    columns = ("connection", "provider", "lost", "reason", "recipes", "such as")
    return _section("Lost connections", _table(columns, rows, numbers=(4,), times=(2,)))


def _slowest(figures: Figures) -> str:
    timed = [(one.seconds, one) for one in figures.recipes if one.seconds is not None]
    rows = [
        (one.name, f"{one.jobs:,}", _duration(seconds), _duration(one.longest or 0))
        for seconds, one in sorted(timed, key=lambda pair: -pair[0])[:SHOWN]
    ]
    columns = ("recipe", "jobs", "on average", "longest")
    return _section("Slowest recipes", _table(columns, rows, numbers=(1, 2, 3))) if rows else ""


def _streams(figures: Figures) -> str:
    rows = [
        (one.stream, f"{one.rows:,}", f"{one.deleted:,}", f"{one.due:,}", _time(one.last_pass) or "never")
        for one in figures.streams
    ]
    columns = ("stream", "rows", "deleted", "lists due", "last complete")
    return _section("What the database holds", _table(columns, rows, numbers=(1, 2, 3), times=(4,)))


def _section(title: str, body: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{body}</section>"


def _details(table: str, number: int = 0) -> str:
    note = f" (the first {LISTED} of {number:,})" if number > LISTED else ""
    return f"<details><summary>Numbers{note}</summary>{table}</details>"


def _table(
    columns: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Sequence[int] = (), times: Sequence[int] = ()
) -> str:
    """Return a table of texts, which are escaped; the first column names the row."""
    kinds = [" class=number" if at in numbers else " class=time" if at in times else "" for at in range(len(columns))]
    head = "".join(f"<th scope=col{kind}>{escape(name)}</th>" for name, kind in zip(columns, kinds, strict=True))
    body = "".join(
        f"<tr><th scope=row>{escape(first)}</th>"
        + "".join(f"<td{kind}>{escape(cell)}</td>" for cell, kind in zip(rest, kinds[1:], strict=True))
        + "</tr>"
        for first, *rest in rows
    )
    return f'<div class="table" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _time(time: datetime | None) -> str:
    return "" if time is None else f"{time:%d %b %Y, %H:%M}"


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"

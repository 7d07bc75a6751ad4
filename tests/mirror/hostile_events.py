"""What servers do wrong, as a table, and how each event is played: a mirror must neither lose nor delete anything.

Every event begins with a full mirror of a workspace. Then the workspace changes, and the server misbehaves for a pass
or a few; then it is right again.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Sequence
from random import Random
from typing import Any

import attrs
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from tests.support.hostile_server import (
    PAGE,
    HostileServer,
    Twist,
    both,
    cycle_of,
    json_of,
    nothing,
    on,
    with_raw_first,
)
from tests.support.mirror_contents import contents, differences, expected
from workato_async.mirror import STREAMS, Mirror
from workato_async.mirror.schema import TABLES
from workato_async.testing import State

ATTEMPTS = 3
"""Times that a request is sent which fails; see ``session_of``."""


def live(state: State) -> None:
    """Change a workspace: rows are added, changed and erased in every stream that matters."""
    state.add_recipe(running=True)
    state.recipes[10_003]["name"] = "renamed"
    state.remove_recipe(10_006)
    state.add_version(10_004, comment="better")
    for recipe_id in (10_001, 10_001, 10_003):
        state.add_job(recipe_id)
    state.add_connection(provider="slack")
    del state.connections[5_002]
    state.add_folder("new", parent_id=2_001)
    state.add_project("new")
    state.add_lookup_row(6_001, {"Code": "new"})
    del state.lookup_rows[6_001][next(iter(state.lookup_rows[6_001]))]
    state.add_activity("recipe_started")
    state.add_deployment(state.first_project()["id"])


@attrs.frozen
class Event:
    """Something that goes wrong.

    Attributes:
        name: of the event.
        twist: makes the twist of the server's responses.
        streams: those that it touches, and those below them; all others must be right after the first pass.
        passes: in which the server misbehaves.
        heals: passes, after the server is right again, until everything is stored and what was erased is marked.
        extra: requests of a pass with the event, beyond those of an undisturbed one and a tenth.
        full: the passes with the event are full ones.
        heals_full: so are those that heal: what is final is not read again otherwise.
        hidden: why nothing can tell that rows are lacking, empty if it must show.
        change: of the workspace, besides :func:`live`.
    """

    name: str
    twist: Callable[[], Twist]
    streams: Sequence[str]
    passes: int = 1
    heals: int = 1
    extra: int = 0
    full: bool = False
    heals_full: bool = False
    hidden: str = ""
    change: Callable[[State], object] = lambda state: None


RECIPES = ("recipes", "recipe_versions", "jobs")
TABLES_ = ("lookup_tables", "lookup_table_rows")
ODD = "the values are stored as the server gives them"
SMALL = "fewer new rows than pages: no sign tells a short list from a whole one"
SAYS_SO = "the counters are fields of the recipes, and stored as the server gives them"
_500 = json_of('{"message": "Server error"}', 500)
_404 = json_of('{"message": "Not found"}', 404)
_404_HTML = json_of("<html>not here</html>", 404, "text/html")
_404_TEXT = json_of("not here", 404, "text/plain")
_HTML = json_of("<html>maintenance</html>", 200, "text/html")
HALVED = ("recipes", "connections", "folders", "lookup_table_rows")
RUNNING = (10_001, 10_003, 10_005, 10_007, 10_009, 10_011)


def _below(name: str) -> tuple[str, ...]:
    return (name, *(child.name for child in STREAMS.values() if child.parent == name))


def _endpoint(name: str) -> str:
    return str(STREAMS[name].endpoint.id)


def _shuffled(items: list[Any]) -> list[Any]:
    return Random(1).sample(items, len(items))


def _upside_down(items: list[Any]) -> list[Any]:
    return items[::-1]


def _with_ids_from(first: int) -> Callable[[list[Any]], list[Any]]:
    numbers = iter(range(first, 10**9))
    return lambda items: [{**item, "id": next(numbers)} for item in items] or [{"id": next(numbers), "name": "x"}]


def _endless(endpoint: str, first: int, *, text: bool = False, step: int = 1) -> Callable[[], Twist]:
    """Return what makes a twist that never runs out of new objects."""

    def made() -> Twist:
        number = first

        def change(items: list[Any]) -> list[Any]:
            nonlocal number
            number += step * PAGE
            ids = range(number + PAGE - 1, number - 1, -1)
            return [{"id": f"j-endless-{key}" if text else key, "name": "endless"} for key in ids]

        return on(endpoint, change, first=False)()

    return made


def _more_jobs(number: int) -> Callable[[State], object]:
    return lambda state: [state.add_job(10_002) for _ in range(number)]


def _pending_ended(state: State) -> None:
    """Finish the jobs that are pending, and add one to their lists."""
    for recipe_id, jobs in list(state.jobs.items()):
        for job in [job for job in jobs.values() if job["status"] == "pending"]:
            state.finish_job(recipe_id, job["id"])
            for _ in range(5):
                state.add_job(recipe_id)


def _replaced(raw: Any) -> Callable[[list[Any]], list[Any]]:
    """Return a change of the first object of a page to something else."""
    return lambda items: [raw, *items[1:]] if items else items


def _raw(endpoint: str, field: str, raw: bytes) -> Callable[[], Twist]:
    """Return what makes a twist that gives the first object of every page an odd value."""
    change = with_raw_first(field, raw)
    return lambda: lambda asked, tree: change(tree) if asked.endpoint == endpoint else tree


def _half(items: list[Any]) -> list[Any]:
    return items[::2]


def _counters(**fields: Any) -> Callable[[], Twist]:
    return on("recipes.list", lambda items: [{**item, **fields} for item in items])


def _hidden_jobs(position: int, parents: Sequence[int] = (10_001,)) -> Callable[[], Twist]:
    """Return what makes a twist that leaves one job out of the first page."""
    return on("jobs.list", lambda items: items[:position] + items[position + 1 :], parents=parents, first=True)


EVENTS: Sequence[Event] = (
    *(
        Event(f"an empty list once: {name}", on(_endpoint(name), nothing, times=1), _below(name), extra=2,
              hidden=SMALL if name == "activity_logs" else "")
        for name in STREAMS
    ),
    *(
        Event(f"empty lists throughout a pass: {name}", on(_endpoint(name), nothing), _below(name), heals=2, extra=4,
              hidden=SMALL if name == "activity_logs" else "")
        for name in STREAMS
    ),
    Event("a bare empty list of recipes", on("recipes.list", json_of("[]"), times=1), RECIPES, extra=2),
    # an empty page in the middle
    Event("an empty second page of recipes once", on("recipes.list", nothing, first=False, times=1), RECIPES, extra=1),
    Event("an empty second page of recipes", on("recipes.list", nothing, first=False), RECIPES, heals=2, extra=4),
    Event("an empty third page of recipes", on("recipes.list", nothing, first=False, after=1), RECIPES, heals=2,
          extra=4),
    Event("an empty second page of rows once", on("lookup_tables.rows.list", nothing, first=False, times=1), TABLES_,
          extra=3),
    Event("an empty second page of rows", on("lookup_tables.rows.list", nothing, first=False), TABLES_, heals=2,
          extra=5),
    Event("an empty second page of folders", on("folders.list", nothing, first=False), ("folders",), heals=2, extra=4),
    Event("an empty second page of new jobs once", on("jobs.list", nothing, first=False, times=1, parents=[10_002]),
          RECIPES, heals=2, extra=8, change=_more_jobs(15)),
    Event("an empty second page of new jobs", on("jobs.list", nothing, first=False, parents=[10_002]), RECIPES,
          heals=2, extra=8, change=_more_jobs(15)),
    Event("an empty second page of jobs once in a full pass", on("jobs.list", nothing, first=False, times=1), RECIPES,
          full=True, heals=2, extra=6),
    Event("empty second pages of one list of jobs in a full pass", on("jobs.list", nothing, first=False,
          parents=[10_005]),
          RECIPES, full=True, heals=2, extra=6),
    Event("one empty list of jobs in a full pass", on("jobs.list", nothing, parents=[10_005]), RECIPES, full=True,
          heals=2, extra=2),
    Event("empty lists of jobs in a full pass", on("jobs.list", nothing), RECIPES, full=True, heals=2, extra=8),
    # pages shorter than they should be
    Event("a short page of recipes once", on("recipes.list", lambda items: items[:2], first=False, times=1), RECIPES,
          extra=2),
    Event("short pages of recipes", on("recipes.list", lambda items: items[:1]), RECIPES, extra=12),
    Event("a page of recipes with a hole, once", on("recipes.list", lambda items: items[:1] + items[3:], times=1),
          RECIPES, extra=2),
    Event("a short page of rows once", on("lookup_tables.rows.list", lambda items: items[:2], times=1), TABLES_,
          extra=4),
    Event("connections with a hole, once", on("connections.list", lambda items: items[:2] + items[3:], times=1),
          ("connections",), extra=2),
    Event("a short page of jobs in a full pass, once", on("jobs.list", lambda items: items[:2], times=1), RECIPES,
          full=True, heals=2, extra=6),
    # pages in another order
    Event("recipes upside down once", on("recipes.list", _upside_down, times=1), RECIPES, extra=2),
    Event("recipes upside down", on("recipes.list", _upside_down), RECIPES, passes=3, extra=9),
    Event("recipes shuffled", on("recipes.list", _shuffled), RECIPES, passes=3, extra=9),
    Event("jobs upside down", on("jobs.list", _upside_down), RECIPES, extra=9, heals=2),
    Event("jobs shuffled in a full pass", on("jobs.list", _shuffled), RECIPES, full=True, extra=30, heals=2),
    Event("rows shuffled", on("lookup_tables.rows.list", _shuffled), TABLES_, extra=4),
    Event("connections shuffled", on("connections.list", _shuffled), ("connections",)),
    Event("recipes above the cursor", _endless("recipes.list", 20_000), RECIPES, passes=2, heals=3, extra=9),
    # pages that come again
    Event("the first page of recipes again", cycle_of("recipes.list", 1), RECIPES, passes=2),
    Event("a page of recipes repeated once", on("recipes.list", lambda items: items, first=False, times=1), RECIPES),
    *(
        Event(f"pages of {stream} in a cycle of {length}", cycle_of(_endpoint(stream), length), _below(stream),
              passes=min(length, 2),
              heals=2, full=stream == "jobs", extra=12,
                    hidden=SMALL if length == 1 or stream == "activity_logs" else "")
        for stream in ("recipes", "jobs", "folders", "lookup_table_rows", "activity_logs")
        for length in (1, 2, 3)
    ),
    # those who see less
    Event("a role that sees half of everything", both(*(on(_endpoint(name), _half) for name in HALVED)),
          (*RECIPES, *TABLES_, "connections", "folders"), heals=2, extra=12),
    Event("a role that sees half of the recipes in a full pass", on("recipes.list", _half), RECIPES, full=True,
          heals=2),
    Event("a role that sees half of the connections", on("connections.list", _half), ("connections",), heals=2),
    # counters
    Event("counters that lag", _counters(job_succeeded_count=0, job_failed_count=0), RECIPES, passes=2, extra=20,
          heals=2, hidden=SAYS_SO),
    Event("counters that are ahead", _counters(job_succeeded_count=90), RECIPES, passes=3, extra=45, heals=2,
          hidden=SAYS_SO),
    Event("counters beyond any number", _counters(job_succeeded_count=10**30), RECIPES, passes=3, extra=45, heals=2,
          hidden=SAYS_SO),
    Event("counters below zero", _counters(job_succeeded_count=-5), RECIPES, passes=2, extra=20, heals=2,
          hidden=SAYS_SO),
    Event("the newest job is listed late", _hidden_jobs(0), RECIPES, heals=2, extra=9),
    Event("a job appears below known ones", _hidden_jobs(1), RECIPES, heals=2, extra=9),
    # lists that are not there
    *(
        Event(f"404 {kind} of {name}{' once' if times else ''}", on(_endpoint(name), change, times=times), _below(name),
              passes=1 if times else 3, extra=6)
        for name in ("recipes", "recipe_versions", "jobs", "connections", "lookup_table_rows")
        for kind, change in (("as JSON", _404), ("as HTML", _404_HTML), ("as text", _404_TEXT))
        for times in (1, None)
    ),
    *(
        Event(f"404 of the second page of {name}{' once' if times else ''}",
              on(_endpoint(name), _404, times=times, first=False), _below(name), passes=1 if times else 3, extra=20,
              full=name == "jobs", heals=1)
        for name in ("recipes", "jobs", "folders", "lookup_table_rows")
        for times in (1, None)
    ),
    # jobs that cannot be looked up
    *(
        Event(f"look-ups: {kind}{' once' if times else ''}", on("jobs.get", change, times=times), ("jobs",),
              passes=1 if times or kind == "404" else 3, heals=2, extra=6 * ATTEMPTS, change=_pending_ended)
        for kind, change in (("404", _404), ("404 as HTML", _404_HTML), ("500", _500), ("HTML", _HTML),
                             ("403", json_of('{"message": "no"}', 403)), ("another job", lambda tree: {**tree,
                                   "id": "j-other"}))
        for times in (1, None)
    ),
    # lists that fail
    Event("one list of jobs fails", on("jobs.list", _500, parents=[10_001]), RECIPES, passes=3, extra=6),
    Event("half the lists of jobs fail", on("jobs.list", _500, parents=RUNNING[:3]), RECIPES, full=True, passes=3,
          extra=12),
    Event("all lists of jobs fail", on("jobs.list", _500), RECIPES, full=True, passes=2, extra=30),
    Event("lists of jobs are HTML", on("jobs.list", _HTML), RECIPES, full=True, passes=2, extra=30),
    *(Event(f"{name} fail once", on(_endpoint(name), _500, times=ATTEMPTS), _below(name), extra=ATTEMPTS)
      for name in ("recipes", "connections", "lookup_tables", "activity_logs")),
    # odd rows
    *(
        Event(f"recipes with {field} {raw.decode()!r}", _raw("recipes.list", field, raw), RECIPES, passes=2, heals=2,
              extra=40, hidden=ODD)
        for field, raw in (
            ("name", b'"half \\ud83d"'), ("unknown", b'"\\udc00"'), ("name", b'"nul \\u0000"'), ("unknown", b"NaN"),
            ("unknown", b"1e400"), ("copy_count", b"1.5"), ("copy_count", b"1" * 40), ("copy_count", b'"many"'),
            ("job_succeeded_count", b"NaN"), ("version_no", b'"x"'), ("running", b'"yes"'), ("last_run_at", b'""'),
            ("last_run_at", b'"9999-12-31T23:59:59.000-08:00"'), ("last_run_at", b'"0001-01-01T00:00:00.000+09:00"'),
            ("last_run_at", b'"2026-06-30T23:59:60.000-07:00"'), ("last_run_at", b'"0000-00-00T00:00:00Z"'),
            ("last_run_at", b"99999999999999999999"), ("folder_id", b"[]"), ("config", b"7"), ("code", b"{}"),
        )
    ),
    *(
        Event(f"{name}: an item that is {text!r}", on(_endpoint(name), _replaced(raw)), _below(name), heals=2, extra=40,
              full=name == "jobs")
        for name in ("recipes", "recipe_versions", "jobs", "connections", "lookup_table_rows", "activity_logs")
        for text, raw in (("null", None), ("a string", "x"), ("without an id", {"name": "x"}))
    ),
    *(
        Event(f"recipes with the id {raw.decode()}", _raw("recipes.list", "id", raw), RECIPES, passes=2, heals=3,
              extra=40)
        for raw in (b"-7", b"null", b'"abc"', b"1" * 30, b"1.5", b"true", b"{}", b'""')
    ),
    *(
        Event(f"jobs with the id {raw.decode()}", _raw("jobs.list", "id", raw), RECIPES, heals=4, extra=60, full=True)
        for raw in (b'""', b'"."', b'"a/b"', b'"a b"', b'"nul\\u0000"', b'"half\\ud83d"', b"7", b"null",
              b'"' + b"j" * 5_000 + b'"')
    ),
    *(
        Event(f"jobs with {field} {raw.decode()!r}", _raw("jobs.list", field, raw), RECIPES, passes=2, extra=60,
              full=True, heals_full=True, hidden=ODD)
        for field, raw in (("status", b"null"), ("status", b'"zombie"'), ("status", b"7"), ("completed_at",
              b'"9999-12-31T23:59:59-01:00"'),
                           ("error", b"{}"), ("is_poll_error", b'"x"'), ("recipe_id", b'"x"'))
    ),
    # lists without an end
    Event("endless folders", _endless("folders.list", 900_000), ("folders",), heals=2, extra=60),
    Event("endless rows", _endless("lookup_tables.rows.list", 900_000), TABLES_, heals=2, extra=90),
    Event("endless jobs", _endless("jobs.list", 900_000, text=True), RECIPES, heals=2, extra=150, full=True),
    Event("recipes without an end", _endless("recipes.list", 9_000, step=-1), RECIPES, heals=2, extra=200),
)  # fmt: skip


async def play(
    event: Event,
    server: HostileServer,
    mirror: Mirror,
    needed: int,
    *,
    run: Callable[..., Awaitable[Any]] | None = None,
) -> None:
    """Play an event, and check after every pass that the mirror doubts, ends and recovers."""
    run = run or mirror.run
    live(server.state)
    event.change(server.state)
    server.twist = event.twist()
    untouched = set(STREAMS) - set(event.streams)
    for number in range(event.passes):
        server.requests.clear()
        report = await run(full=event.full)
        assert await wrongly_deleted(mirror, server.state) == {}, (event.name, number)
        assert len(server.requests) <= math.ceil(needed * 1.1) + event.extra, (event.name, len(server.requests), needed)
        lacking = differences(await contents(mirror), expected(server.state))
        assert not untouched & set(lacking), (event.name, lacking)
        shown = bool(report.problems) or any(stream.problem or stream.due for stream in await mirror.status())
        assert shown or not lacking or event.hidden, (event.name, lacking)
        assert event.hidden or shown or not lacking
    server.twist = None
    for number in range(event.heals):
        server.requests.clear()
        report = await run(full=event.heals_full)
        assert await wrongly_deleted(mirror, server.state) == {}, (event.name, "healing", number)
        assert len(server.requests) <= math.ceil(needed * 1.1) + event.extra, (event.name, len(server.requests), needed)
    lacking = differences(await contents(mirror), expected(server.state))
    assert lacking == {}, (event.name, lacking, report.problems)


async def wrongly_deleted(mirror: Mirror, state: State) -> dict[str, set[Any]]:
    """Return the rows that are marked as deleted although they exist, by stream."""

    def read(connection: Connection) -> dict[str, set[Any]]:
        found = {}
        for name, table in TABLES.items():
            keys = list(table.primary_key)
            rows = connection.execute(sa.select(*keys).where(table.c.deleted_at.is_not(None)))
            found[name] = {row[0] if len(keys) == 1 else tuple(row) for row in rows}
        return found

    deleted = await mirror._database.run_in_transaction(read)
    return {name: wrong for name, table in expected(state).items() if (wrong := deleted[name] & set(table))}

"""What the report shows, read in one transaction."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import attrs
import msgspec
import sqlalchemy as sa

from workato_async.mirror.identity import Identity
from workato_async.mirror.results import status
from workato_async.mirror.schema import TABLES, WORKSPACE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.engine import Connection

    from workato_async.mirror.report import StreamStatus

_JOBS, _RECIPES, _CONNECTIONS = TABLES["jobs"].c, TABLES["recipes"].c, TABLES["connections"].c


@attrs.frozen
class Day:
    """The jobs that started on one day, in UTC; ``other`` are those that go on or were cancelled."""

    day: date
    succeeded: int = 0
    failed: int = 0
    other: int = 0


@attrs.frozen
class RecipeJobs:
    """The jobs of one recipe.

    Attributes:
        id: of the recipe.
        name: its name.
        jobs: how many started.
        failed: how many of them failed.
        last_failed: when the last of those started.
        seconds: how long the completed ones took on average, None if none did.
        longest: how long the longest took.
    """

    id: int
    name: str
    jobs: int
    failed: int
    last_failed: datetime | None
    seconds: float | None
    longest: float | None


@attrs.frozen
class JobError:
    """The failed jobs with one error, apart from numbers and ids in it."""

    text: str
    jobs: int


@attrs.frozen
class LostConnection:
    """A connection that does not work: its authorization failed, or was lost after it."""

    id: int
    name: str
    provider: str
    lost_at: datetime | None
    reason: str
    recipes: Sequence[str]


@attrs.frozen(kw_only=True)
class Figures:
    """Everything on the page.

    Attributes:
        at: when they were read.
        since: the beginning of the first day.
        workspace: whose they are, empty if unknown.
        days: the jobs of every day, the first and the last included.
        recipes: those with jobs.
        errors: most frequent first.
        lost: connections that do not work.
        streams: what the database holds, and what is incomplete.
    """

    at: datetime
    since: datetime
    workspace: str
    days: Sequence[Day]
    recipes: Sequence[RecipeJobs]
    errors: Sequence[JobError]
    lost: Sequence[LostConnection]
    streams: Sequence[StreamStatus]


def read(connection: Connection, *, since: datetime, at: datetime) -> Figures:
    """Read the figures; a transaction of the connection's makes them agree with each other."""
    recent = sa.and_(_JOBS.deleted_at.is_(None), _JOBS.started_at >= since)
    owner = connection.execute(sa.select(WORKSPACE)).one_or_none()
    return Figures(
        at=at,
        since=since,
        workspace=str(Identity(owner.host, owner.workspace)) if owner else "",
        days=_days(connection, recent, since, at),
        recipes=_recipes(connection, recent),
        errors=_errors(connection, recent),
        lost=_lost(connection),
        streams=status(connection),
    )


def _days(connection: Connection, recent: Any, since: datetime, at: datetime) -> Sequence[Day]:
    if connection.dialect.name == "sqlite":
        day: Any = sa.func.substr(_JOBS.started_at, 1, 10, type_=sa.Text)
    else:
        day = sa.func.to_char(sa.func.timezone("UTC", _JOBS.started_at), "YYYY-MM-DD")
    counts: dict[date, Counter[str]] = {since.date(): Counter(), at.date(): Counter()}
    for text, state, jobs in connection.execute(
        sa.select(day, _JOBS.status, sa.func.count()).where(recent).group_by(day, _JOBS.status)
    ):
        known = state if state in ("succeeded", "failed") else "other"
        counts.setdefault(date.fromisoformat(text), Counter())[known] += jobs
    return [Day(day, **counts[day]) for day in sorted(counts)]


def _recipes(connection: Connection, recent: Any) -> Sequence[RecipeJobs]:
    if connection.dialect.name == "sqlite":
        seconds: Any = (sa.func.julianday(_JOBS.completed_at) - sa.func.julianday(_JOBS.started_at)) * 86_400
    else:
        seconds = sa.extract("epoch", _JOBS.completed_at - _JOBS.started_at)
    failed = _JOBS.status == "failed"
    query: Any = (
        sa.select(
            _JOBS.recipe_id,
            sa.func.max(_RECIPES.name),
            sa.func.count(),
            sa.func.count(sa.case((failed, 1))),
            sa.func.max(sa.case((failed, _JOBS.started_at))),
            sa.func.avg(seconds, type_=sa.Float),
            sa.func.max(seconds, type_=sa.Float),
        )
        .outerjoin_from(TABLES["jobs"], TABLES["recipes"], _RECIPES.id == _JOBS.recipe_id)
        .where(recent)
        .group_by(_JOBS.recipe_id)
        .order_by(_JOBS.recipe_id)
    )
    return [RecipeJobs(id, name or f"recipe {id}", *rest) for id, name, *rest in map(tuple, connection.execute(query))]  # noqa: A001


def _errors(connection: Connection, recent: Any) -> Sequence[JobError]:
    text = sa.func.substr(_JOBS.error, 1, 300, type_=sa.Text)
    found: Counter[str] = Counter()
    for error, jobs in connection.execute(
        sa.select(text, sa.func.count()).where(recent, _JOBS.status == "failed").group_by(text)
    ):
        found[without_numbers(error or "")] += jobs
    return [JobError(error, jobs) for error, jobs in found.most_common()]


_ID = re.compile(r"\b(?=[\w-]*\d)[0-9a-fA-F][\w-]{7,}\b|\d+(?:[.,:]\d+)*")


def without_numbers(error: str) -> str:
    """Return an error without what differs from one job to the next: ids and numbers become ``#``."""
    return " ".join(_ID.sub("#", error).split()) or "(no message)"


def _lost(connection: Connection) -> Sequence[LostConnection]:
    query = (
        sa.select(TABLES["connections"])
        .where(
            _CONNECTIONS.deleted_at.is_(None),
            sa.or_(
                _CONNECTIONS.authorization_status != "success",
                sa.and_(
                    _CONNECTIONS.connection_lost_at.is_not(None),
                    sa.or_(
                        _CONNECTIONS.authorized_at.is_(None),
                        _CONNECTIONS.authorized_at < _CONNECTIONS.connection_lost_at,
                    ),
                ),
            ),
        )
        .order_by(_CONNECTIONS.id)
    )
    found = connection.execute(query).all()
    recipes = _users(connection) if found else {}
    return [
        LostConnection(
            row.id,
            row.name or f"connection {row.id}",
            row.provider or row.application or "",
            row.connection_lost_at,
            row.connection_lost_reason or row.authorization_error or "",
            recipes.get(row.id, ()),
        )
        for row in found
    ]


def _users(connection: Connection) -> Mapping[int | None, Sequence[str]]:
    """Return the names of the recipes that use a connection, by the connection's id."""
    users: dict[int | None, list[str]] = defaultdict(list)
    query = sa.select(_RECIPES.id, _RECIPES.name, _RECIPES.json["config"]).where(_RECIPES.deleted_at.is_(None))
    for key, name, config in connection.execute(query.order_by(_RECIPES.id)):
        with suppress(msgspec.DecodeError):  # another shape than documented
            for used in {entry.account_id for entry in msgspec.json.decode(config or "[]", type=list[_Config])}:
                users[used].append(name or f"recipe {key}")
    return users


class _Config(msgspec.Struct):
    account_id: int | None = None


def first_day(at: datetime, since: datetime | None) -> datetime:
    """Return the beginning of the first day, by default of 30."""
    first = at - timedelta(days=29) if since is None else since.astimezone(at.tzinfo)
    return first.replace(hour=0, minute=0, second=0, microsecond=0)

"""What a mirror should hold, told from the fake's own state, and what it does hold."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workato_async import Limiter, Quota, RetryPolicy, WorkatoSession
from workato_async.mirror import STREAMS, Mirror
from workato_async.mirror.rows import tree_of
from workato_async.mirror.schema import TABLES
from workato_async.testing import FakeWorkato, State

UNLIMITED = Quota(10_000_000, per=1)
HOME = 1
Contents = dict[str, dict[Any, Any]]


@asynccontextmanager
async def session_of(fake: FakeWorkato, *, quotas: bool = False) -> AsyncIterator[WorkatoSession]:
    """Return a session with a fake, without quotas unless they matter."""
    limiter = Limiter() if quotas else Limiter(default=UNLIMITED)
    retry = RetryPolicy(attempts=3, base=0.001, cap=0.002)
    async with WorkatoSession("token", base_url=fake.url, limiter=limiter, retry=retry) as session:
        yield session


@asynccontextmanager
async def mirror_of(fake: FakeWorkato, url: str, *, quotas: bool = False) -> AsyncIterator[Mirror]:
    """Return a mirror of a fake."""
    async with session_of(fake, quotas=quotas) as session, Mirror(session, url) as mirror:
        yield mirror


def expected(state: State) -> Contents:
    """Return the objects of a fake workspace, by stream and key."""
    return {
        "recipes": state.recipes,
        "recipe_versions": _children({recipe_id: state.versions[recipe_id] for recipe_id in state.recipes}),
        "jobs": _children({recipe_id: state.jobs[recipe_id] for recipe_id in state.recipes}),
        "connections": {key: _placed(state, connection) for key, connection in state.connections.items()},
        "folders": {key: folder for key, folder in state.folders.items() if key != HOME},
        "projects": state.projects,
        "lookup_tables": state.lookup_tables,
        "lookup_table_rows": _children({table_id: state.lookup_rows[table_id] for table_id in state.lookup_tables}),
        "on_prem_groups": state.on_prem_groups,
        "on_prem_agents": state.on_prem_agents,
        "activity_logs": state.activity_logs,
        "deployments": state.deployments,
    }


def _placed(state: State, connection: dict[str, Any]) -> dict[str, Any]:
    """Return a connection as the fake lists it, with the project of its folder."""
    return {**connection, "project_id": state.folders[connection["folder_id"]]["project_id"]}


def _children(tables: dict[int, Any]) -> dict[Any, Any]:
    return {(parent, key): child for parent, table in tables.items() for key, child in table.items()}


async def contents(mirror: Mirror) -> Contents:
    """Return the live objects of a mirror, by stream and key."""

    def read(connection: Connection) -> Contents:
        found: Contents = {}
        for name, table in TABLES.items():
            keys = list(table.primary_key)
            rows = connection.execute(sa.select(*keys, table.c.json).where(table.c.deleted_at.is_(None)))
            single = len(keys) == 1
            found[name] = {(row[0] if single else (row[0], row[1])): tree_of(row.json) for row in rows}
        return found

    return await mirror._database.run_in_transaction(read)


async def rows(mirror: Mirror, stream: str) -> list[dict[str, Any]]:
    """Return all rows of a stream, those marked as deleted included, in the order of their keys."""
    table = TABLES[stream]

    def read(connection: Connection) -> list[dict[str, Any]]:
        found = connection.execute(sa.select(table).order_by(*table.primary_key))
        return [dict(row) for row in found.mappings()]

    return await mirror._database.run_in_transaction(read)


def differences(held: Contents, wanted: Contents) -> dict[str, Any]:
    """Name the keys by which two workspaces differ; empty if they are the same."""
    return {
        name: sorted(
            map(str, {key for key in {*held[name], *wanted[name]} if held[name].get(key) != wanted[name].get(key)})
        )
        for name in STREAMS
        if held[name] != wanted[name]
    }

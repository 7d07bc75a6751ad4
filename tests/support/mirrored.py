"""A mirror with the rows that a test needs, written without a server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workato_async import WorkatoSession
from workato_async.mirror import Mirror
from workato_async.mirror.schema import TABLES


@asynccontextmanager
async def mirrored(url: str, **rows: Sequence[Mapping[str, Any]]) -> AsyncIterator[Mirror]:
    """Yield a mirror with these rows, by stream; columns that are not named are NULL."""

    def write(connection: Connection) -> None:
        for stream, given in rows.items():
            for row in given:
                text = msgspec.json.encode({**row, **row.get("json", {})}).decode()
                connection.execute(sa.insert(TABLES[stream]).values({**row, "json": text}))

    async with WorkatoSession("none") as session, Mirror(session, url) as mirror:
        await mirror._database.run_in_transaction(write)
        yield mirror

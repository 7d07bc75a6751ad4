"""A dlt source: loads a mirror into DuckDB, or any other destination of dlt, each time only what is new.

``pip install 'workato-async[mirror,parquet]' 'dlt[duckdb]'``, then:

    workato-async mirror run workato.db
    python examples/dlt_source.py workato.db workato.duckdb
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import dlt
import pyarrow.parquet as pq

from workato_async import WorkatoSession
from workato_async.mirror import STREAMS, Mirror

OVERLAP = timedelta(days=1)
"""What is loaded again: rows that changed while the mirror was reading, and jobs that were still running."""


@dlt.source(name="workato")
def workato_source(url: str, streams: Iterable[str] = tuple(STREAMS)) -> Iterator[Any]:
    """Return a resource for each stream of a mirror; rows marked as deleted are deleted at the destination."""
    columns: Any = {"deleted_at": {"hard_delete": True}}
    for name in streams:
        parent = STREAMS[name].parent_key
        resource = dlt.resource(
            rows,
            name=name,
            write_disposition="merge",
            primary_key=[parent, "id"] if parent else "id",
            columns=columns,
        )
        yield resource(url, name)


async def rows(url: str, stream: str) -> AsyncIterator[Any]:
    """Yield what the mirror has stored or marked as deleted since the last load."""
    state = dlt.current.resource_state(stream)
    since = datetime.fromisoformat(state["since"]) - OVERLAP if state.get("since") else None
    # Nothing is sent, so the token does not matter.
    async with WorkatoSession("none") as session, Mirror(session, url) as mirror:
        status = next(status for status in await mirror.status() if status.stream == stream)
        with TemporaryDirectory() as folder:
            path = Path(folder, f"{stream}.parquet")
            await mirror.export(stream, path, since=since, deleted=True)
            with pq.ParquetFile(path) as file:
                for batch in file.iter_batches():
                    yield batch
    if status.last_pass is not None:
        state["since"] = status.last_pass.isoformat()


def main(mirror: str, destination: str) -> None:
    pipeline = dlt.pipeline("workato", destination=dlt.destinations.duckdb(destination), dataset_name="workato_mirror")
    print(pipeline.run(workato_source(f"sqlite:///{mirror}")))


if __name__ == "__main__":
    main(*sys.argv[1:])

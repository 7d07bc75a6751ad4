"""A page for people: one HTML file with its charts, which loads nothing and runs no script. Extra ``report``.

The charts are SVG that Vega-Lite draws (through vl-convert, which has everything it needs in one wheel): their colors
are variables of the page's style sheet, for light and dark, and every bar has a text for screen readers. A page is some
60 kB; libraries that draw in the browser put 1 to 4 MB of script into every page.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING

from workato_async._files import FileSink
from workato_async.errors import ConfigurationError
from workato_async.mirror.html_report.figures import first_day, read

if TYPE_CHECKING:
    import os

    from workato_async.mirror.database import Database


async def write_report(database: Database, path: str | os.PathLike[str], *, since: datetime | None) -> None:
    """Write the page; see ``Mirror.write_report``."""
    if find_spec("vl_convert") is None:
        raise ConfigurationError("vl-convert is missing: pip install 'workato-async[report]'")
    from workato_async.mirror.html_report.page import render

    if since is not None and since.tzinfo is None:
        raise ConfigurationError(f"since must have a time zone, not {since.isoformat()}")
    at = datetime.now(UTC)
    async with FileSink(path) as sink:
        figures = await database.run_in_transaction(partial(read, since=first_day(at, since), at=at))
        await sink.write((await asyncio.to_thread(render, figures)).encode())
        await sink.commit()

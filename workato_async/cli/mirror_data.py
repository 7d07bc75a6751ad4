"""Getting data out of a mirror's database: files, a page for people, and Datasette's metadata. Nothing is sent."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from workato_async import WorkatoSession
from workato_async.cli.command_runner import CommandError, ExitStatus
from workato_async.cli.live_quotas import sqlite_file
from workato_async.cli.mirror_runs import url_of
from workato_async.cli.terminal import echo_err
from workato_async.mirror import STREAMS, Mirror
from workato_async.mirror.datasette import metadata
from workato_async.mirror.file_formats import FORMATS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path


@asynccontextmanager
async def opened(database: str) -> AsyncIterator[Mirror]:
    """Open a mirror that exists, without a token.

    Raises:
        CommandError: if there is none.
    """
    file = sqlite_file(database)
    url = url_of(database)
    async with WorkatoSession("none") as workato:
        mirror = Mirror(workato, url)
        del url  # it may hold a password
        if not await mirror.exists():
            raise CommandError(f"error: no mirror in {file or 'the database'}")
        async with mirror:
            yield mirror


async def export_streams(
    database: str,
    streams: Sequence[str] | None,
    to: Path,
    *,
    format: str,  # noqa: A002
    since: datetime | None,
    deleted: bool,
) -> ExitStatus:
    """Write a file for each stream, and print how many rows it has."""
    async with opened(database) as mirror:
        for name, path in _paths([*dict.fromkeys(streams or STREAMS)], to, format).items():
            count = await mirror.export(name, path, format=format, since=since, deleted=deleted)
            echo_err(f"{path}: {count:,} rows")
    return ExitStatus.DONE


def _paths(streams: Sequence[str], to: Path, suffix: str) -> Mapping[str, Path]:
    """Return the file of each stream; make the folder for them."""
    if to.suffix[1:] in FORMATS and to.suffix != f".{suffix}" and not to.is_dir():
        raise CommandError(f"error: --to {to} is not a {suffix} file", ExitStatus.USAGE)
    if to.suffix != f".{suffix}" or to.is_dir():
        to.mkdir(parents=True, exist_ok=True)
        return {name: to / f"{name}.{suffix}" for name in streams}
    if len(streams) > 1:
        raise CommandError("error: --to must be a folder, or choose one stream with --stream", ExitStatus.USAGE)
    return {streams[0]: to}


async def write_report(database: str, file: Path, since: datetime | None) -> ExitStatus:
    """Write the page."""
    async with opened(database) as mirror:
        await mirror.write_report(file, since=since)
    echo_err(f"{file} written")
    return ExitStatus.DONE


def datasette_metadata(database: str) -> str:
    """Return Datasette's metadata for a database.

    Raises:
        CommandError: if it is not a SQLite file.
    """
    file = sqlite_file(database)
    if file is None:
        raise CommandError("error: Datasette opens SQLite files only", ExitStatus.USAGE)
    return metadata(file.stem)

"""InsightsQuery: the result of a query, as rows or as a file."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from contextlib import aclosing
from itertools import islice
from textwrap import shorten
from typing import IO, TYPE_CHECKING, Any, TypeVar, cast

from workato_async._checks import require_type
from workato_async._files import MAX_DOWNLOAD, FileSink, TemporarySink
from workato_async.arguments import plain
from workato_async.endpoint import Endpoint
from workato_async.errors import ConfigurationError, InvalidResponseError
from workato_async.resources._base import polled
from workato_async.resources.insights.rows import Row, is_json, rows_in

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator, Iterator
    from os import PathLike
    from pathlib import Path

    from workato_async.calls.caller import Caller
    from workato_async.http.messages import Response

T = TypeVar("T")

QUERY = Endpoint[None](
    "insights.query",
    "POST",
    "/api/insights/v1/query",
    idempotent=True,  # it only reads
    reads_by_post=True,
    shared_quota="insights",
)
ROWS_AT_ONCE = 200
"""Rows that are read in one step in a thread."""
_KEPT = 64 * 1024
"""Bytes of a response that an error keeps."""


class InsightsQuery:
    """A query. It is sent when its result is requested, and sent again if the result is requested again.

    ``await query`` fetches all rows, ``async for row in query`` iterates over them, ``await query.save(path)`` writes
    them to a file. A row is a dict with the names of the columns as keys. Its values have the types of JSON; if Workato
    returns CSV, they are text.

    Raises:
        InvalidResponseError: when it is sent, if the response cannot be understood: no source shows its form.
        WorkatoError: when it is sent, any error of a call, e.g. BadRequestError for a mistake in the SQL.
    """

    def __init__(self, caller: Caller, sql: str) -> None:
        given = plain(sql)
        require_type("sql", given, str)
        if not given.strip():
            raise ConfigurationError("sql is empty", endpoint=QUERY.key)
        self._caller = caller
        self._sql = cast("str", given)

    async def __aiter__(self) -> AsyncGenerator[Row, None]:
        """Iterate over the rows; the response is kept in a temporary file, not in memory."""
        async with TemporarySink() as sink:
            response = await self._fetch(sink, "json")
            rows = await self._step(response, sink.file, lambda: rows_in(sink.file))
            while batch := await self._step(response, sink.file, lambda: list(islice(rows, ROWS_AT_ONCE))):
                for row in batch:
                    yield row

    def __await__(self) -> Generator[Any, None, list[Row]]:
        """Fetch all rows into a list: ``await query`` is ``await query.collect()``."""
        return self.collect().__await__()

    async def collect(self, *, limit: int | None = None) -> list[Row]:
        """Fetch the rows into a list.

        Args:
            limit: the largest number of rows, None for all. The response has all rows anyway, so ``LIMIT`` in the query
                saves more.

        Raises:
            ConfigurationError: if ``limit`` is negative, or not a whole number.
            InvalidResponseError: if the response cannot be understood.
            WorkatoError: any error of a call.
        """
        limit = cast("int | None", plain(limit))
        if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 0):
            raise ConfigurationError(f"limit must be a whole number of at least 0, not {limit!r}")
        rows: list[Row] = []
        if limit == 0:
            return rows
        async with aclosing(self.__aiter__()) as found:
            async for row in found:
                rows.append(row)
                if len(rows) == limit:
                    break
        return rows

    async def first(self) -> Row | None:
        """Fetch the first row; None if there is none.

        Raises:
            InvalidResponseError: if the response cannot be understood.
            WorkatoError: any error of a call.
        """
        rows = await self.collect(limit=1)
        return rows[0] if rows else None

    async def save(self, path: str | PathLike[str], *, max_bytes: int = MAX_DOWNLOAD) -> Path:
        """Write the rows to a CSV file in UTF-8, with the names of the columns in its first line.

        The response is streamed to the disk, and the file appears only once it is complete.

        Args:
            path: the file to write; an existing one is replaced.
            max_bytes: the largest response that is accepted.

        Returns:
            The path of the file.

        Raises:
            InvalidResponseError: if the response cannot be understood, or is larger than ``max_bytes``.
            ConfigurationError: if the file cannot be written.
        """
        async with FileSink(path, max_bytes=max_bytes) as sink:
            response = await self._fetch(sink, "csv")
            with await asyncio.to_thread(sink.temporary.open, "rb") as file:
                await self._step(response, file, lambda: next(rows_in(file), None))  # it is a table, as far as seen
                if await asyncio.to_thread(_is_json, file):  # the format that was asked for is not confirmed
                    return await self._convert(response, file, path)
            return await sink.commit()

    def __repr__(self) -> str:
        return f"<InsightsQuery {shorten(self._sql, 60)!r}>"

    async def _convert(self, response: Response, file: IO[bytes], path: str | PathLike[str]) -> Path:
        """Write the rows of a JSON response to a CSV file."""
        async with FileSink(path) as sink:
            chunks = _as_csv(file)
            while chunk := await self._step(response, file, lambda: next(chunks, b"")):
                await sink.write(chunk)
            return await sink.commit()

    async def _fetch(self, sink: FileSink, form: str) -> Response:
        body = {"query": self._sql, "format": form}
        return await self._caller.save(sink, QUERY, (), body, check=_check)

    async def _step(self, response: Response, file: IO[bytes], act: Callable[[], T]) -> T:
        """Work on a response in a thread, and complete the error if it cannot be understood."""
        try:
            return await asyncio.to_thread(act)
        except InvalidResponseError as error:
            error.concern(*polled(self._caller, QUERY), idempotent=True)
            error.status, error.attempts = response.status, response.attempts
            error.correlation_ids = response.correlation_ids
            error.body = await asyncio.to_thread(_beginning, file)
            raise


def _check(body: bytes) -> None:
    """Read a short response, which may be anything, while it can still be retried."""
    for _ in rows_in(io.BytesIO(body)):
        pass


def _beginning(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read(_KEPT)


def _is_json(file: IO[bytes]) -> bool:
    return is_json(_beginning(file))


def _as_csv(file: IO[bytes]) -> Iterator[bytes]:
    """Iterate over the parts of a CSV file with the rows of a JSON response; each row may have other columns."""
    columns = list(dict.fromkeys(name for row in rows_in(file) for name in row))
    rows = rows_in(file)
    batch = [dict(zip(columns, columns, strict=True))] if columns else []
    while batch:
        text = io.StringIO(newline="")
        csv.writer(text).writerows([_text(row.get(column)) for column in columns] for row in batch)
        yield text.getvalue().encode()
        batch = list(islice(rows, ROWS_AT_ONCE))


def _text(value: object) -> object:
    """Return a value as CSV has it: nothing for null, JSON for what is not a plain value."""
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)

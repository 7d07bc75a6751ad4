"""The snapshot of a running mirror's limiter, kept in a file beside its database for other processes to read."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import attrs

from workato_async.cli.profiles import state_path
from workato_async.cli.running import CommandError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workato_async import Limiter

EVERY = 2.0
"""Seconds between two snapshots."""


def sqlite_file(database: str) -> Path | None:
    """Give the file of a database, which is named by its path or its URL; None if it is no file."""
    scheme, colon, rest = database.partition("://")
    if not colon:
        return Path(database)
    return Path(rest.partition("?")[0].removeprefix("/")) if scheme.startswith("sqlite") else None


def place(database: str) -> Path:
    """Give the place of the snapshot: beside an SQLite file, among the state files for other databases."""
    if file := sqlite_file(database):
        return file.with_name(f"{file.name}.quotas.json")
    return state_path() / f"quotas-{hashlib.sha256(database.encode()).hexdigest()[:16]}.json"


class Publisher:
    """Writes the snapshot every few seconds, for as long as the block lasts; the file goes with it."""

    def __init__(self, limiter: Limiter, database: str) -> None:
        self._limiter = limiter
        self._path = place(database)
        if sqlite_file(database) is None:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._timer: asyncio.TimerHandle | None = None

    def __enter__(self) -> Self:
        self.publish()
        return self

    def __exit__(self, *_: object) -> None:
        if self._timer is not None:
            self._timer.cancel()
        with suppress(OSError):
            self._path.unlink()

    def publish(self) -> None:
        """Write the snapshot of this moment."""
        if self._timer is not None:
            self._timer.cancel()
        endpoints = {key: attrs.asdict(state) for key, state in self._limiter.snapshot().items()}
        draft = self._path.with_name(f"{self._path.name}.{os.getpid()}.tmp")
        with suppress(OSError):  # the mirror's work does not depend on it
            draft.write_text(json.dumps({"at": datetime.now(UTC).isoformat(), "endpoints": endpoints}))
            os.replace(draft, self._path)
        self._timer = asyncio.get_running_loop().call_later(EVERY, self.publish)


def read(database: str) -> tuple[Mapping[str, Mapping[str, Any]], float]:
    """Give the endpoints of the snapshot, and how many seconds old it is.

    Raises:
        CommandError: if there is none.
    """
    path = place(database)
    try:
        snapshot = json.loads(path.read_text())
        age = datetime.now(UTC) - datetime.fromisoformat(snapshot["at"])
    except FileNotFoundError:
        raise CommandError(f"error: no mirror runs on this database: there is no {path}") from None
    except (ValueError, KeyError, TypeError):
        raise CommandError(f"error: {path} holds no snapshot") from None
    return snapshot["endpoints"], age.total_seconds()

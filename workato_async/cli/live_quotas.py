"""The limiter snapshot of a running mirror, in a file next to its database for other processes to read."""

from __future__ import annotations

import asyncio
import hashlib
import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import unquote

import attrs

from workato_async._files import atomic_write
from workato_async.cli.command_runner import CommandError
from workato_async.cli.profiles import state_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workato_async import Limiter

INTERVAL = 2.0
"""Seconds between two snapshots."""


def sqlite_file(database: str) -> Path | None:
    """Return the file of a database given by path or URL; None if it is not SQLite, or in memory."""
    scheme, colon, rest = database.partition("://")
    if not colon:
        return Path(database)
    name = unquote(rest.partition("?")[0].removeprefix("/"))
    if name.startswith("file:"):
        name = unquote(name.removeprefix("file:"))
    return Path(name) if scheme.startswith("sqlite") and name not in ("", ":memory:") else None


def snapshot_path(database: str) -> Path:
    """Return the path of the snapshot: next to a SQLite file, in the state folder for other databases."""
    if file := sqlite_file(database):
        return file.with_name(f"{file.name}.quotas.json")
    return state_path() / f"quotas-{hashlib.sha256(database.encode()).hexdigest()[:16]}.json"


class Publisher:
    """Writes the snapshot every few seconds while the block runs, then removes the file."""

    def __init__(self, limiter: Limiter, database: str) -> None:
        self._limiter = limiter
        self._path = snapshot_path(database)
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
        """Write the current snapshot."""
        if self._timer is not None:
            self._timer.cancel()
        endpoints = {key: attrs.asdict(state) for key, state in self._limiter.snapshot().items()}
        snapshot = {"at": datetime.now(UTC).isoformat(), "endpoints": endpoints}
        with suppress(OSError):  # the mirror does not depend on it
            atomic_write(self._path, json.dumps(snapshot).encode())
        self._timer = asyncio.get_running_loop().call_later(INTERVAL, self.publish)


def read(database: str) -> tuple[Mapping[str, Mapping[str, Any]], float]:
    """Return the endpoints of the snapshot, and its age in seconds.

    Raises:
        CommandError: if there is no snapshot.
    """
    path = snapshot_path(database)
    try:
        snapshot = json.loads(path.read_text())
        age = datetime.now(UTC) - datetime.fromisoformat(snapshot["at"])
    except FileNotFoundError:
        raise CommandError(f"error: no mirror is running on this database: {path} does not exist") from None
    except (ValueError, KeyError, TypeError):
        raise CommandError(f"error: {path} is not a quota snapshot") from None
    return snapshot["endpoints"], age.total_seconds()

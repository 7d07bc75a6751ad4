"""A record on disk of repeated jobs, so that no job is repeated twice, even after a crash.

An append-only file of JSON lines. One line is written before jobs are sent (``"event": "sending"``) and is on disk
before the request leaves; another records what happened to them (``"event": "answered"``). A job that was sent without
a recorded response may or may not have been repeated, and only a person can decide. An incomplete last line was being
written when the program died; if it is a ``sending``, nothing was sent, so it is dropped.
"""

from __future__ import annotations

import enum
import json
import os
import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

import attrs

from workato_async._files import FileLock
from workato_async.cli.command_runner import CommandError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


_BINARY = getattr(os, "O_BINARY", 0)  # Windows would write two bytes for a line break


class Fate(enum.StrEnum):
    """What happened to a job that was to be repeated."""

    REPEATED = "repeated"
    REFUSED = "refused"
    """Workato declined to repeat it."""
    FAILED = "failed"
    """The request failed, and nothing was repeated."""
    UNKNOWN = "unknown"
    """It was sent, and there was no response."""
    DUE = "due"
    """It would be sent if this were not a dry run."""


@attrs.frozen
class Entry:
    """The latest record of a job.

    Attributes:
        fate: what happened to it.
        at: time of this record, ISO 8601.
        job_id: the id of the job that repeats it.
        error: why it was not repeated, or why that is unknown.
    """

    fate: Fate
    at: str
    job_id: str | None = None
    error: str | None = None


class Ledger:
    """The ledger of one host, opened with ``with Ledger(path) as ledger`` by one process at a time.

    Args:
        path: the file; created if it does not exist.
        write: False to open it read-only.

    Raises:
        CommandError: if it is in use by another process, or not a valid ledger.
        OSError: if it cannot be read or written.
    """

    def __init__(self, path: Path, *, write: bool = True) -> None:
        self.path = path
        self.entries: dict[str, Entry] = {}
        self._write = write
        self._resources = ExitStack()
        self._descriptor = -1

    def __enter__(self) -> Self:
        with ExitStack() as resources:
            if self._write:
                self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                lock = FileLock(self.path, mode=0o600)
                if not lock.acquire():
                    raise CommandError(f"error: {self.path} is in use by another process; wait for it to finish")
                resources.callback(lock.release)
                self._descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | _BINARY)
                resources.callback(os.close, self._descriptor)
                self._load()
                _sync_folder(self.path.parent)
            elif self.path.exists():
                self._load()
            self._resources = resources.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._resources.close()

    def sending(self, recipe_id: int, job_ids: Iterable[str]) -> None:
        """Record on disk that jobs are about to be sent."""
        at = _now()
        jobs = [*job_ids]
        self._append({"event": "sending", "at": at, "recipe_id": recipe_id, "job_ids": jobs})
        self.entries.update(dict.fromkeys(jobs, Entry(Fate.UNKNOWN, at)))

    def completed(self, recipe_id: int, fates: Mapping[str, Entry]) -> None:
        """Record on disk what happened to jobs."""
        jobs = {job_id: attrs.asdict(entry, filter=_is_stored) for job_id, entry in fates.items()}
        self._append({"event": "answered", "at": _now(), "recipe_id": recipe_id, "jobs": jobs})
        self.entries.update(fates)

    def _load(self) -> None:
        data = self.path.read_bytes()
        whole, _, torn = data.rpartition(b"\n")
        if torn and self._write:
            os.ftruncate(self._descriptor, len(data) - len(torn))
        for number, line in enumerate(whole.split(b"\n") if whole else (), 1):
            try:
                self._read(json.loads(line))
            except (ValueError, KeyError, TypeError, AttributeError):
                raise CommandError(f"error: {self.path}, line {number}: not a valid ledger entry") from None

    def _read(self, line: dict[str, Any]) -> None:
        event, at = line["event"], _text(line["at"])
        if event == "sending" and _are_ids(line["job_ids"]):
            self.entries.update(dict.fromkeys(line["job_ids"], Entry(Fate.UNKNOWN, at)))
        elif event == "answered":
            for job_id, stored in line["jobs"].items():
                job, error = _text(stored.get("job_id"), none=True), _text(stored.get("error"), none=True)
                self.entries[job_id] = Entry(Fate(stored["fate"]), at, job, error)
        else:
            raise ValueError(event)

    def _append(self, line: dict[str, Any]) -> None:
        rest = memoryview(json.dumps(line).encode() + b"\n")
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]
        os.fsync(self._descriptor)


def entry(fate: Fate, *, job_id: str | None = None, error: str | None = None) -> Entry:
    """Return an entry with the current time."""
    return Entry(fate, _now(), job_id, error)


def _are_ids(found: object) -> bool:
    return isinstance(found, list) and all(isinstance(id_, str) for id_ in found)


def _text(found: Any, *, none: bool = False) -> Any:
    """Return a text, or None where that is allowed.

    Raises:
        TypeError: for anything else.
    """
    if not isinstance(found, str) and not (none and found is None):
        raise TypeError
    return found


def _is_stored(attribute: attrs.Attribute[Any], value: object) -> bool:
    return attribute.name != "at" and value is not None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _sync_folder(folder: Path) -> None:
    """Flush the directory entry of a new file to disk."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

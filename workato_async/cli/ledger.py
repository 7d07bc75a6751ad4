"""What was repeated, on disk: so that no job is repeated twice, whenever the program dies.

A file of JSON lines that only grows. Before jobs are sent, a line says that they will be (``"event": "sending"``), and
it is on the disk before the request leaves; afterwards another one says what became of them (``"event": "answered"``).
A job whose sending has no answer may or may not have been repeated, and only a person can decide. A last line that is
cut short was being written when the program died: if it is a sending, nothing was sent, so it is dropped.
"""

from __future__ import annotations

import enum
import json
import os
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

import attrs

from workato_async.cli.running import CommandError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


class Fate(enum.StrEnum):
    """What became of a job that was to be repeated."""

    REPEATED = "repeated"
    REFUSED = "refused"
    """Workato would not repeat it."""
    FAILED = "failed"
    """The request failed, and nothing was repeated."""
    UNKNOWN = "unknown"
    """It was sent, and there is no answer."""
    DUE = "due"
    """It would be sent, were this not a dry run."""


@attrs.frozen
class Entry:
    """The last that is known of a job.

    Attributes:
        fate: what became of it.
        at: when that was written.
        job_id: the id of its repeat.
        error: why it was not repeated, or why that is not known.
    """

    fate: Fate
    at: str
    job_id: str | None = None
    error: str | None = None


class Ledger:
    """The ledger of one host. Use it as ``with Ledger(path) as ledger``; one process at a time can.

    Args:
        path: the file; it is made when the first line is written.
        write: False only to read it.

    Raises:
        CommandError: if another process uses it, or it is no ledger.
        OSError: if it cannot be read or written.
    """

    def __init__(self, path: Path, *, write: bool = True) -> None:
        self.path = path
        self.entries: dict[str, Entry] = {}
        self._write = write
        self._descriptor = -1

    def __enter__(self) -> Self:
        if self._write:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                _lock(self._descriptor, self.path)
                self._load()
                _sync_folder(self.path.parent)
            except BaseException:
                os.close(self._descriptor)
                raise
        elif self.path.exists():
            self._load()
        return self

    def __exit__(self, *_: object) -> None:
        if self._write:
            os.close(self._descriptor)

    def sending(self, recipe_id: int, job_ids: Iterable[str]) -> None:
        """Write that jobs are about to be sent; when it returns, that is on the disk."""
        at = _now()
        jobs = [*job_ids]
        self._append({"event": "sending", "at": at, "recipe_id": recipe_id, "job_ids": jobs})
        self.entries.update(dict.fromkeys(jobs, Entry(Fate.UNKNOWN, at)))

    def answered(self, recipe_id: int, fates: Mapping[str, Entry]) -> None:
        """Write what became of jobs."""
        jobs = {job_id: attrs.asdict(entry, filter=_said) for job_id, entry in fates.items()}
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
                raise CommandError(f"error: {self.path}, line {number}: this is no line of a ledger") from None

    def _read(self, line: dict[str, Any]) -> None:
        if line["event"] == "sending":
            self.entries.update(dict.fromkeys(line["job_ids"], Entry(Fate.UNKNOWN, line["at"])))
            return
        for job_id, told in line["jobs"].items():
            self.entries[job_id] = Entry(Fate(told["fate"]), line["at"], told.get("job_id"), told.get("error"))

    def _append(self, line: dict[str, Any]) -> None:
        rest = memoryview(json.dumps(line).encode() + b"\n")
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]
        os.fsync(self._descriptor)


def entry(fate: Fate, *, job_id: str | None = None, error: str | None = None) -> Entry:
    """Make an entry of this moment."""
    return Entry(fate, _now(), job_id, error)


def _said(attribute: attrs.Attribute[Any], value: object) -> bool:
    return attribute.name != "at" and value is not None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _lock(descriptor: int, path: Path) -> None:
    """Keep other processes out for as long as the file is open."""
    if sys.platform == "win32":
        return
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise CommandError(f"error: another process uses {path}: wait for its end") from None


def _sync_folder(folder: Path) -> None:
    """Put the file's name on the disk as well."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

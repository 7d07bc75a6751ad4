"""Locks between processes, and files that are replaced whole or not at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from workato_async._files import FileLock, atomic_write
from workato_async._json import UNREADABLE, parse_json


def test_a_lock_keeps_others_out_until_it_is_released(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"content")
    one, other = FileLock(path), FileLock(path)
    assert one.acquire()
    assert one.acquire(), "it is held already"
    assert not other.acquire()
    assert path.read_bytes() == b"content", "a locked file can be read"
    one.release()
    one.release()
    assert other.acquire()
    other.release()
    assert path.read_bytes() == b"content"


def test_a_lock_ends_with_its_process(tmp_path: Path) -> None:
    path = tmp_path / "file"
    code = (
        "import pathlib, time; from workato_async._files import FileLock;"
        f"lock = FileLock(pathlib.Path({str(path)!r})); print(lock.acquire(), flush=True); time.sleep(60)"
    )
    lock = FileLock(path)
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"True\n"
        assert not lock.acquire()
        other.send_signal(signal.SIGKILL)
    assert lock.acquire()
    lock.release()


def test_a_lock_creates_its_file_with_the_mode_it_was_given(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "file", mode=0o600)
    assert lock.acquire()
    lock.release()
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileNotFoundError):
        FileLock(tmp_path / "missing" / "file").acquire()


@pytest.mark.parametrize("sync", [False, True])
def test_a_file_is_replaced_whole(tmp_path: Path, sync: bool) -> None:
    path = tmp_path / "file"
    atomic_write(path, b"old", sync=sync)
    atomic_write(path, b"new", sync=sync, draft=tmp_path / "draft")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_write_that_fails_leaves_the_old_file_and_no_draft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    atomic_write(path, b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        atomic_write(path, b"new", sync=True)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_json_may_begin_with_a_byte_order_mark() -> None:
    assert parse_json(b'\xef\xbb\xbf{"id": 1}') == parse_json(b'{"id": 1}') == {"id": 1}
    for body in (b"", b"<html>", b"[" * 100_000):
        with pytest.raises(UNREADABLE):
            parse_json(body)
    assert msgspec.DecodeError in UNREADABLE

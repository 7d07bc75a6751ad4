"""The ledger: what stands on the disk when, and what a program that dies leaves."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from workato_async.cli.command_runner import CommandError
from workato_async.cli.ledger import Fate, Ledger, entry


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "ledger.jsonl"


def fates(path: Path) -> dict[str, Fate]:
    with Ledger(path, write=False) as ledger:
        return {job_id: entry.fate for job_id, entry in ledger.entries.items()}


def test_what_is_sent_is_unknown_until_its_response_is_there(path: Path) -> None:
    with Ledger(path) as ledger:
        ledger.sending(1, ["j-1", "j-2"])
        assert fates(path) == {"j-1": Fate.UNKNOWN, "j-2": Fate.UNKNOWN}
        ledger.completed(1, {"j-1": entry(Fate.REPEATED, job_id="j-9"), "j-2": entry(Fate.REFUSED, error="too old")})
    assert fates(path) == {"j-1": Fate.REPEATED, "j-2": Fate.REFUSED}
    with Ledger(path) as ledger:
        assert ledger.entries["j-1"].job_id == "j-9"
        assert ledger.entries["j-2"].error == "too old"
        ledger.sending(1, ["j-2"])
    assert fates(path) == {"j-1": Fate.REPEATED, "j-2": Fate.UNKNOWN}


def test_every_line_is_on_the_disk_before_it_counts(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(os.fstat(descriptor).st_size))
    with Ledger(path) as ledger:
        ledger.sending(1, ["j-1"])
        assert synced[-1] == path.stat().st_size
        ledger.completed(1, {"j-1": entry(Fate.REPEATED)})
        assert synced[-1] == path.stat().st_size


def test_wherever_it_is_cut_off_nothing_is_forgotten(path: Path) -> None:
    with Ledger(path) as ledger:
        ledger.sending(1, ["j-1"])
        sent = path.stat().st_size
        ledger.completed(1, {"j-1": entry(Fate.REPEATED)})
        answered = path.stat().st_size
        ledger.sending(1, ["j-2"])
    whole = path.read_bytes()
    for length in range(len(whole) + 1):
        path.write_bytes(whole[:length])
        known = fates(path)
        if length >= answered:
            assert known["j-1"] is Fate.REPEATED
        elif length >= sent:
            assert known["j-1"] is Fate.UNKNOWN
        with Ledger(path) as ledger:  # writing goes on behind the last whole line
            ledger.sending(1, ["j-3"])
        assert fates(path) == {**known, "j-3": Fate.UNKNOWN}
        assert all(json.loads(line) for line in path.read_bytes().splitlines())


def test_a_second_process_is_refused(path: Path) -> None:
    with Ledger(path), pytest.raises(CommandError, match="is in use by another process"), Ledger(path):
        pass
    with Ledger(path):
        pass


def test_reading_makes_nothing(path: Path) -> None:
    assert fates(path) == {}
    assert not path.parent.exists()


def test_a_write_that_fails_is_an_error(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with Ledger(path) as ledger:
        monkeypatch.setattr(os, "write", full)
        with pytest.raises(OSError, match="No space left"):
            ledger.sending(1, ["j-1"])
        assert ledger.entries == {}


def test_short_writes_are_completed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    with Ledger(path) as ledger:
        monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, bytes(data)[:7]))
        ledger.sending(1, ["j-1", "j-2"])
    assert fates(path) == {"j-1": Fate.UNKNOWN, "j-2": Fate.UNKNOWN}


@pytest.mark.parametrize(
    "line",
    [
        '{"event": "removed", "at": "", "recipe_id": 1, "jobs": {}}',
        '{"event": "sending", "at": "", "recipe_id": 1, "job_ids": "abc"}',
        '{"event": "sending", "at": "", "recipe_id": 1, "job_ids": [7]}',
        '{"event": "sending", "at": "", "recipe_id": 1, "job_ids": {"j-1": 1}}',
        '{"event": "answered", "at": "", "recipe_id": 1, "jobs": ["j-1"]}',
        '{"event": "answered", "at": "", "recipe_id": 1, "jobs": {"j-1": {"fate": "unheard of"}}}',
        '{"at": "", "recipe_id": 1, "job_ids": ["j-1"]}',
    ],
)
def test_a_line_that_no_release_wrote_is_not_passed_over(path: Path, line: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{line}\n")
    with pytest.raises(CommandError, match="line 1: not a valid ledger entry"), Ledger(path):
        pass

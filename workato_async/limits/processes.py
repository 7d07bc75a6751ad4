"""Processes of this machine, by names that no later process has, and whether they still live."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_ENDED = "ended"


def process_name() -> str:
    """Return the name of this process: its id and when it was started."""
    return f"{os.getpid()}:{_started(os.getpid())}"


def lives(name: str) -> bool:
    """Return whether a process has not ended; True where the system does not tell.

    ``name`` may go on after a further colon, with what tells apart the users of one process.
    """
    pid, started = name.split(":")[:2]
    if sys.platform == "win32":
        return True  # there os.kill would interrupt the process, whatever the signal
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass  # it belongs to another user
    now = _started(int(pid))
    return now != _ENDED and (now == started or not now or not started)


def _started(pid: int) -> str:
    """Return when a process was started, in the system's own terms; empty where the system does not tell."""
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except (OSError, ValueError):
        return ""
    return _ENDED if state in ("Z", "X") else fields[18]  # Z: only its parent has not taken note yet

"""MachineStore: processes of one machine share quotas through a file, without a server."""

from __future__ import annotations

import hashlib
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from workato_async._checks import is_number, require_seconds
from workato_async.errors import ConfigurationError
from workato_async.limits.keys import canonical
from workato_async.limits.machine_bucket import MachineBucket, MachineSource
from workato_async.limits.processes import lives
from workato_async.limits.quota_file import QuotaFile
from workato_async.limits.room import random_draw

if TYPE_CHECKING:
    from collections.abc import Callable

    from workato_async.limits.quota import Quota

LEASE = 600.0
"""Seconds that a process may hold a permit; what is held longer counts as given up even if the process lives."""


def default_path() -> Path:
    """Return where the file is kept: in the user's folder for the state of programs.

    Raises:
        ConfigurationError: if the user's home directory is not known, as in containers that run under a bare user id.
    """
    try:
        return _folder() / "workato-async" / "quotas.sqlite3"
    except RuntimeError:
        raise ConfigurationError(
            "no folder for the quota file: the user has no home directory. Set HOME, or pass the path of a file"
        ) from None


def _folder() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support"
    state = os.environ.get("XDG_STATE_HOME", "")
    return Path(state) if Path(state).is_absolute() else Path.home() / ".local" / "state"


class MachineStore:
    """Keeps the permits of a limiter in a file, where the other processes of this machine and user find them.

    ```py
    limiter = Limiter(store=MachineStore())
    ```

    It is for cron jobs, command lines and prefork workers. Nothing has to be started or closed: the permits that a
    process holds return when it ends, even if it is killed (on Windows, those of a killed process return when their
    lease ends). Names in the file are hashes, and only its owner can read it. Processes share a quota if its figures,
    share and time scale are the same in all of them. Processes in containers must share the file and see each other's
    process ids; if they cannot, use RedisStore.

    Args:
        path: the file, None for the user's state folder. It must be on a disk of this machine, not on a network share.
        lease: seconds that a request may be under way; what a process holds longer counts as given up.
        on_store_failure: what happens if the file cannot be used: ``"raise"`` fails the calls with QuotaStoreError,
            ``"local"`` continues with a share of each quota.
        local_share: that share, at most 1 divided by the number of processes.

    Raises:
        ConfigurationError: for a value out of its range.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        lease: float = LEASE,
        on_store_failure: Literal["raise", "local"] = "raise",
        local_share: float = 0.25,
    ) -> None:
        require_seconds("lease", lease)
        if on_store_failure not in ("raise", "local"):
            raise ConfigurationError(f"on_store_failure must be 'raise' or 'local', not {on_store_failure!r}")
        if not (is_number(local_share) and 0 < local_share <= 1):
            raise ConfigurationError(f"local_share must be above 0 and at most 1, not {local_share!r}")
        self.path = (default_path() if path is None else Path(path)).absolute()
        self.file = QuotaFile(self.path)
        self.lease = float(lease)
        self.local_share = float(local_share) if on_store_failure == "local" else None
        self.clock: Callable[[], float] = time.monotonic  # runs since the machine was started, alike for all processes
        self.lives: Callable[[str], bool] = lives
        self.draw: Callable[[], float] = random_draw

    def bucket(self, quota: Quota, *, key: str, account: str, adaptive: bool) -> MachineBucket:
        """Return the bucket of one endpoint of one account; see ``limiter.Limiter`` for ``adaptive``."""
        identity = f"{account} {canonical(key)} {quota.requests} {quota.per!r}"
        name = hashlib.sha256(identity.encode()).hexdigest()[:32]
        return MachineBucket(MachineSource(self, quota, name, key, adaptive=adaptive))

    async def close(self) -> None:
        """Close the file."""
        self.file.close()

    def __repr__(self) -> str:
        return f"<MachineStore at {self.path}>"

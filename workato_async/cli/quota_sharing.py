"""Whether commands share their quotas: by default with every process of this machine that uses the same API client."""

from __future__ import annotations

from workato_async.limits.limiter import Limiter
from workato_async.limits.machine import MachineStore

OPTION = "--no-shared-quota"

_shared = True


def share_quota(shared: bool) -> None:
    """Choose for the rest of this process."""
    global _shared
    _shared = shared


def new_limiter() -> Limiter:
    """Return the limiter of a command. A quota file that cannot be used costs a warning, not the command."""
    return Limiter(store=MachineStore(on_store_failure="local", local_share=1.0) if _shared else None)

"""Whether commands share their quotas: by default with every process of this machine that uses the same API client."""

from __future__ import annotations

from workato_async.cli.settings import SETTINGS
from workato_async.limits.limiter import Limiter
from workato_async.limits.machine import MachineStore


def new_limiter(time_scale: float) -> Limiter:
    """Return the limiter of a command. A quota file that cannot be used costs a warning, not the command.

    Args:
        time_scale: the time scale of the server.
    """
    shared = SETTINGS.get().shared_quota
    store = MachineStore(on_store_failure="local", local_share=1.0) if shared else None
    return Limiter(store=store, time_scale=time_scale)

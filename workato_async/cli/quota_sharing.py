"""Whether commands share their quotas: by default with every process of this machine that uses the same API client."""

from __future__ import annotations

from typing import Any

from workato_async.cli.settings import SETTINGS
from workato_async.cli.terminal import echo_err
from workato_async.errors import ConfigurationError
from workato_async.limits.limiter import Limiter
from workato_async.limits.machine import MachineStore


def new_limiter(time_scale: float) -> Limiter:
    """Return the limiter of a command. A quota file that cannot be used costs a warning, not the command.

    Args:
        time_scale: the time scale of the server.
    """
    shared = SETTINGS.get().shared_quota
    store = machine_store(on_store_failure="local", local_share=1.0) if shared else None
    return Limiter(store=store, time_scale=time_scale)


def machine_store(**options: Any) -> MachineStore | None:
    """Return the store of this machine; None if there is no place for its file, and then a line on stderr says so.

    Args:
        options: of the store.
    """
    try:
        return MachineStore(**options)
    except ConfigurationError as error:
        echo_err(f"quotas are not shared with other commands: {error}")
        return None

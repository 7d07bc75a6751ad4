"""What the options common to all commands say."""

from __future__ import annotations

from contextvars import ContextVar
from typing import NamedTuple


class Settings(NamedTuple):
    """The options common to all commands, wherever they are on the command line.

    Attributes:
        profile: a profile of the config file; None for the environment or the default profile.
        host: a host, or the start of a URL; None for the profile's.
        data_center: a data center; None for the profile's.
        shared_quota: whether other processes of this machine count towards the same quotas.
        verbose: whether every request is shown, and the traceback of an unexpected error.
    """

    profile: str | None = None
    host: str | None = None
    data_center: str | None = None
    shared_quota: bool = True
    verbose: bool = False


SETTINGS: ContextVar[Settings] = ContextVar("SETTINGS", default=Settings())  # noqa: B039 - it is frozen
"""The settings of the command that runs."""

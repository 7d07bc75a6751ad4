"""What the options common to all commands say, and the sessions that they describe."""

from __future__ import annotations

from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from workato_async import WorkatoSession


class Settings(NamedTuple):
    """The options common to all commands, wherever they stand on the command line.

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


@asynccontextmanager
async def open_session(profile: str | None = None) -> AsyncIterator[WorkatoSession]:
    """Open a session as the settings say.

    Args:
        profile: a profile of the config file, instead of the one of the settings and its host.
    """
    from workato_async.cli.profiles import load_profile

    settings = SETTINGS.get()
    if profile is None:
        found = load_profile(settings.profile, host=settings.host, data_center=settings.data_center)
    else:
        found = load_profile(profile)
    async with found.session() as workato:
        if settings.verbose:
            from workato_async.cli.request_log import show_requests

            show_requests(workato)
        yield workato

"""The sessions that the options common to all commands describe."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from workato_async.cli.settings import SETTINGS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from workato_async import WorkatoSession


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

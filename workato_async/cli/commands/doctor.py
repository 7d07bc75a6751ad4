"""``workato-async doctor``."""

# No postponed annotations: Typer reads them when the commands are made.

from typing import TYPE_CHECKING, Annotated

import typer

from workato_async.cli.command_runner import CommandError, ExitStatus
from workato_async.cli.output import Format
from workato_async.cli.sessions import open_session
from workato_async.cli.settings import Settings

if TYPE_CHECKING:
    from contextlib import AsyncExitStack

    from workato_async import WorkatoSession


async def doctor(
    settings: Settings,
    output: Format,
    try_data_centers: Annotated[
        bool,
        typer.Option(
            "--try-data-centers",
            help="If the host rejects the token, send it to Workato's other data centers to find its own.",
        ),
    ] = False,
) -> ExitStatus:
    """Check host, token, privileges and clock.

    A check that does not pass names the next step. Nothing is changed: the workspace and one object of each family of
    endpoints are read, with about thirty calls. Exit status 1 means that a check failed.
    """
    from contextlib import AsyncExitStack

    from workato_async import WorkatoError
    from workato_async.cli.checklist import Checklist, check_config
    from workato_async.doctor import Check, check_proxies, check_store, check_versions, diagnose
    from workato_async.limits.machine import MachineStore

    store = MachineStore() if settings.shared_quota else None
    with Checklist(output) as checklist:
        checklist.add(check_config())
        async with AsyncExitStack() as resources:
            try:
                workato = await resources.enter_async_context(open_session())
            except (CommandError, WorkatoError) as error:
                checklist.add(check_versions())
                checklist.add(check_proxies())
                if store is not None:
                    checklist.add(await check_store(store))
                checklist.add(Check("token", "failed", str(error).removeprefix("error: ")))
                return ExitStatus.PARTLY_FAILED
            elsewhere = await _elsewhere(settings, resources) if try_data_centers else {}
            async for check in diagnose(workato, store=store, elsewhere=elsewhere):
                checklist.add(check)
    return ExitStatus.PARTLY_FAILED if checklist.failed else ExitStatus.DONE


async def _elsewhere(settings: Settings, resources: "AsyncExitStack") -> "dict[str, WorkatoSession]":
    """Return sessions with the same token at all data centers."""
    from workato_async.cli.profiles import load_profile
    from workato_async.doctor import DATA_CENTERS

    return {
        name: await resources.enter_async_context(load_profile(settings.profile, data_center=name).session())
        for name in DATA_CENTERS
    }

"""``workato-async doctor``."""

# No postponed annotations: Typer reads them when the commands are made.

from typing import TYPE_CHECKING, Annotated

import typer

from workato_async.cli.command_runner import CommandError, ExitStatus
from workato_async.cli.output import Format
from workato_async.cli.settings import Settings

if TYPE_CHECKING:
    from contextlib import AsyncExitStack

    from workato_async import WorkatoSession
    from workato_async.cli.profiles import Profile


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
    from workato_async.cli.checklist import Checklist, check_config, check_profile
    from workato_async.cli.profiles import load_profile
    from workato_async.cli.quota_sharing import machine_store
    from workato_async.cli.request_log import show_requests
    from workato_async.doctor import Check, check_proxies, check_store, check_versions, diagnose

    store = machine_store() if settings.shared_quota else None
    with Checklist(output) as checklist:
        checklist.add(check_config())
        async with AsyncExitStack() as resources:
            try:
                profile = load_profile(settings.profile, settings.host, settings.data_center)
                checklist.add(check_profile(profile))
                workato = await resources.enter_async_context(profile.session())
                if settings.verbose:
                    show_requests(workato)
            except (CommandError, WorkatoError) as error:
                checklist.add(Check("token", "failed", str(error).removeprefix("error: ")))
                checklist.add(check_versions())
                checklist.add(check_proxies())
                if store is not None:
                    checklist.add(await check_store(store))
            else:
                elsewhere = await _elsewhere(profile, resources) if try_data_centers else {}
                async for check in diagnose(workato, store=store, elsewhere=elsewhere):
                    checklist.add(check)
    return ExitStatus.PARTLY_FAILED if checklist.failed else ExitStatus.DONE


async def _elsewhere(profile: "Profile", resources: "AsyncExitStack") -> "dict[str, WorkatoSession]":
    """Return sessions with the same token at the other data centers."""
    import attrs

    from workato_async.cli.profiles import Where
    from workato_async.doctor import DATA_CENTERS

    others = {name: attrs.evolve(profile, where=Where(data_center=name)) for name in DATA_CENTERS}
    return {
        name: await resources.enter_async_context(other.session())
        for name, other in others.items()
        if other.where.root != profile.where.usual_root
    }

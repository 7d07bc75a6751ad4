"""``workato-async fake``: a local fake Workato."""

# No postponed annotations: Typer reads them when the commands are made.

import enum
from typing import TYPE_CHECKING, Annotated, cast

import typer

from workato_async.cli.interrupts import keyboard_interrupts

if TYPE_CHECKING:
    from workato_async.testing import Window


class WindowOption(enum.StrEnum):
    """How a quota counts requests."""

    SLIDING = "sliding"
    FIXED = "fixed"
    TOKEN_BUCKET = "token_bucket"  # noqa: S105 - not a password
    NONE = "none"


def fake(
    host: Annotated[str, typer.Option("--host", metavar="ADDRESS", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", metavar="PORT", min=0, max=65_535, help="Port to listen on, 0 for any.")
    ] = 8080,
    recipes: Annotated[
        int, typer.Option("--recipes", metavar="N", min=0, help="Number of recipes; every second one is running.")
    ] = 500,
    jobs: Annotated[
        int, typer.Option("--jobs", metavar="N", min=0, help="Number of jobs; every fifth one failed.")
    ] = 2000,
    connections: Annotated[int, typer.Option("--connections", metavar="N", min=0, help="Number of connections.")] = 20,
    lost_connections: Annotated[
        int, typer.Option("--lost-connections", metavar="N", min=0, help="Number of connections that do not work.")
    ] = 3,
    customers: Annotated[
        int, typer.Option("--customers", metavar="N", min=0, help="Number of customers (Embedded API).")
    ] = 3,
    time_scale: Annotated[
        float,
        typer.Option("--time-scale", metavar="FACTOR", help="Scale quota windows by this factor (0.01 = 100x faster)."),
    ] = 1.0,
    window: Annotated[
        WindowOption, typer.Option("--window", help="How requests are counted; none means no quotas.")
    ] = WindowOption.SLIDING,
    token: Annotated[
        str | None, typer.Option("--token", metavar="TOKEN", help="Accept only this token (default: any).")
    ] = None,
    latency: Annotated[
        float, typer.Option("--latency", metavar="SECONDS", min=0, help="Seconds that every response takes.")
    ] = 0.0,
    now: Annotated[
        str | None,
        typer.Option("--now", metavar="TIME", help="Date and time at the start, in ISO 8601 (default: now)."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Seed for the generated workspace.")] = 0,
) -> None:
    """Run a fake Workato on this machine.

    It runs until Ctrl-C. Its jobs, recipes and log entries date from the days before --now, so that filters such as
    `jobs list --since 24h` find something. Other commands use it, at the pace of its --time-scale, once you have run
    the `export` line that it prints.
    """
    from workato_async import ConfigurationError
    from workato_async.testing import FakeWorkato, serve
    from workato_async.testing.clock import start_time

    try:
        server = FakeWorkato(
            recipes,
            jobs,
            connections=connections,
            lost_connections=lost_connections,
            customers=customers,
            time_scale=time_scale,
            window=None if window is WindowOption.NONE else cast("Window", window.value),
            token=token,
            latency=latency,
            now=start_time(now),
            seed=seed,
            host=host,
            port=port,
        )
    except ConfigurationError as error:
        raise typer.BadParameter(str(error)) from None
    with keyboard_interrupts():
        raise typer.Exit(serve(server))

"""The command ``workato-async demo``."""

# No postponed annotations: Typer reads them when the commands are made.

import asyncio
import math
import os
from typing import Annotated

import typer

from workato_async.cli.command_runner import ExitStatus


def _checked_scale(time_scale: float) -> float:
    if not math.isfinite(time_scale):
        raise typer.BadParameter("expected a number from 0.001 to 1")
    return time_scale


def demo(
    recipes: Annotated[
        int, typer.Option(metavar="N", min=1, max=5_000, help="Number of recipes; every second one is running.")
    ] = 200,
    jobs: Annotated[
        int, typer.Option(metavar="N", min=0, max=200_000, help="Number of jobs of all running recipes.")
    ] = 15_000,
    time_scale: Annotated[
        float,
        typer.Option(
            metavar="FACTOR",
            min=0.001,
            max=1,
            callback=_checked_scale,
            help="Scale quota windows by this factor (0.01 = 100x faster).",
        ),
    ] = 0.02,
    seed: Annotated[int, typer.Option(metavar="N", help="Seed for the generated workspace.")] = 0,
) -> None:
    """Watch a job run within all rate limits.

    Starts a fake Workato on this machine with shorter quota windows, lists all recipes, reads the jobs of the running
    ones, and repeats their failed jobs, 25 per request. Exit status 0 means that every input has a result and no call
    was rate limited.
    """
    # --help does not need the fake.
    from rich.console import Console

    from workato_async.cli.demo.live_view import LiveView
    from workato_async.cli.demo.plain_view import PlainView
    from workato_async.cli.demo.run import Settings, run_demo

    console = Console()
    live = console.file.isatty() and os.environ.get("TERM") != "dumb"
    view = LiveView(console) if live else PlainView(typer.echo)
    settings = Settings(recipes=recipes, jobs=jobs, time_scale=time_scale, seed=seed)
    try:
        summary = asyncio.run(run_demo(settings, view))
    except KeyboardInterrupt:
        typer.echo("demo interrupted", err=True)
        raise typer.Exit(ExitStatus.INTERRUPTED) from None
    raise typer.Exit(summary.exit_status)

"""The command ``workato-async demo``."""

# No postponed annotations: Typer reads them when the commands are made.

import asyncio
import math
import os
from typing import Annotated

import typer

from workato_async.cli.running import Status


def _checked_scale(time_scale: float) -> float:
    if not math.isfinite(time_scale):
        raise typer.BadParameter("it is a number from 0.001 to 1")
    return time_scale


def demo(
    recipes: Annotated[int, typer.Option(min=1, max=5_000, help="Recipes; every second one runs.")] = 200,
    jobs: Annotated[int, typer.Option(min=0, max=200_000, help="Jobs of the running recipes, together.")] = 15_000,
    time_scale: Annotated[
        float,
        typer.Option(min=0.001, max=1, callback=_checked_scale, help="Length of quota windows, Workato's being 1."),
    ] = 0.02,
    seed: Annotated[int, typer.Option(help="Another seed makes another workspace.")] = 0,
) -> None:
    """Repeat the failed jobs of a fake workspace inside every quota, and watch it.

    A fake Workato is started on this machine, with compressed time. All recipes are listed, the jobs of the running
    ones read, and the failed jobs repeated 25 at a time. Exit status 0 means that every input came back and no call
    was refused.
    """
    # The fake is not needed for the help.
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
        typer.echo("interrupted: the demonstration did not end", err=True)
        raise typer.Exit(Status.INTERRUPTED) from None
    raise typer.Exit(summary.exit_status)

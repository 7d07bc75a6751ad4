"""The command ``workato-async demo``."""

# No postponed annotations: Typer reads them when the commands are made.

import math
import os
from typing import Annotated

import typer

from workato_async.cli.command_runner import ExitStatus, run


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
            help="Scale time by this factor (0.01 = 100x faster).",
        ),
    ] = 0.02,
    seed: Annotated[int, typer.Option(metavar="N", help="Seed for the generated workspace.")] = 0,
    compare: Annotated[
        bool,
        typer.Option("--compare", help="First run the job without a limiter, and show what that loses."),
    ] = False,
) -> None:
    """Watch a job run within all rate limits.

    Starts a fake Workato on this machine, in which time runs faster, lists all recipes, reads the jobs of the running
    ones, and repeats their failed jobs, 25 per request. Exit status 0 means that every input has a result and no call
    was rate limited.
    """
    # --help needs none of these.
    from rich.console import Console

    from workato_async.cli.demo.comparison import Run, lines, run_unpaced
    from workato_async.cli.demo.live_view import LiveView
    from workato_async.cli.demo.plain_view import PlainView
    from workato_async.cli.demo.run import Settings, run_demo

    console = Console()
    live = console.file.isatty() and os.environ.get("TERM") != "dumb"
    view = LiveView(console) if live else PlainView(typer.echo)
    settings = Settings(recipes=recipes, jobs=jobs, time_scale=time_scale, seed=seed)

    async def job() -> ExitStatus:
        runs: list[Run] = []
        if compare:
            typer.echo("Running the job without a limiter first ...")
            runs = await run_unpaced(settings)
        summary = await run_demo(settings, view)
        if compare:
            for line in lines([*runs, Run.ours(summary)]):
                typer.echo(line)
        return ExitStatus(summary.exit_status)

    run(job)

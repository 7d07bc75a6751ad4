"""``workato-async deploy``."""

# No postponed annotations: Typer reads them when the commands are made.

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workato_async.cli.command_runner import ExitStatus
from workato_async.cli.options import DryRun, Yes, parse_duration
from workato_async.cli.output import Format

if TYPE_CHECKING:
    from workato_async import WorkatoSession


async def deploy(
    workato: "WorkatoSession",
    output: Format,
    project: Annotated[str, typer.Argument(metavar="PROJECT", help="ID or name of the project.")],
    to: Annotated[str, typer.Option("--to", metavar="ENVIRONMENT", help="Where to deploy it, e.g. test or prod.")],
    run_tests: Annotated[
        bool, typer.Option("--run-tests", help="Run its test cases; if one fails, do not deploy.")
    ] = False,
    require_tests: Annotated[
        bool, typer.Option("--require-tests", help="The same, and do not deploy if there are none.")
    ] = False,
    junit: Annotated[
        Path | None,
        typer.Option("--junit", metavar="FILE", dir_okay=False, help="Write the test results to FILE as JUnit XML."),
    ] = None,
    build: Annotated[
        int | None,
        typer.Option("--build", metavar="ID", help="Deploy this build, unless it is already deployed."),
    ] = None,
    deployment: Annotated[
        int | None,
        typer.Option("--deployment", metavar="ID", help="Continue this deployment, also after its review."),
    ] = None,
    title: Annotated[str | None, typer.Option("--title", metavar="TEXT", help="Title of the deployment.")] = None,
    description: Annotated[
        str | None, typer.Option("--description", metavar="TEXT", help="Description of the deployment.")
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(
            "--target-profile",
            metavar="NAME",
            help="Profile with a token of the other environment, to check recipes, connections and properties there.",
        ),
    ] = None,
    wait: Annotated[
        bool, typer.Option("--wait/--no-wait", help="Wait for the 15 minutes between two imports (default), or fail.")
    ] = True,
    max_mb: Annotated[
        int, typer.Option("--max-mb", metavar="N", min=1, help="Largest package, in MB; Workato's limit is 30.")
    ] = 30,
    timeout: Annotated[
        timedelta,
        typer.Option("--timeout", parser=parse_duration, metavar="DURATION", help="Longest time for each step."),
    ] = "30m",  # type: ignore[assignment]  # Typer parses it
    yes: Yes = False,
    dry_run: DryRun = False,
) -> ExitStatus:
    """Build a project, test it and deploy it.

    Needs a token of the DEV environment; a token of the target is needed only with --target-profile. Any target but
    test needs a confirmation, or --yes. What a person must still do is listed at the end. Exit status 1: a test failed,
    so nothing was deployed; or the deployment failed, waits for a review, or left recipes stopped.
    """
    from workato_async.cli.deployment import Deployer
    from workato_async.cli.names import resolve

    deployer = Deployer(
        workato,
        project=await resolve(workato, "project", project),
        to=to.lower(),
        target_profile=target,
        run_tests=run_tests or junit is not None,
        require_tests=require_tests,
        junit=junit,
        build=build,
        deployment=deployment,
        title=title,
        description=description,
        max_bytes=max_mb * 2**20,
        max_wait=None if wait else 0.0,
        timeout=timeout.total_seconds(),
        output=output,
    )
    return await (deployer.dry_run() if dry_run else deployer.run(yes=yes))

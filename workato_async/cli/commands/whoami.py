"""``workato-async whoami``: the workspace of the token."""

# No postponed annotations: Typer reads them when the commands are made.

from workato_async.cli.command_runner import ExitStatus, run
from workato_async.cli.options import Csv, Json, Profile
from workato_async.cli.output import Format, print_record
from workato_async.cli.profiles import load_profile


def whoami(as_json: Json = False, as_csv: Csv = False, profile: Profile = None) -> None:
    """Show the workspace of the token.

    Works only with tokens of the DEV environment.
    """
    output = Format.of(as_json, as_csv)

    async def command() -> ExitStatus:
        async with load_profile(profile).session() as workato:
            found = (await workato.workspace.me()).to_dict()
        print_record({**found, "host": workato.base_url}, output)
        return ExitStatus.DONE

    run(command)

"""``workato-async whoami``: whose token it is."""

# No postponed annotations: Typer reads them when the commands are made.

from workato_async.cli.options import Csv, Json, Profile
from workato_async.cli.output import Format, plain, print_record
from workato_async.cli.profiles import load_profile
from workato_async.cli.running import Status, run


def whoami(as_json: Json = False, as_csv: Csv = False, profile: Profile = None) -> None:
    """Show the workspace that the token belongs to; only tokens of the DEV environment may ask."""
    output = Format.of(as_json, as_csv)

    async def command() -> Status:
        whose = load_profile(profile)
        async with whose.session() as workato:
            found = plain(await workato.workspace.me())
        print_record({**found, "host": whose.root}, output)
        return Status.DONE

    run(command)

"""``workato-async auth login|status|list|switch|logout``."""

# No postponed annotations: Typer reads them when the commands are made.

from typing import Annotated

import typer

from workato_async.cli.command import Group
from workato_async.cli.command_runner import CommandError
from workato_async.cli.output import Format, Row, Rows, print_record
from workato_async.cli.profile_names import profile_names
from workato_async.cli.settings import Settings
from workato_async.cli.terminal import echo_err

app = Group(help="Sign in, and choose between workspaces.")
Name = Annotated[
    str, typer.Argument(metavar="PROFILE", help="Profile from the config file.", autocompletion=profile_names)
]


@app.command(epilog="Example: workato-async auth login --profile sandbox --data-center eu")
async def login(
    settings: Settings,
    output: Format,
    with_token: Annotated[
        bool, typer.Option("--with-token", help="Read the token from standard input, even on a terminal.")
    ] = False,
) -> None:
    """Check a token and keep it in a profile.

    On a terminal the token is prompted for; otherwise it is read from standard input. It is kept in the keyring of the
    system if the extra keyring is installed, else in the config file, which only its owner can read.
    """
    from workato_async.cli.config_file import ConfigFile
    from workato_async.cli.places import config_path
    from workato_async.cli.profiles import Profile
    from workato_async.cli.sign_in import (
        ask_token,
        chosen_name,
        chosen_place,
        identify,
        note_environment,
        read_token,
        store,
    )

    file = ConfigFile.read(config_path())
    file.require_editable()
    name = chosen_name(file, settings.profile)
    asks = not with_token and typer.get_text_stream("stdin").isatty()
    where = chosen_place(file, name, settings, ask=asks)
    token = ask_token(name, where) if asks else read_token()
    async with Profile(token, where, name).session() as workato:
        identity = await identify(workato)
    place, problem = store(file, name, token, where)
    if problem:
        echo_err(f"{problem.removeprefix('error: ').partition('. ')[0]}; the token is in {place} instead")
    usual = ConfigFile.read(file.path).usual == name
    print_record(
        {
            "profile": name,
            "workspace": identity.workspace,
            "workspace_id": identity.workspace_id,
            "host": identity.host,
            "token_in": place,
            "default": usual,
        },
        output,
    )
    if identity.workspace is None:
        echo_err("the token is valid, and may not read the name of its workspace: only clients of DEV may")
    if not usual:
        echo_err(f"use it with --profile {name}, or for every command after `workato-async auth switch {name}`")
    note_environment(name)


@app.command(epilog="Example: workato-async auth status --json")
async def status(settings: Settings, output: Format) -> None:
    """Show which profile and workspace commands use.

    Also shows where each setting comes from. The token is checked, and never shown.
    """
    from workato_async.cli.profiles import load_profile
    from workato_async.cli.sign_in import identify
    from workato_async.errors import AuthenticationError, WorkatoError

    profile = load_profile(settings.profile, settings.host, settings.data_center)
    record: Row = {
        "profile": profile.name,
        "chosen_by": profile.chosen_by,
        "token_from": profile.token_source,
        "host": profile.where.root.partition("://")[2],
        "host_from": profile.where.source,
        "workspace": None,
        "workspace_id": None,
        "token": "not checked",
    }
    try:
        async with profile.session() as workato:
            identity = await identify(workato)
    except (CommandError, WorkatoError) as error:
        record["token"] = "rejected" if isinstance(error, AuthenticationError) else "not checked"
        print_record(record, output)
        raise
    record |= {"workspace": identity.workspace, "workspace_id": identity.workspace_id, "token": "valid"}
    print_record(record, output)


@app.command("list", epilog="Example: workato-async auth list")
async def list_profiles(output: Format) -> None:
    """List the profiles of the config file. Nothing is sent."""
    from workato_async.cli.config_file import ConfigFile
    from workato_async.cli.places import config_path
    from workato_async.cli.profiles import where_of
    from workato_async.cli.sign_in import token_place
    from workato_async.errors import ConfigurationError

    file = ConfigFile.read(config_path())
    columns = ("name", "default", "host", "token_in", "problem")
    with Rows(columns, output, none=f"no profiles in {file.path}") as rows:
        for name in file.profiles:
            host, problem = None, file.problem(name)
            try:
                host = None if problem else where_of(file, name).root.partition("://")[2]
            except ConfigurationError as error:
                problem = str(error)
            rows.add(
                {
                    "name": name,
                    "default": name == file.usual,
                    "host": host,
                    "token_in": token_place(file, name),
                    "problem": problem,
                }
            )


@app.command(epilog="Example: workato-async auth switch sandbox")
async def switch(name: Name) -> None:
    """Make a profile the default.

    The default is used if neither --profile nor WORKATO_API_TOKEN nor WORKATO_PROFILE is given.
    """
    from workato_async.cli.config_file import ConfigFile
    from workato_async.cli.places import config_path
    from workato_async.cli.sign_in import note_environment

    file = ConfigFile.read(config_path())
    file.profile(name)
    file.make_default(name)
    echo_err(f"{name} is now the default profile in {file.path}")
    note_environment(name)


@app.command(epilog="Example: workato-async auth logout --profile sandbox")
async def logout(settings: Settings) -> None:
    """Remove a profile and its token.

    They are removed from the config file and the keyring. The token stays valid until it is revoked in Workato
    (Workspace admin > API clients).
    """
    from workato_async.cli.config_file import ConfigFile
    from workato_async.cli.places import config_path
    from workato_async.cli.sign_in import chosen_name, forget

    file = ConfigFile.read(config_path())
    name = chosen_name(file, settings.profile)
    removed = forget(file, name)
    echo_err(f"removed the profile {name} from {file.path}{removed}")

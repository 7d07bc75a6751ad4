"""Replacing the token of an API client: the place of the new one is ready before the old one stops working."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Protocol

import typer

from workato_async import WorkatoError
from workato_async._files import atomic_write
from workato_async.cli.changing import may_be_done
from workato_async.cli.command_runner import CommandError, ExitStatus, interruptible
from workato_async.cli.config_file import ConfigFile
from workato_async.cli.confirmation import confirm_change
from workato_async.cli.names import resolve
from workato_async.cli.output import Format, print_json
from workato_async.cli.places import config_path
from workato_async.cli.profiles import Where, where_of
from workato_async.cli.sign_in import chosen_name, store, token_place
from workato_async.cli.terminal import echo_err

if TYPE_CHECKING:
    from workato_async import WorkatoSession
    from workato_async.models import DeveloperApiClient

STDOUT = "-"


class Place(Protocol):
    """Where a new token goes."""

    def prepare(self) -> None:
        """Make sure that it can be kept, before there is one."""

    def keep(self, token: str) -> None:
        """Keep it."""

    def discard(self) -> None:
        """Forget the preparation: there is no token."""


class TokenFile:
    """A file that only its owner can read, from its beginning.

    Args:
        path: the file; one that is there is replaced.

    Raises:
        CommandError: if that is not the name of a file.
    """

    def __init__(self, path: Path) -> None:
        if not path.name or "\0" in str(path):
            raise CommandError(f"error: {str(path)!r} is not the name of a file; nothing was changed", ExitStatus.USAGE)
        self._path = path
        self._draft = path.with_name(f".{path.name}.{token_hex(4)}")

    def __str__(self) -> str:
        return str(self._path)

    def prepare(self) -> None:
        """Create the file that will take its place.

        Raises:
            CommandError: if there is something other than a file.
            OSError: if the folder is not writable.
        """
        if self._path.exists() and not self._path.is_file():
            raise CommandError(f"error: {self._path} is not a file; nothing was changed", ExitStatus.USAGE)
        os.close(os.open(self._draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))

    def keep(self, token: str) -> None:
        """Write the token, and wait until it is on the disk."""
        atomic_write(self._path, f"{token}\n".encode(), draft=self._draft, sync=True)

    def discard(self) -> None:
        """Remove the draft."""
        with suppress(OSError):
            self._draft.unlink(missing_ok=True)


class StandardOutput:
    """Standard output, if it is asked for."""

    def __init__(self, output: Format, client_id: int) -> None:
        self._output = output
        self._client_id = client_id

    def __str__(self) -> str:
        return "standard output"

    def prepare(self) -> None:
        """Check that the output can be seen.

        Raises:
            CommandError: if it is closed or the null device, where the token would be lost.
        """
        with suppress(OSError, ValueError):  # not a file at all
            if os.path.samestat(os.fstat(sys.stdout.fileno()), os.stat(os.devnull)):
                raise CommandError(
                    "error: standard output is closed or discarded; nothing was changed", ExitStatus.USAGE
                )

    def keep(self, token: str) -> None:
        """Print the token."""
        if self._output is Format.JSON:
            print_json({"id": self._client_id, "token": token})
            sys.stdout.flush()
        else:
            typer.echo(token)

    def discard(self) -> None:
        """Need nothing."""


class ProfileToken:
    """A profile of the config file, with the token in the keyring or in the file.

    Args:
        name: the profile, which is added if it is not there.
        base_url: the host that the token is for.
    """

    def __init__(self, name: str, base_url: str) -> None:
        self._name = name
        self._where = Where(base_url)

    def __str__(self) -> str:
        return f"profile {self._name}"

    def prepare(self) -> None:
        """Check that the profile can be changed.

        Raises:
            CommandError: if it is for another host, takes its token from a command, or the file cannot be edited.
        """
        file = ConfigFile.read(config_path())
        file.require_writable()
        if chosen_name(file, self._name) not in file.profiles:
            return
        if token_place(file, self._name) == "command":
            where = file.where(self._name)
            raise CommandError(f"error: {where} takes its token from a command; nothing was changed", ExitStatus.USAGE)
        there = where_of(file, self._name)
        if there.root != self._where.root:
            raise CommandError(
                f"error: {file.where(self._name)} is for {there.root}, and this session for {self._where.root}; "
                "nothing was changed",
                ExitStatus.USAGE,
            )
        self._where = there

    def keep(self, token: str) -> None:
        """Store the token."""
        _, problem = store(ConfigFile.read(config_path()), self._name, token, self._where)
        if problem:
            echo_err(f"{problem.removeprefix('error: ')}; the token is in the config file instead")

    def discard(self) -> None:
        """Need nothing."""


async def rotate_token(
    workato: WorkatoSession, text: str, to: str | None, profile: str | None, *, yes: bool, output: Format
) -> ExitStatus:
    """Replace the token of a client.

    Args:
        workato: the session.
        text: the id or name of the client.
        to: the file for the new token, or ``-``; None for a profile.
        profile: the profile for it.
        yes: whether it was confirmed.
        output: how standard output is written.

    Raises:
        CommandError: if the response to the question is no, the new token is lost, or it cannot be kept.
    """
    client = await workato.developer_api_clients.get(await resolve(workato, "API client", text))
    place: Place
    if profile is not None:
        place = ProfileToken(profile, workato.base_url)
    else:
        place = StandardOutput(output, client.id) if to == STDOUT or to is None else TokenFile(Path(to))
    if not yes:
        echo_err("the token that the client has now stops working at once, for everything that uses it")
    await confirm_change(workato, f"Replace the token of API client {client.name or client.id}", yes=yes)
    place.prepare()
    try:
        token = await _new_token(workato, client)
        try:
            place.keep(token)
        except (OSError, CommandError) as error:
            reason = error.strerror or error if isinstance(error, OSError) else str(error).removeprefix("error: ")
            raise CommandError(
                f"error: the token was replaced, and the new one could not be written to {place} "
                f"({reason}). The old one no longer works: run the command again"
            ) from None
    finally:
        place.discard()
    echo_err(f"the new token of {client.name or client.id} is in {place}; the old one has stopped working")
    if output is Format.JSON and to != STDOUT:
        kept = {"file": to} if profile is None else {"profile": profile, "host": workato.base_url}
        print_json({"id": client.id, "name": client.name, "outcome": "rotated", **kept})
    return ExitStatus.DONE


async def _new_token(workato: WorkatoSession, client: DeveloperApiClient) -> str:
    lost = (
        "the response is lost, and with it the new token, if there is one. The old token then no longer works: "
        "run the command again, which replaces it once more"
    )
    try:
        with interruptible(lambda: lost):
            found = (await workato.developer_api_clients.regenerate(client)).token.value
    except WorkatoError as error:
        if not may_be_done(error):
            raise
        raise CommandError(f"error: {error} In short: {lost}") from None
    if not found:
        raise CommandError(f"error: the response has no token; {lost}")
    return found

"""Replacing the token of an API client: the place of the new one is ready before the old one stops working."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Protocol

import typer

from workato_async import InvalidResponseError, OutcomeUnknownError, ServerError
from workato_async._files import atomic_write
from workato_async.cli.command_runner import CommandError, ExitStatus, interruptible
from workato_async.cli.confirmation import confirm_change
from workato_async.cli.names import resolve
from workato_async.cli.output import Format, print_json
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
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._draft = path.with_name(f".{path.name}.{token_hex(4)}")

    def __str__(self) -> str:
        return str(self._path)

    def prepare(self) -> None:
        """Create the file that will take its place.

        Raises:
            CommandError: if there is something else than a file.
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
        """Need nothing."""

    def keep(self, token: str) -> None:
        """Print the token."""
        if self._output is Format.JSON:
            print_json({"id": self._client_id, "token": token})
        else:
            typer.echo(token)

    def discard(self) -> None:
        """Need nothing."""


async def rotate_token(workato: WorkatoSession, text: str, to: str, *, yes: bool, output: Format) -> ExitStatus:
    """Replace the token of a client.

    Args:
        workato: the session.
        text: the id or name of the client.
        to: the file for the new token, or ``-``.
        yes: whether it was confirmed.
        output: how standard output is written.

    Raises:
        CommandError: if the response to the question is no, the new token is lost, or it cannot be kept.
    """
    client = await workato.developer_api_clients.get(await resolve(workato, "API client", text))
    place: Place = StandardOutput(output, client.id) if to == STDOUT else TokenFile(Path(to))
    if not yes:
        echo_err("the token that the client has now stops working at once, for everything that uses it")
    await confirm_change(workato, f"Replace the token of API client {client.name or client.id}", yes=yes)
    place.prepare()
    try:
        token = await _new_token(workato, client)
        try:
            place.keep(token)
        except OSError as error:
            raise CommandError(
                f"error: the token was replaced, and the new one could not be written to {place} "
                f"({error.strerror or error}). The old one works no more: run the command again"
            ) from None
    finally:
        place.discard()
    echo_err(f"the new token of {client.name or client.id} is in {place}; the old one has stopped working")
    if output is Format.JSON and to != STDOUT:
        print_json({"id": client.id, "name": client.name, "outcome": "rotated", "file": to})
    return ExitStatus.DONE


async def _new_token(workato: WorkatoSession, client: DeveloperApiClient) -> str:
    lost = (
        "the response was lost, and a new token with it. If it was replaced, the old token works no more and nobody "
        "has the new one: run the command again, which replaces it once more"
    )
    try:
        with interruptible(lambda: lost):
            found = (await workato.developer_api_clients.regenerate(client)).token.value
    except (OutcomeUnknownError, ServerError, InvalidResponseError) as error:
        raise CommandError(f"error: {error}\n{lost}") from None
    if not found:
        raise CommandError(f"error: the response has no token; {lost}")
    return found

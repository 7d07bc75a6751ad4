"""Signing in and out: the token is checked against Workato, then kept in the keyring, else in the config file."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import attrs

from workato_async.cli.command_runner import CommandError, ExitStatus
from workato_async.cli.config_file import DEFAULT_KEY, ConfigFile
from workato_async.cli.confirmation import prompt
from workato_async.cli.profiles import (
    PROFILE_VARIABLE,
    TOKEN_VARIABLE,
    US,
    Where,
    environment,
    option_of,
    variable,
    where_of,
)
from workato_async.cli.terminal import echo_err
from workato_async.cli.token_sources import KEYRING, KeyringToken, has_keyring
from workato_async.errors import AuthenticationError, NotFoundError, PermissionDeniedError

if TYPE_CHECKING:
    from workato_async import WorkatoSession
    from workato_async.cli.settings import Settings

LONGEST_NAME = 40
"""Characters in the name of a profile; a token, passed in its place by mistake, has more."""


@attrs.frozen
class Identity:
    """What a token turned out to be for.

    Attributes:
        host: of the API.
        workspace: its name, None if the token may not ask for it: clients of the TEST and PROD environments may not.
        workspace_id: its id, None for the same reason.
    """

    host: str
    workspace: str | None = None
    workspace_id: int | None = None

    def __str__(self) -> str:
        return f"{self.workspace or 'a workspace whose name the token may not read'} ({self.host})"


async def identify(workato: WorkatoSession) -> Identity:
    """Check the token of a session, and return what it is for.

    Raises:
        AuthenticationError: if the token is not valid on the host.
        WorkatoError: if that cannot be found out.
    """
    host = urlsplit(workato.base_url).netloc
    try:
        workspace = await workato.workspace.me()
    except (AuthenticationError, PermissionDeniedError, NotFoundError) as error:
        first: Exception = error  # of tokens of some environments, it says nothing
    else:
        return Identity(host, workspace.name, workspace.id)
    known = isinstance(first, PermissionDeniedError)  # nobody is denied a permission who is not known
    # Most roles may read one of these, which tells a token that may not see its workspace from one that is not valid.
    for resource in (workato.recipes, workato.projects, workato.folders, workato.connections):
        try:
            await resource.list().page()
        except PermissionDeniedError:
            known = True
        except (AuthenticationError, NotFoundError):
            continue
        else:
            return Identity(host)
    if known:
        return Identity(host)
    raise first


def chosen_name(file: ConfigFile, name: str | None) -> str:
    """Return the name of the profile to sign in to or out of.

    Raises:
        CommandError: if it cannot be one; it is not shown, as it may be a token in the wrong place.
    """
    chosen = name or variable(PROFILE_VARIABLE) or file.usual
    if not (len(chosen) <= LONGEST_NAME and chosen.isprintable() and chosen == chosen.strip()) or chosen == DEFAULT_KEY:
        raise CommandError(
            f"error: the name of a profile has 1 to {LONGEST_NAME} printable characters and is not {DEFAULT_KEY}",
            ExitStatus.USAGE,
        )
    return chosen


def chosen_place(file: ConfigFile, name: str, settings: Settings, *, ask: bool) -> Where:
    """Return the host to sign in to: that of the options, the profile, the environment, or the one typed in.

    Raises:
        CommandError: if they contradict each other.
        ConfigurationError: if there is no such host.
    """
    place = option_of(settings.host, settings.data_center)
    if place is None and name in file.profiles:
        if problem := file.problem(name):  # which may be why its host is not known
            raise CommandError(
                f"error: {file.where(name)} {problem}. Correct it, or name the host with --host or --data-center",
                ExitStatus.USAGE,
            )
        place = where_of(file, name, None if settings.profile else environment())
    if place is None:
        place = environment() or US
    if place is US and ask:
        place = _typed_place(prompt("Data center or host", default="us"))
    place.root  # noqa: B018 - raises before a token is asked for
    return place


def _typed_place(text: str) -> Where:
    is_host = "." in text or ":" in text
    return option_of(text, None) or US if is_host else Where(data_center=text)


def ask_token(name: str, where: Where) -> str:
    """Ask for the token on the terminal, which does not show it.

    Raises:
        CommandError: if there is none.
    """
    echo_err("Tokens are made in Workato under Workspace admin > API clients.")
    return checked_token(prompt(f"Token for {where.root.partition('://')[2]}, profile {name}", hide_input=True))


def read_token() -> str:
    """Read the token from standard input.

    Raises:
        CommandError: if there is none.
    """
    return checked_token("" if sys.stdin is None else sys.stdin.read())


def note_environment(name: str) -> None:
    """Print that the environment takes precedence over a profile, if it does."""
    for setting in (TOKEN_VARIABLE, PROFILE_VARIABLE):
        if os.environ.get(setting, name) not in ("", name):
            echo_err(f"{setting} is set and takes precedence over the default profile")


def checked_token(text: str) -> str:
    """Return the token in what was typed or read.

    Raises:
        CommandError: if it is not one.
    """
    token = text.removeprefix("\ufeff").strip()
    if not token:
        raise CommandError("error: no token was given; nothing was stored", ExitStatus.USAGE)
    if not (token.isascii() and token.isprintable()) or " " in token or token.startswith(KEYRING):
        raise CommandError(
            "error: that is not a token: one has no white space and only ASCII characters. Nothing was stored",
            ExitStatus.USAGE,
        )
    return token


def store(file: ConfigFile, name: str, token: str, where: Where) -> tuple[str, str | None]:
    """Keep a token, for a profile that is added or replaced.

    Returns:
        Where the token is, and why it is not in the keyring, if that was tried.

    Raises:
        CommandError: if the file cannot be edited.
    """
    table = {"data_center": where.data_center} if where.data_center else {"host": where.root}
    entry, problem = KeyringToken(name), None
    if has_keyring():
        try:
            entry.store(token, lambda: file.put(name, {"token": KEYRING, **table}))
        except CommandError as error:
            problem = str(error)
        else:
            return str(entry), None
    file.put(name, {"token": token, **table})
    return str(file.path), problem


def forget(file: ConfigFile, name: str) -> str:
    """Remove a profile from the file, and its token from the keyring.

    Returns:
        What else was removed, to be printed behind the file.

    Raises:
        CommandError: if there is no such profile, or the file or the keyring cannot be changed.
    """
    file.require_editable()
    if name not in file.profiles:
        known = ", ".join(sorted(file.profiles)) or "none"
        raise CommandError(
            f"error: that is not a profile in {file.path}; name one with --profile: {known}", ExitStatus.USAGE
        )
    in_keyring = token_place(file, name) == "keyring"
    if in_keyring:
        KeyringToken(name).remove()
    file.remove(name)
    return ", and its token from the keyring" if in_keyring else ""


def token_place(file: ConfigFile, name: str) -> str | None:
    """Return where the token of a profile is: ``keyring``, ``command`` or ``file``; None if it has none."""
    table = file.profiles[name]
    if table.get("token_command"):
        return "command"
    return "keyring" if table.get("token") == KEYRING else "file" if table.get("token") else None

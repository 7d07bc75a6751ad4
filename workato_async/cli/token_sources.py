"""Where a profile's token comes from if it is not in the config file: a command, or the keyring of the system."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import threading
import time
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, Self

import attrs

from workato_async.cli.command_runner import CommandError, ExitStatus
from workato_async.cli.terminal import echo_err
from workato_async.errors import ConfigurationError
from workato_async.session import WorkatoSession

if TYPE_CHECKING:
    from collections.abc import Callable

KEYRING = "keyring:"
"""The token of a profile whose token is in the keyring, under the name of the profile."""
SERVICE = "workato-async"
"""What the keyring calls this program."""
COMMAND_TIMEOUT = 50.0
"""Seconds that a command has to print a token; a session allows its provider 60."""
SHOWN_LINES = 5
"""Lines of a failed command's standard error that are shown, the last ones."""
REDACTED = "***"
_LIKE_A_TOKEN = re.compile(r"(?i:wrk[a-z]{0,8}-|bearer\s+)\S+|\beyJ[\w+/=.-]{16,}|[^\s/\\]{60,}")
"""What a shell that shows its commands, or a client that shows its requests, could say of a token."""


class TokenSource(Protocol):
    """Knows where a token is."""

    async def get(self) -> str:
        """Return the token.

        Raises:
            CommandError: if there is none, with the cause and what to do.
        """
        ...


@attrs.frozen
class TokenCommand:
    """A command that prints the token. It is started without a shell, and has nothing to read.

    Attributes:
        command: the program and its arguments.
        where: names the profile in errors.
    """

    command: tuple[str, ...] = attrs.field(repr=False)
    where: str

    def __str__(self) -> str:
        return f"token_command ({self.program})"

    @property
    def program(self) -> str:
        """The name of the program, for people; what may be a token in its place is not shown."""
        return REDACTED if _LIKE_A_TOKEN.search(self.command[0]) else self.command[0]

    async def get(self) -> str:
        """Run the command and return what it prints, without white space around it.

        Raises:
            CommandError: if it fails, takes too long, or prints nothing or more than a token.
        """
        try:
            program = shutil.which(self.command[0]) or self.command[0]  # Windows finds .cmd files only so
            process = subprocess.Popen(  # noqa: ASYNC220, S603 - returns at once; the user's own command
                (program, *self.command[1:]), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            )
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            raise self._error(f"cannot be started: {reason}") from None
        stop = threading.Event()
        try:
            printed, messages = await asyncio.to_thread(_output_of, process, stop)
        except subprocess.TimeoutExpired:
            raise self._error(f"took longer than {COMMAND_TIMEOUT:g} s") from None
        finally:
            stop.set()  # a cancelled call leaves its thread behind
        token = printed.decode(errors="replace").strip()
        if process.returncode:
            said = _last_lines(messages.decode(errors="replace"), token)
            raise self._error(f"failed with exit status {process.returncode}{said and f': {said}'}")
        if not token:
            raise self._error("printed nothing")
        if not (token.isascii() and token.isprintable()) or " " in token:
            raise self._error("printed something other than a token")
        return token

    def _error(self, problem: str) -> CommandError:
        return CommandError(
            f"error: the token_command of {self.where} {problem}. Run `{self.program} …` by hand to see why, "
            "or correct the command",
            ExitStatus.AUTHENTICATION,
        )


@attrs.frozen
class KeyringToken:
    """A token in the keyring.

    Attributes:
        profile: the name of the profile.
    """

    profile: str

    def __str__(self) -> str:
        return "keyring"

    async def get(self) -> str:
        """Return the token.

        Raises:
            CommandError: if it is not there, or the keyring cannot be used.
        """
        return await asyncio.to_thread(self._read)

    def _read(self) -> str:
        token = _keyring_call("get_password", SERVICE, self.profile)
        if not token:
            raise CommandError(
                f"error: the keyring has no token for the profile {self.profile!r}. Run `workato-async auth login "
                f"--profile {self.profile}`",
                ExitStatus.AUTHENTICATION,
            )
        return str(token)

    def store(self, token: str, then: Callable[[], None]) -> None:
        """Put a token into the keyring, and call a function; if that fails, what the keyring had before is back.

        Otherwise a profile could name one host and have the token of another.

        Raises:
            CommandError: if the keyring does not take it, as one that is switched off, or of the function.
        """
        before = _keyring_call("get_password", SERVICE, self.profile)
        _keyring_call("set_password", SERVICE, self.profile, token)
        if _keyring_call("get_password", SERVICE, self.profile) != token:
            raise CommandError("error: the keyring does not keep passwords. Put the token into the config file")
        try:
            then()
        except BaseException:
            if before is None:
                self.remove()
            else:
                _keyring_call("set_password", SERVICE, self.profile, before)
            raise

    def remove(self) -> None:
        """Remove the token, if it is there.

        Raises:
            CommandError: if the keyring cannot be used.
        """
        if _keyring_call("get_password", SERVICE, self.profile) is not None:
            _keyring_call("delete_password", SERVICE, self.profile)


def has_keyring() -> bool:
    """Whether the package ``keyring`` is installed."""
    try:
        import_module("keyring")
    except ImportError:
        return False
    return True


def _keyring_call(function: str, *arguments: str) -> Any:
    if not has_keyring():
        raise CommandError(
            "error: the token is in the keyring, which needs an extra: pip install 'workato-async[keyring]'",
            ExitStatus.AUTHENTICATION,
        )
    try:
        return getattr(import_module("keyring"), function)(*arguments)
    except Exception as error:  # each backend has its own, whose text may quote the token
        cause = type(error).__name__
    raise CommandError(
        f"error: the keyring cannot be used ({cause}). Unlock it, or put the token into the config file",
        ExitStatus.AUTHENTICATION,
    )


def _output_of(process: subprocess.Popen[bytes], stop: threading.Event) -> tuple[bytes, bytes]:
    """Return what a command prints; end it after the time it has, or when the flag is set.

    Its pipes may stay open then: they are inherited by the programs that it has started.
    """
    end = time.monotonic() + COMMAND_TIMEOUT
    with process:  # closes the pipes, and reads the exit status
        while True:
            try:
                return process.communicate(timeout=min(COMMAND_TIMEOUT, 0.1))
            except subprocess.TimeoutExpired:
                if stop.is_set() or time.monotonic() >= end:
                    process.kill()
                    raise


def _last_lines(messages: str, printed: str) -> str:
    """Return the end of what a command wrote to standard error, on one line and without what may be a token."""
    for word in sorted(printed.split(), key=len, reverse=True):
        messages = messages.replace(word, REDACTED)
    messages = _LIKE_A_TOKEN.sub(REDACTED, messages)
    lines = [line.strip() for line in messages.splitlines() if line.strip()]
    return "; ".join(lines[-SHOWN_LINES:])


class Provider:
    """Asks a source for the token of a session, which calls it when it opens and once after each 401.

    Args:
        source: where the token is.
    """

    def __init__(self, source: TokenSource) -> None:
        self.source = source
        self.failure: CommandError | None = None
        self._known: str | None = None

    async def __call__(self) -> str:
        """Return the token; if the source fails later on, the one that the server rejected, whose error is then raised.

        Raises:
            CommandError: if the source fails at first.
        """
        try:
            self._known = await self.source.get()
        except CommandError as error:
            if self._known is None:
                self.failure = error
                raise
            echo_err(str(error))
        return self._known


class SourceSession(WorkatoSession):
    """A session whose token a ``Provider`` has, and whose opening fails with the error of the source."""

    def __init__(self, token: Provider, **options: Any) -> None:
        super().__init__(token, **options)
        self._provider = token

    async def __aenter__(self) -> Self:
        """Open the session.

        Raises:
            CommandError: if the source has no token.
        """
        try:
            return await super().__aenter__()
        except ConfigurationError:
            if self._provider.failure is not None:  # it says more than that the provider raised something
                raise self._provider.failure from None
            raise

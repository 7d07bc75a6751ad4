"""Whose workspace a command works on: the token and the host, from the environment or from the configuration file.

::

    # ~/.config/workato-async/config.toml, readable by its owner only
    [default]
    token = "…"
    data_center = "eu"

    [sandbox]
    token = "…"
    host = "https://workato.example.com"
"""

from __future__ import annotations

import os
import stat
import tomllib
from pathlib import Path
from typing import Any

import attrs

from workato_async.cli.running import CommandError, Status
from workato_async.http.hosts import host_from_environment, roots_of
from workato_async.session import WorkatoSession

DEFAULT = "default"
_KEYS = frozenset({"token", "host", "data_center"})


@attrs.frozen
class Profile:
    """A token and the root of its host."""

    token: str = attrs.field(repr=False)
    root: str

    def session(self) -> WorkatoSession:
        """Open a session; use it as ``async with``."""
        return WorkatoSession(self.token, base_url=self.root)


def config_path() -> Path:
    """Give the place of the configuration file; ``XDG_CONFIG_HOME`` is honoured if it is absolute."""
    return _xdg("XDG_CONFIG_HOME", ".config") / "config.toml"


def state_path() -> Path:
    """Give the folder for what has to be remembered from one run to the next."""
    return _xdg("XDG_STATE_HOME", ".local/state")


def load_profile(name: str | None) -> Profile:
    """Find the token and the host.

    Args:
        name: a profile of the configuration file; None takes ``WORKATO_API_TOKEN`` and ``WORKATO_HOST`` from the
            environment, and if there is no token the profile ``default``.

    Raises:
        CommandError: if there is no such profile, the file is not private or not readable, or nothing has a token.
        ConfigurationError: if the host is none.
    """
    token = os.environ.get("WORKATO_API_TOKEN")
    if name is None and token:
        return Profile(token, roots_of("us", host_from_environment())["api"])
    path = config_path()
    profiles = _read(path)
    if name is None and DEFAULT not in profiles:
        raise CommandError(
            f"error: no token: set WORKATO_API_TOKEN, or write one under [{DEFAULT}] in {path}", Status.AUTHENTICATION
        )
    profile = profiles.get(name or DEFAULT)
    if not isinstance(profile, dict):
        # What was asked for is not repeated: it may be a token that was put in the wrong place.
        known = ", ".join(sorted(key for key, value in profiles.items() if isinstance(value, dict)))
        raise CommandError(f"error: no such profile in {path}; it has: {known or 'none'}", Status.USAGE)
    return _profile(profile, f"[{name or DEFAULT}] in {path}")


def _profile(table: dict[str, Any], where: str) -> Profile:
    if not table.keys() <= _KEYS or not all(isinstance(value, str) for value in table.values()):
        raise CommandError(
            f"error: {where} holds token, and host or data_center, as text and nothing else", Status.USAGE
        )
    if "host" in table and "data_center" in table:
        raise CommandError(f"error: {where} has both host and data_center, and needs one of them", Status.USAGE)
    if not table.get("token"):
        raise CommandError(f"error: {where} has no token", Status.AUTHENTICATION)
    host = table.get("host")
    if host and "://" not in host:
        host = f"https://{host}"
    return Profile(table["token"], roots_of(table.get("data_center", "us"), host)["api"])


def _read(path: Path) -> dict[str, Any]:
    """Read the configuration file, empty if there is none."""
    try:
        with path.open("rb") as file:
            others = stat.S_IRWXG | stat.S_IRWXO
            if os.name == "posix" and os.fstat(file.fileno()).st_mode & others:
                raise CommandError(
                    f"error: {path} holds tokens and is open to other users: chmod 600 {path}", Status.USAGE
                )
            return tomllib.load(file)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        line = f" ({error})" if isinstance(error, tomllib.TOMLDecodeError) else ""
        raise CommandError(f"error: {path} is not TOML{line}", Status.USAGE) from None


def _xdg(variable: str, fallback: str) -> Path:
    folder = Path(os.environ.get(variable, ""))
    return (folder if folder.is_absolute() else Path.home() / fallback) / "workato-async"

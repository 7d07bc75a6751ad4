"""Which workspace a command works on: token and host, from the environment or the config file.

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

from workato_async.cli.command_runner import CommandError, ExitStatus
from workato_async.cli.quota_sharing import new_limiter
from workato_async.cli.time_scale import time_scale
from workato_async.session import WorkatoSession

DEFAULT = "default"
_KEYS = frozenset({"token", "host", "data_center"})


@attrs.frozen
class Profile:
    """A token, and its host or data center; with neither, ``WORKATO_HOST`` decides."""

    token: str = attrs.field(repr=False)
    base_url: str | None = None
    data_center: str | None = None

    def session(self) -> WorkatoSession:
        """Return a session; use it with ``async with``.

        Raises:
            ConfigurationError: if the host or data center is invalid.
        """
        session = WorkatoSession(self.token, base_url=self.base_url, data_center=self.data_center)
        return session.clone(limiter=new_limiter(time_scale(session.base_url)))


def config_path() -> Path:
    """Return the path of the config file; ``XDG_CONFIG_HOME`` is honoured if it is absolute."""
    return _xdg("XDG_CONFIG_HOME", ".config") / "config.toml"


def state_path() -> Path:
    """Return the folder for state that is kept between runs."""
    return _xdg("XDG_STATE_HOME", ".local/state")


def load_profile(name: str | None, *, host: str | None = None, data_center: str | None = None) -> Profile:
    """Find token and host.

    Args:
        name: a profile in the config file; None means ``WORKATO_API_TOKEN`` and ``WORKATO_HOST`` from the environment,
            or the profile ``default`` if there is no token.
        host: a host or URL, instead of the profile's.
        data_center: a data center, instead of the profile's.

    Raises:
        CommandError: if there is no such profile or no token, or the file is not private or not valid.
    """
    found = _load(name)
    if host is None and data_center is None:
        return found
    if host is not None and "://" not in host:
        host = f"https://{host}"
    return attrs.evolve(found, base_url=host, data_center=data_center)


def _load(name: str | None) -> Profile:
    token = os.environ.get("WORKATO_API_TOKEN")
    if name is None and token:
        return Profile(token)
    path = config_path()
    profiles = _read(path)
    if name is None and DEFAULT not in profiles:
        raise CommandError(
            f"error: no token: set WORKATO_API_TOKEN, or put one under [{DEFAULT}] in {path}", ExitStatus.AUTHENTICATION
        )
    profile = profiles.get(name or DEFAULT)
    if not isinstance(profile, dict):
        # The name given is not echoed: it may be a token in the wrong place.
        known = ", ".join(sorted(key for key, value in profiles.items() if isinstance(value, dict)))
        raise CommandError(f"error: no such profile in {path}; profiles: {known or 'none'}", ExitStatus.USAGE)
    return _profile(profile, f"[{name or DEFAULT}] in {path}")


def _profile(table: dict[str, Any], where: str) -> Profile:
    if not table.keys() <= _KEYS or not all(isinstance(value, str) for value in table.values()):
        raise CommandError(
            f"error: {where} may only have token and either host or data_center, all of them strings", ExitStatus.USAGE
        )
    if "host" in table and "data_center" in table:
        raise CommandError(f"error: {where} has both host and data_center; use one of them", ExitStatus.USAGE)
    if not table.get("token"):
        raise CommandError(f"error: {where} has no token", ExitStatus.AUTHENTICATION)
    host = table.get("host")
    if host and "://" not in host:
        host = f"https://{host}"
    return Profile(table["token"], host, None if "host" in table else table.get("data_center", "us"))


def _read(path: Path) -> dict[str, Any]:
    """Read the config file; a missing file has no profiles."""
    try:
        with path.open("rb") as file:
            others = stat.S_IRWXG | stat.S_IRWXO
            if os.name == "posix" and os.fstat(file.fileno()).st_mode & others:
                raise CommandError(
                    f"error: {path} contains tokens and is accessible to other users; run chmod 600 {path}",
                    ExitStatus.USAGE,
                )
            return tomllib.load(file)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        line = f" ({error})" if isinstance(error, tomllib.TOMLDecodeError) else ""
        raise CommandError(f"error: {path} is not TOML{line}", ExitStatus.USAGE) from None


def _xdg(variable: str, fallback: str) -> Path:
    folder = Path(os.environ.get(variable, ""))
    return (folder if folder.is_absolute() else Path.home() / fallback) / "workato-async"

"""Which workspace a command works on: token and host, from options, the environment or the config file.

```toml
# ~/.config/workato-async/config.toml on Linux; readable by its owner only
default_profile = "production"

[production]
token = "keyring:"  # in the keyring of the system
data_center = "eu"

[sandbox]
token_command = ["op", "read", "op://Work/Workato sandbox/token"]
host = "https://workato.example.com"

[default]
token = "…"
```

Token and host come from the same place, the first of these:

1. the profile named by ``--profile``; the environment is ignored,
2. the environment: ``WORKATO_API_TOKEN``, and ``WORKATO_HOST`` or ``WORKATO_DATA_CENTER`` (``us`` without either),
3. the profile named by ``WORKATO_PROFILE``, by ``default_profile`` in the file, or ``default``.

``--host`` and ``--data-center`` replace the host in all three. What could send a token to a host that it is not for is
an error: ``WORKATO_API_TOKEN`` together with ``WORKATO_PROFILE``, and ``WORKATO_HOST`` or ``WORKATO_DATA_CENTER`` that
contradict each other or the profile of 3. A profile of 3 without a host takes theirs.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import attrs

from workato_async.cli.command_runner import CommandError, ExitStatus
from workato_async.cli.config_file import ConfigFile
from workato_async.cli.places import config_path, state_path
from workato_async.cli.quota_sharing import new_limiter
from workato_async.cli.time_scale import time_scale
from workato_async.cli.token_sources import KEYRING, KeyringToken, Provider, SourceSession, TokenCommand
from workato_async.errors import ConfigurationError
from workato_async.session import WorkatoSession

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = ["Profile", "Where", "config_path", "load_profile", "state_path"]

TOKEN_VARIABLE = "WORKATO_API_TOKEN"  # noqa: S105
PROFILE_VARIABLE = "WORKATO_PROFILE"
HOST_VARIABLES = ("WORKATO_HOST", "WORKATO_DATA_CENTER")


def _lower(data_center: str | None) -> str | None:
    return None if data_center is None else data_center.lower()


@attrs.frozen
class Where:
    """Where the API is: a host or a data center, else what ``WORKATO_HOST`` says; and what says so."""

    base_url: str | None = None
    data_center: str | None = attrs.field(default=None, converter=_lower)
    source: str = attrs.field(default="", eq=False)

    @property
    def root(self) -> str:
        """The root of the API.

        Raises:
            ConfigurationError: if the host or data center is invalid.
        """
        try:
            return WorkatoSession("unused", base_url=self.base_url, data_center=self.data_center).base_url
        except ConfigurationError as error:
            named = f"the host of {self.source}" if self.source.startswith("[") else self.source or "the host"
            text = str(error).replace("base_url=", "--host").replace("base_url", named)
            raise ConfigurationError(text if named in text else f"{named}: {text}") from None

    @property
    def usual_root(self) -> str:
        """The root of the same API under its usual name."""
        from workato_async.doctor import usual_root

        return usual_root(self.root)


US = Where(data_center="us", source="default")


@attrs.frozen
class Profile:
    """A token and where the API is that it is for.

    Attributes:
        token: the token, or where it is.
        where: the host.
        name: the profile in the config file, None if the token is from the environment.
        token_source: what the token is from, for people.
        chosen_by: what chose the profile, for people.
    """

    token: str | TokenCommand | KeyringToken = attrs.field(repr=False)
    where: Where
    name: str | None = None
    token_source: str = attrs.field(default="", eq=False)
    chosen_by: str = attrs.field(default="", eq=False)

    def session(self) -> WorkatoSession:
        """Return a session; use it with ``async with``, which runs a ``token_command`` or asks the keyring.

        Raises:
            ConfigurationError: if the host or data center is invalid.
        """
        base_url, data_center = self.where.base_url, self.where.data_center
        limiter = new_limiter(time_scale(self.where.root))
        if isinstance(self.token, str):
            return WorkatoSession(self.token, base_url=base_url, data_center=data_center, limiter=limiter)
        provider = Provider(self.token)
        return SourceSession(provider, base_url=base_url, data_center=data_center, limiter=limiter)


def load_profile(name: str | None, host: str | None = None, data_center: str | None = None) -> Profile:
    """Find token and host, in the order that this module documents.

    Args:
        name: a profile in the config file.
        host: a host or URL that replaces the profile's.
        data_center: a data center that replaces the profile's host.

    Raises:
        CommandError: if there is no such profile or no token, the file is not private or not valid, or the environment
            contradicts itself or the file.
    """
    option = option_of(host, data_center)
    token, wanted = (None, None) if name else map(variable, (TOKEN_VARIABLE, PROFILE_VARIABLE))
    if token is not None:
        if wanted is not None:
            raise CommandError(
                f"error: {TOKEN_VARIABLE} and {PROFILE_VARIABLE} are both set and may mean different workspaces. Unset "
                "one of them, or choose with --profile",
                ExitStatus.USAGE,
            )
        return Profile(token, option or environment() or US, None, TOKEN_VARIABLE, TOKEN_VARIABLE)
    file = ConfigFile.read(config_path())
    chosen = name or wanted or file.usual
    if not (name or wanted or file.default) and chosen not in file.named:
        others = ", ".join(sorted(file.profiles))
        choose = f"choose one of its profiles with --profile or `workato-async auth switch`: {others}"
        raise CommandError(
            f"error: no token: run `workato-async auth login`, set {TOKEN_VARIABLE}, or "
            + (f"{choose} ({file.path})" if others else f"put one under [{chosen}] in {file.path}"),
            ExitStatus.AUTHENTICATION,
        )
    chosen_by = "--profile" if name else PROFILE_VARIABLE if wanted else f"default in {file.path}"
    table = file.profile(chosen)
    secret, source = _token(table, chosen, file.where(chosen))
    where = option or where_of(file, chosen, None if name else environment())
    return Profile(secret, where, chosen, source, chosen_by)


def _token(table: Mapping[str, Any], name: str, place: str) -> tuple[str | TokenCommand | KeyringToken, str]:
    if command := table.get("token_command"):
        source: TokenCommand | KeyringToken = TokenCommand(tuple(command), place)
        return source, f"{source} of {place}"
    token: str = table.get("token", "")
    if token.startswith(KEYRING):
        if token != KEYRING:
            raise CommandError(
                f'error: the token of {place} must be "{KEYRING}", with nothing after it', ExitStatus.USAGE
            )
        return KeyringToken(name), "the keyring of the system"
    if not token:
        raise CommandError(f"error: {place} has no token", ExitStatus.AUTHENTICATION)
    return token, place


def option_of(host: str | None, data_center: str | None) -> Where | None:
    """Return the host that the options name, None if they name none.

    Raises:
        CommandError: if both are given.
    """
    if host is not None and data_center is not None:
        raise CommandError("error: --host and --data-center are two ways to name the host: use one", ExitStatus.USAGE)
    if data_center is not None:
        return Where(data_center=data_center, source="--data-center")
    return None if host is None else Where(_url(host), source="--host")


def environment() -> Where | None:
    """Return the host that the environment names, None if it names none.

    Raises:
        CommandError: if a variable is empty, or they contradict each other.
    """
    host, data_center = map(variable, HOST_VARIABLES)
    named = [
        *([Where(_url(host), source="WORKATO_HOST")] if host else []),
        *([Where(data_center=data_center.strip(), source="WORKATO_DATA_CENTER")] if data_center else []),
    ]
    return _agreed(*named) if named else None


def where_of(file: ConfigFile, name: str, environment: Where | None = None) -> Where:
    """Return where the API of a profile is.

    Args:
        file: the config file.
        name: the profile, with nothing wrong in it.
        environment: the host of the environment, if that counts: it is taken if the profile has none.

    Raises:
        CommandError: if the environment contradicts the profile.
    """
    table = file.profiles[name]
    if "host" in table:
        own = Where(_url(table["host"]), source=file.where(name))
    elif "data_center" in table:
        own = Where(data_center=table["data_center"], source=file.where(name))
    else:
        return environment or US
    return own if environment is None else _agreed(own, environment)


def _agreed(first: Where, *others: Where) -> Where:
    for other in others:
        if first.usual_root != other.usual_root:
            raise CommandError(
                f"error: {first.source} is for {first.root}, and {other.source} for {other.root}. The token is sent to "
                "neither: unset the variable, or choose with --host or --profile",
                ExitStatus.USAGE,
            )
    return first


def variable(name: str) -> str | None:
    """Return the value of an environment variable, None if it is not set.

    Raises:
        CommandError: if it is empty, as in a pipeline that forgot to set it.
    """
    value = os.environ.get(name)
    if value is not None and not value.strip():
        raise CommandError(f"error: {name} is empty: set it, or do not set it at all", ExitStatus.USAGE)
    return value


def _url(host: str) -> str:
    from workato_async.doctor import DATA_CENTERS

    if (center := host.lower()) in DATA_CENTERS:
        raise CommandError(
            f"error: {host} is a data center, not a host: use --data-center {center}, or data_center in a profile",
            ExitStatus.USAGE,
        )
    return host if "://" in host or not host else f"https://{host}"

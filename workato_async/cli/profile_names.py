"""Completion of the names of profiles."""

from __future__ import annotations


def profile_names(incomplete: str) -> list[str]:
    """Return the profiles whose name begins so; none if the config file cannot be read."""
    from workato_async.cli.command_runner import CommandError
    from workato_async.cli.config_file import ConfigFile
    from workato_async.cli.places import config_path

    try:
        return [name for name in ConfigFile.read(config_path()).profiles if name.startswith(incomplete)]
    except (CommandError, OSError):
        return []

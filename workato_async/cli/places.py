"""Where the command line keeps its files: in the folders that the platform has for them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from workato_async.cli.command_runner import CommandError, ExitStatus

if TYPE_CHECKING:
    from collections.abc import Callable

APP = "workato-async"
CONFIG_FILE = "config.toml"


def config_path() -> Path:
    """Return the path of the config file: in the user's folder for the configuration of programs.

    On every platform a file at the place of earlier releases is used as long as it is there: in ``XDG_CONFIG_HOME``
    if that is absolute, else in ``~/.config``.

    Raises:
        CommandError: if the user has no home.
    """
    return _place("XDG_CONFIG_HOME", ".config", platformdirs.user_config_path, CONFIG_FILE)


def state_path() -> Path:
    """Return the folder for state that is kept between runs.

    The places of earlier releases are ``XDG_STATE_HOME`` and ``~/.local/state``.

    Raises:
        CommandError: if the user has no home.
    """
    return _place("XDG_STATE_HOME", ".local/state", platformdirs.user_state_path)


def _place(variable: str, fallback: str, of_platform: Callable[..., Path], *name: str) -> Path:
    folder = Path(os.environ.get(variable, ""))
    try:
        former = (folder if folder.is_absolute() else Path.home() / fallback) / APP
    except RuntimeError:  # in containers that run as a number
        raise CommandError(
            f"error: no folder for the files of {APP}: the user has no home directory. Set HOME or {variable}",
            ExitStatus.USAGE,
        ) from None
    found = of_platform(APP, appauthor=False)
    if os.path.exists(former.joinpath(*name)) or not found.is_absolute():  # no error if it is unreadable
        return former.joinpath(*name)
    return found.joinpath(*name)

"""Where the command line keeps its files: in the folders that the platform has for them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

if TYPE_CHECKING:
    from collections.abc import Callable

APP = "workato-async"
CONFIG_FILE = "config.toml"


def config_path() -> Path:
    """Return the path of the config file: in the user's folder for the configuration of programs.

    On every platform a file at the place of earlier releases is used as long as it is there: in ``XDG_CONFIG_HOME``
    if that is absolute, else in ``~/.config``.
    """
    return _place("XDG_CONFIG_HOME", ".config", platformdirs.user_config_path, CONFIG_FILE)


def state_path() -> Path:
    """Return the folder for state that is kept between runs.

    The places of earlier releases are ``XDG_STATE_HOME`` and ``~/.local/state``.
    """
    return _place("XDG_STATE_HOME", ".local/state", platformdirs.user_state_path)


def _place(variable: str, fallback: str, of_platform: Callable[..., Path], *name: str) -> Path:
    folder = Path(os.environ.get(variable, ""))
    former = (folder if folder.is_absolute() else Path.home() / fallback) / APP
    found = of_platform(APP, appauthor=False)
    if os.path.exists(former.joinpath(*name)) or not found.is_absolute():  # no error if it is unreadable
        return former.joinpath(*name)
    return found.joinpath(*name)

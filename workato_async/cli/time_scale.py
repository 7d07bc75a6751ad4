"""The pace of commands against a fake whose time runs faster: ``WORKATO_TIME_SCALE``, which `fake` prints."""

from __future__ import annotations

import os
from functools import cache

from workato_async.cli.command_runner import CommandError, ExitStatus
from workato_async.cli.terminal import echo_err
from workato_async.errors import ConfigurationError
from workato_async.limits.time_scale import VARIABLE, time_scale_from_environment


def time_scale(base_url: str) -> float:
    """Return the factor for every quota window, and say so on stderr if it is not 1, or that the variable is ignored.

    Raises:
        CommandError: if the variable is not a number above 0.
    """
    try:
        scale = time_scale_from_environment(base_url)
    except ConfigurationError as error:
        raise CommandError(f"error: {error}", ExitStatus.USAGE) from None
    if scale != 1:
        _say(f"quota windows scaled by {scale:g} ({VARIABLE})")
    elif os.environ.get(VARIABLE) and not base_url.startswith("http://"):
        _say(f"{VARIABLE} is ignored: it is for a fake Workato on this machine, not for {base_url}")
    return scale


@cache
def _say(message: str) -> None:
    """Print a line on stderr, once in a command, which may open several sessions."""
    echo_err(message)

"""The pace of commands against a fake whose time runs faster: ``WORKATO_TIME_SCALE``, which `fake` prints.

It counts for servers on this machine only, so that a variable that was left behind never changes the pace against
Workato itself.
"""

from __future__ import annotations

import math
import os
from functools import cache

from workato_async.cli.command_runner import CommandError, ExitStatus
from workato_async.cli.terminal import echo_err

VARIABLE = "WORKATO_TIME_SCALE"


def time_scale(base_url: str) -> float:
    """Return the factor for every quota window, 1 unless the environment has another for a server of this machine.

    A line on stderr says so if there is one, or that it is ignored.

    Args:
        base_url: the root of the server, of a session: plain http is accepted to this machine only.

    Raises:
        CommandError: if the variable is not a number above 0.
    """
    text = os.environ.get(VARIABLE)
    if not text:
        return 1.0
    if not base_url.startswith("http://"):
        _say(f"{VARIABLE} is ignored: it is for a fake Workato on this machine, not for {base_url}")
        return 1.0
    try:
        scale = float(text)
    except ValueError:
        scale = math.nan
    if not (math.isfinite(scale) and scale > 0):
        raise CommandError(f"error: {VARIABLE} must be a number above 0, e.g. 0.01", ExitStatus.USAGE)
    if scale != 1:
        _say(f"quota windows scaled by {scale:g} ({VARIABLE})")
    return scale


@cache
def _say(message: str) -> None:
    """Print a line on stderr, once in a command, which may open several sessions."""
    echo_err(message)

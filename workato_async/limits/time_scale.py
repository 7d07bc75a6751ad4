"""The pace of a fake whose time runs faster: ``WORKATO_TIME_SCALE``, which it prints when it starts.

It counts for servers on this machine only, so that a variable that was left behind never changes the pace against
Workato itself.
"""

from __future__ import annotations

import math
import os

from workato_async.errors import ConfigurationError

VARIABLE = "WORKATO_TIME_SCALE"


def time_scale_from_environment(base_url: str) -> float:
    """Return the factor for every quota window: 1, unless the environment has another for a server of this machine.

    Args:
        base_url: the root of the server, of a session: plain http is accepted to this machine only.

    Raises:
        ConfigurationError: if the variable counts and is not a number above 0.
    """
    text = os.environ.get(VARIABLE)
    if not text or not base_url.startswith("http://"):
        return 1.0
    try:
        scale = float(text)
    except ValueError:
        scale = math.nan
    if not (math.isfinite(scale) and scale > 0):
        raise ConfigurationError(f"{VARIABLE} must be a number above 0, e.g. 0.01")
    return scale

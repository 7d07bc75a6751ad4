"""The console script: Ctrl-C ends it without a traceback from its first instruction on.

A wheel has it as the module ``workato_async_command`` outside the package, and not here: importing the package takes
most of the time until a command runs. So it imports nothing else before.
"""

import os
import signal
from importlib import import_module


def _end(*_: object) -> None:
    os.write(2, b"interrupted\n")
    os._exit(130)


def main() -> None:
    """Run ``workato-async``."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # a process in the background ignores it
        signal.signal(signal.SIGINT, _end)
    import_module("workato_async.cli").main()

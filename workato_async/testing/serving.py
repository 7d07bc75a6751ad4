"""serve: run a fake Workato until it is interrupted, for both command lines."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import signal
import sys
from typing import TYPE_CHECKING

from workato_async.testing.server import HERE

if TYPE_CHECKING:
    from workato_async.testing.server import FakeWorkato


def serve(fake: FakeWorkato) -> int:
    """Print how to use a fake that is not yet started, and serve it until Ctrl-C or SIGTERM.

    Returns:
        The exit status of a command: 0, 1 after printing why it cannot listen, or 141 if the reader of what it prints
        went away.
    """
    try:
        asyncio.run(_serve(fake))
    except KeyboardInterrupt:
        return 0
    except BrokenPipeError:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())  # otherwise Python would try to print it again when it ends
        return 141
    except OSError as error:
        host, port = fake.address
        other = "; stop what uses it, or pass --port 0 for a free port" if error.errno == errno.EADDRINUSE else ""
        sys.stderr.write(f"cannot listen on {host}, port {port}: {error.strerror or error}{other}\n")
        return 1
    return 0


async def _serve(fake: FakeWorkato) -> None:
    async with fake:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(NotImplementedError):  # on Windows, where Ctrl-C raises KeyboardInterrupt
                asyncio.get_running_loop().add_signal_handler(number, stop.set)
        sys.stdout.write(greeting(fake))
        sys.stdout.flush()
        await stop.wait()


def greeting(fake: FakeWorkato) -> str:
    """Return how to use a fake that is running, from HTTP, a program and the command line, at its pace."""
    first = next(iter(fake.state.recipes), 10_001)
    limiter = variable = ""
    token = "any" if fake.accepts_any_token else "TOKEN"  # not its own: what is printed ends up in logs
    if fake.time_scale != 1:
        limiter = f", limiter=Limiter(time_scale={fake.time_scale:g})"
        variable = f" WORKATO_TIME_SCALE={fake.time_scale:g}"
    everywhere = " and every other address of this machine" if fake.address[0] in HERE else ""
    return (
        f"Fake Workato listening on {fake.url}{everywhere} (press Ctrl-C to stop).\n"
        f'    curl -H "Authorization: Bearer {token}" {fake.url}/api/recipes/{first}\n'
        f'    WorkatoSession("{token}", base_url="{fake.url}"{limiter})\n'
        f"    export WORKATO_API_TOKEN={token} WORKATO_HOST={fake.url}{variable}\n"
    )

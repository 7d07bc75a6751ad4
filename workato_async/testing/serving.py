"""serve: run a fake Workato until it is interrupted, for both command lines."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workato_async.testing.server import FakeWorkato


def serve(fake: FakeWorkato) -> int:
    """Print how to use a fake that is not yet started, and serve it until Ctrl-C or SIGTERM.

    Returns:
        The exit status of a command: 0, or 1 after printing why it cannot listen.
    """
    try:
        asyncio.run(_serve(fake))
    except KeyboardInterrupt:
        return 0
    except OSError as error:
        host, port = fake.address
        sys.stderr.write(f"cannot listen on {host}, port {port}: {error.strerror or error}\n")
        return 1
    return 0


async def _serve(fake: FakeWorkato) -> None:
    async with fake:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(NotImplementedError):  # on Windows, where Ctrl-C raises KeyboardInterrupt
                asyncio.get_running_loop().add_signal_handler(number, stop.set)
        first = next(iter(fake.state.recipes), 10_001)
        sys.stdout.write(
            f"Fake Workato listening on {fake.url} (press Ctrl-C to stop).\n"
            f'    curl -H "Authorization: Bearer any" {fake.url}/api/recipes/{first}\n'
            f'    WorkatoSession("any", base_url="{fake.url}")\n'
            f"    export WORKATO_API_TOKEN=any WORKATO_HOST={fake.url}\n"
        )
        sys.stdout.flush()
        await stop.wait()

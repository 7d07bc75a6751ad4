"""``python -m workato_async.testing``: a fake Workato to try things out with."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys
from typing import TYPE_CHECKING, get_args

from workato_async.errors import ConfigurationError
from workato_async.testing.server import FakeWorkato
from workato_async.testing.windows import Window

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until interrupted; give the exit status."""
    options = _parser().parse_args(arguments)
    try:
        asyncio.run(_serve(_build(options)))
    except KeyboardInterrupt:
        return 0
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"cannot listen on {options.host}, port {options.port}: {error.strerror or error}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m workato_async.testing", description="Serve a fake Workato.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8080, help="port to listen on, 0 for any (default: %(default)s)")
    parser.add_argument("--recipes", type=int, default=500, help="default: %(default)s")
    parser.add_argument("--jobs", type=int, default=2000, help="default: %(default)s")
    parser.add_argument("--connections", type=int, default=20, help="default: %(default)s")
    parser.add_argument("--lookup-rows", type=int, default=50, help="default: %(default)s")
    parser.add_argument(
        "--time-scale",
        type=float,
        default=1.0,
        help="how many times as long every quota window is (default: %(default)s)",
    )
    parser.add_argument(
        "--window",
        choices=(*get_args(Window), "none"),
        default="sliding",
        help="how quotas are counted, none for no quotas (default: %(default)s)",
    )
    parser.add_argument("--token", help="the only token to accept (default: any)")
    parser.add_argument("--latency", type=float, help="seconds that every answer takes")
    parser.add_argument("--seed", type=int, default=0, help="of the data (default: %(default)s)")
    return parser


def _build(options: argparse.Namespace) -> FakeWorkato:
    return FakeWorkato(
        options.recipes,
        options.jobs,
        connections=options.connections,
        lookup_rows=options.lookup_rows,
        time_scale=options.time_scale,
        window=None if options.window == "none" else options.window,
        token=options.token,
        latency=options.latency,
        seed=options.seed,
        host=options.host,
        port=options.port,
    )


async def _serve(fake: FakeWorkato) -> None:
    async with fake:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(NotImplementedError):  # on Windows, where Ctrl-C raises KeyboardInterrupt
                asyncio.get_running_loop().add_signal_handler(number, stop.set)
        first = next(iter(fake.state.recipes), 10_001)
        sys.stdout.write(
            f"A fake Workato listens on {fake.url} (Ctrl-C ends it).\n"
            f'    curl -H "Authorization: Bearer any" {fake.url}/api/recipes/{first}\n'
            f'    WorkatoSession("any", base_url="{fake.url}")\n'
        )
        sys.stdout.flush()
        await stop.wait()


if __name__ == "__main__":
    raise SystemExit(main())

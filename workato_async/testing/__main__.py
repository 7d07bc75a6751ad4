"""``python -m workato_async.testing``: a fake Workato to try things out with."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, get_args

from workato_async.errors import ConfigurationError
from workato_async.testing.clock import start_time
from workato_async.testing.server import FakeWorkato
from workato_async.testing.serving import serve
from workato_async.testing.windows import Window

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until interrupted; return the exit status."""
    options = _parser().parse_args(arguments)
    try:
        fake = _build(options)
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return serve(fake)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m workato_async.testing", description="Serve a fake Workato.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8080, help="port to listen on, 0 for any (default: %(default)s)")
    parser.add_argument("--recipes", type=int, default=500, help="default: %(default)s")
    parser.add_argument("--jobs", type=int, default=2000, help="default: %(default)s")
    parser.add_argument("--connections", type=int, default=20, help="default: %(default)s")
    parser.add_argument("--lost-connections", type=int, default=0, help="of the connections (default: %(default)s)")
    parser.add_argument("--lookup-rows", type=int, default=50, help="default: %(default)s")
    parser.add_argument("--customers", type=int, default=3, help="of the Embedded API (default: %(default)s)")
    parser.add_argument(
        "--time-scale",
        type=float,
        default=1.0,
        help="scale quota windows by this factor; 0.01 is 100 times faster (default: %(default)s)",
    )
    parser.add_argument(
        "--window",
        choices=(*get_args(Window), "none"),
        default="sliding",
        help="how quotas are counted; none: no quotas (default: %(default)s)",
    )
    parser.add_argument("--token", help="accept only this token (default: any)")
    parser.add_argument("--latency", type=float, help="seconds before each response")
    parser.add_argument("--now", metavar="TIME", help="date and time at the start, in ISO 8601 (default: the current)")
    parser.add_argument("--seed", type=int, default=0, help="seed for the generated workspace (default: %(default)s)")
    return parser


def _build(options: argparse.Namespace) -> FakeWorkato:
    return FakeWorkato(
        options.recipes,
        options.jobs,
        connections=options.connections,
        lost_connections=options.lost_connections,
        lookup_rows=options.lookup_rows,
        customers=options.customers,
        time_scale=options.time_scale,
        window=None if options.window == "none" else options.window,
        token=options.token,
        latency=options.latency,
        now=start_time(options.now),
        seed=options.seed,
        host=options.host,
        port=options.port,
    )


if __name__ == "__main__":
    raise SystemExit(main())

"""What a decompression bomb costs: a small response that unpacks to a thousand times its size.

The server, a process of its own, sends the same bytes for every request. The client must stop at its cap on
bodies: the memory it needs on top of the cap, and the longest time in which its event loop did nothing else, are
measured for several encodings and for an uncompressed response of the same size.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import multiprocessing
import sys
import time
import tracemalloc
import zlib
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import attrs

from benchmarks._report import Bound, Verdict, print_machine, print_table
from workato_async import InvalidResponseError, WorkatoSession
from workato_async.http.transport import MAX_BODY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection

MIB = 2**20
STOPPED = Bound(0, "every one of them ends in an InvalidResponseError (others)")
MEMORY = Bound(32, "memory on top of the cap (MiB)")
STALL = Bound(100, "the event loop stands still (milliseconds)")
BEAT = 0.001
"""Seconds between two heartbeats."""


def _plain(size: int) -> bytes:
    return b" " * size


def _gzip(size: int) -> bytes:
    return gzip.compress(_plain(size))


def _deflate(size: int) -> bytes:
    return zlib.compress(_plain(size), 9)


CODINGS: dict[str, Callable[[int], bytes]] = {"gzip": _gzip, "deflate": _deflate, "": _plain}


# --- the server


@contextmanager
def serving(coding: str, size: int) -> Iterator[tuple[str, int]]:
    """Run a server that sends the bomb; yield its address and the number of bytes sent."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there, coding, size), daemon=True)
    process.start()
    there.close()
    try:
        yield here.recv()
    finally:
        here.close()  # the end of the pipe ends the server
        process.join()


def _serve(pipe: Connection, coding: str, size: int) -> None:
    asyncio.run(_run_server(pipe, coding, size))


async def _run_server(pipe: Connection, coding: str, size: int) -> None:
    body = CODINGS[coding](size)
    lines = ["HTTP/1.1 200 OK", "Content-Type: application/json", "Transfer-Encoding: chunked"]
    lines += [f"Content-Encoding: {coding}"] if coding else []
    response = "\r\n".join([*lines, "", f"{len(body):x}", ""]).encode() + body + b"\r\n0\r\n\r\n"

    async def respond(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                await reader.readuntil(b"\r\n\r\n")
                writer.write(response)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(respond, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    pipe.send((f"http://{host}:{port}", len(body)))
    stop = asyncio.Event()
    asyncio.get_running_loop().add_reader(pipe.fileno(), stop.set)
    await stop.wait()


# --- the client


@attrs.frozen
class Figures:
    """What one bomb cost: error class, seconds, peak bytes traced, longest stall in seconds."""

    error: str
    seconds: float
    memory: int
    stall: float


async def _figures(url: str, cap: int, *, trace: bool) -> Figures:
    """Send one call; tracing memory slows everything down, so they are measured in separate calls."""
    async with WorkatoSession("bomb", base_url=url, max_body=cap) as workato:
        await asyncio.sleep(0.05)
        heart = _Heart()
        beating = asyncio.create_task(heart.beat())
        if trace:
            tracemalloc.start()
        begun = time.perf_counter()
        error = ""
        try:
            await workato.recipes.get(1)
        except Exception as raised:
            error = type(raised).__name__
        seconds = time.perf_counter() - begun
        memory = tracemalloc.get_traced_memory()[1] if trace else 0
        tracemalloc.stop()
        await asyncio.sleep(2 * BEAT)
        beating.cancel()
        return Figures(error, seconds, memory, heart.longest)


class _Heart:
    """Measures how late the loop is for a timer."""

    def __init__(self) -> None:
        self.longest = 0.0

    async def beat(self) -> None:
        last = time.perf_counter()
        while True:
            await asyncio.sleep(BEAT)
            now = time.perf_counter()
            self.longest = max(self.longest, now - last - BEAT)
            last = now


def main() -> int:
    """Measure every coding, print the table, check the bounds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bomb", description=__doc__)
    parser.add_argument("--size", type=int, default=1024, help="MiB that a response unpacks to (default: 1024)")
    parser.add_argument("--cap", type=int, default=MAX_BODY // MIB, help="MiB that are read (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of which the best stall counts (default: 3)")
    arguments = parser.parse_args()
    size, cap = arguments.size * MIB, arguments.cap * MIB
    print_machine("aiohttp")

    rows, verdict = [], Verdict()
    for coding in CODINGS:
        name = coding or "not compressed"
        with serving(coding, size) as (url, sent):
            traced = asyncio.run(_figures(url, cap, trace=True))
            timed = [asyncio.run(_figures(url, cap, trace=False)) for _ in range(arguments.rounds)]
        best = min(timed, key=lambda figures: figures.stall)
        rows.append(
            [
                name,
                f"{sent / MIB:,.1f}",
                f"{size / sent:,.0f}",
                f"{traced.memory / MIB:.1f}",
                f"{best.seconds * 1e3:,.0f}",
                f"{best.stall * 1e3:.1f}",
                best.error,
            ]
        )
        errors = [figures.error for figures in (traced, *timed)]
        verdict.check(STOPPED, len(errors) - errors.count(InvalidResponseError.__name__), name)
        verdict.check(MEMORY, (traced.memory - cap) / MIB, name)
        verdict.check(STALL, best.stall * 1e3, name)
    print_table(
        f"responses of {size / MIB:,.0f} MiB, of which at most {cap / MIB:,.0f} MiB are read",
        ["", "MiB sent", "times larger", "peak MiB", "total ms", "stall ms", "outcome"],
        rows,
    )
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())

"""Clients that know nothing of each other on one quota: our core beside backoff, in simulated time.

Each client has 60 calls to make, and all begin at once, on one exact server that allows 60 requests per 6 s. Compared:
exponential backoff with full jitter on top of Retry-After (what most clients do), our core with ``adaptive=False``,
and our core. The clock is simulated, so the figures do not depend on the machine:

    python -m benchmarks.crowded [--clients 20 100] [--seeds 3]
"""

from __future__ import annotations

import argparse
import heapq
import math
import random
from collections import deque
from collections.abc import Callable

import attrs

from workato_async.limits.bucket import Permits
from workato_async.limits.quota import Quota

QUOTA = Quota(60, per=6.0)
CALLS = 60
FEWER_429S = 0.94
LONGER_AT_MOST = 1.15

NewPermits = Callable[[Callable[[], float]], Permits | None]
"""Makes the core of a client that has one, given what draws the jitter."""


class Server:
    """Counts arrivals exactly, in a sliding window or in fixed ones."""

    def __init__(self, window: str, phase: float) -> None:
        self._sliding = window == "sliding"
        self._phase = phase
        self._arrivals: deque[float] = deque()
        self._window = -1

    def arrive(self, now: float) -> float:
        """Return 0.0 if the request is served, else the seconds of Retry-After."""
        per = QUOTA.per
        if self._sliding:
            while self._arrivals and self._arrivals[0] <= now - per:
                self._arrivals.popleft()
            wait = self._arrivals[0] + per - now if self._arrivals else 0.0
        else:
            window = math.floor((now - self._phase) / per)
            if window != self._window:
                self._window = window
                self._arrivals.clear()
            wait = (window + 1) * per + self._phase - now
        if len(self._arrivals) >= QUOTA.requests:
            return wait
        self._arrivals.append(now)
        return 0.0


@attrs.define(eq=False)
class Client:
    """One client: how many calls it still has to make, and what it met."""

    permits: Permits | None
    pending: int = CALLS
    served: int = 0
    rate_limited: int = 0
    ended: float = 0.0
    wakes_at: float = math.inf


@attrs.frozen
class Result:
    """What all clients met together."""

    rate_limited: float
    all_done: float
    mean_done: float


def run(clients: int, window: str, seed: int, new_permits: NewPermits) -> Result:
    """Let so many clients make their calls, and wait for the last one."""
    rng = random.Random(seed)
    server = Server(window, rng.random() * QUOTA.per)
    events: list[tuple[float, int, Callable[[float], None]]] = []
    number = 0

    def at(time: float, event: Callable[[float], None]) -> None:
        nonlocal number
        number += 1
        heapq.heappush(events, (time, number, event))

    def one_way() -> float:
        return (rng.uniform(2.5, 25) + (150 if rng.random() < 0.05 else 0)) / 1000

    def send(client: Client, taken: float, attempt: int) -> None:
        def arrive(now: float) -> None:
            wait = server.arrive(now)
            at(now + one_way(), lambda now: respond(client, taken, wait, attempt, now))

        at(taken + one_way(), arrive)

    def respond(client: Client, taken: float, wait: float, attempt: int, now: float) -> None:
        if not wait:
            client.served += 1
            client.ended = now
            if client.permits is not None:
                client.permits.responded(taken, now)
        else:
            client.rate_limited += 1
            if client.permits is None:
                back_off = rng.uniform(0, min(30, 0.5 * 2**attempt))
                at(now + wait + back_off, lambda now: send(client, now, attempt + 1))
                return
            client.pending += 1
            client.permits.rate_limited(taken, wait, now)
        go(client, now)

    def go(client: Client, now: float) -> None:
        permits = client.permits
        if now >= client.wakes_at:
            client.wakes_at = math.inf
        while client.pending and (permits is None or permits.take(now)):
            client.pending -= 1
            send(client, now, 0)
        if client.pending and permits is not None:
            next_at = permits.next_available_at(now)
            if next_at is not None and next_at < client.wakes_at:
                client.wakes_at = next_at
                at(next_at, lambda now: go(client, now))

    everyone = [Client(new_permits(rng.random)) for _ in range(clients)]
    for client in everyone:
        at(0.0, lambda now, client=client: go(client, now))  # type: ignore[misc]
    while events:
        now, _, event = heapq.heappop(events)
        event(now)
    unserved = [client for client in everyone if client.served != CALLS]
    if unserved:
        raise SystemExit(f"{len(unserved)} clients were not served")
    ends = [client.ended for client in everyone]
    return Result(sum(client.rate_limited for client in everyone), max(ends), sum(ends) / len(ends))


CONTESTANTS: dict[str, NewPermits] = {
    "backoff with Retry-After": lambda draw: None,
    "not adaptive": lambda draw: Permits(QUOTA, adaptive=False),
    "workato_async": lambda draw: Permits(QUOTA, draw=draw),
}


def main() -> int:
    """Print the table; exit status 1 if a bound is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, nargs="+", default=[2, 5, 20, 100])
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    missed = False
    print(f"{CALLS} calls a client on {QUOTA}, all at once; mean of {options.seeds} seeds")
    for clients in options.clients:
        for window in ("sliding", "fixed"):
            print(f"\n{clients} clients, {window} window")
            base: Result | None = None
            for name, new_permits in CONTESTANTS.items():
                runs = [run(clients, window, seed, new_permits) for seed in range(options.seeds)]
                mean = Result(*(sum(attrs.astuple(one)[i] for one in runs) / len(runs) for i in range(3)))
                base = base or mean
                fewer = 1 - mean.rate_limited / base.rate_limited
                print(
                    f"  {name:26} {mean.rate_limited:9.0f} x 429 = {mean.rate_limited / clients / CALLS:6.2f} per call"
                    f" ({fewer:6.1%} fewer), all done {mean.all_done:6.1f} s (x {mean.all_done / base.all_done:.2f}),"
                    f" mean client {mean.mean_done:6.1f} s (x {mean.mean_done / base.mean_done:.2f})"
                )
                if name == "workato_async" and clients >= 20:
                    missed |= fewer < FEWER_429S or mean.all_done > LONGER_AT_MOST * base.all_done
                    missed |= mean.mean_done > base.mean_done
    print("\na bound was missed" if missed else "\nall bounds hold (from 20 clients on)")
    return int(missed)


if __name__ == "__main__":
    raise SystemExit(main())

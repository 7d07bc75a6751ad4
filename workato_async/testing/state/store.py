"""Store: what all tables share: ids, the calendar, and background work."""

from __future__ import annotations

import heapq
from random import Random
from string import ascii_letters, digits
from typing import TYPE_CHECKING, TypeVar

from workato_async.endpoint import JsonObject
from workato_async.errors import ConfigurationError
from workato_async.testing.clock import pacific

if TYPE_CHECKING:
    from collections.abc import Callable

    from workato_async.testing.clock import Clock

Key = TypeVar("Key")
Table = dict[int, JsonObject]

PROCESSING_SECONDS = 2.0
"""How long background work takes (a health scan, a deployment), before the time scale."""


class Lazy(dict[int, dict[Key, JsonObject]]):
    """Tables of children by the id of their parent, each created when it is first used."""

    def __init__(self, make: Callable[[int], dict[Key, JsonObject]]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, parent_id: int) -> dict[Key, JsonObject]:
        children = self[parent_id] = self._make(parent_id)
        return children


class Store:
    """Ids, calendar and background work.

    Attributes:
        time_scale: a factor for the time of everything that the server does or waits for.
        tables: the rows of the families in ``workato_async.testing.family``, by the name of the table.
        storage: files at the storage host, by path.
    """

    def __init__(self, clock: Clock, *, seed: int, time_scale: float) -> None:
        self.clock = clock
        self.seed = seed
        self._rng = Random(f"{seed}/state")  # noqa: S311 - sample data, not secrets
        self.time_scale = time_scale
        self._processing = PROCESSING_SECONDS * time_scale
        self._next_ids: dict[str, int] = {}
        self.tables: dict[str, dict[int | str, JsonObject]] = {}
        self.storage: dict[str, bytes] = {}
        self._later: list[tuple[float, int, Callable[[], None]]] = []

    def new_id(self, kind: str, first: int, given: int | None = None) -> int:
        """Return the next id of a kind, or record the one given; ids are never reused."""
        following = self._next_ids.get(kind, first)
        new = following if given is None else given
        self._next_ids[kind] = max(following, new + 1)
        return new

    def handle(self, prefix: str, rng: Random | None = None) -> str:
        """Return a handle: ``j-AJTAt8w6-wdAgWM``."""
        text = "".join((rng or self._rng).choices(ascii_letters + digits, k=14))
        return f"{prefix}-{text[:8]}-{text[8:]}"

    def random_bits(self, bits: int) -> int:
        """Return a random number with that many bits."""
        return self._rng.getrandbits(bits)

    def now(self) -> str:
        """Return the current time as most responses show it."""
        return pacific(self.clock.time)

    def after_processing(self, action: Callable[[], None]) -> None:
        """Schedule a function for when background work is finished."""
        heapq.heappush(self._later, (self.clock.elapsed + self._processing, self.new_id("later", 0), action))

    def settle(self) -> None:
        """Run everything that is due; the server does so before every request."""
        while self._later and self._later[0][0] <= self.clock.elapsed:
            heapq.heappop(self._later)[2]()


def insert(table: dict[Key, JsonObject], row: JsonObject) -> JsonObject:
    """Add a row to a table under its id."""
    table[row["id"]] = row
    return row


def known(table: dict[int, JsonObject], row_id: int, kind: str) -> JsonObject:
    """Return the row with this id.

    Raises:
        ConfigurationError: if there is none.
    """
    try:
        return table[row_id]
    except KeyError:
        raise ConfigurationError(f"the fake workspace has no {kind} {row_id}") from None

"""What is mirrored, one line per stream: the endpoint it is read from, and how.

Every list is read page by page, in one of three orders, which differ in what a page proves:

* ``DESCENDING``: by id, highest first (``since_id``). A page has everything between its cursor and its last id, so a
  stored row in that range that is not on the page is gone.
* ``NEWEST``: newest first, and rows in a final state never change. A walk ends at the first row that is stored and
  final; only a walk to the end proves what is gone.
* ``WHOLE``: in no reliable order, read to the end every time.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any, cast

import attrs
import msgspec

from workato_async import ENDPOINTS
from workato_async.endpoint import SINCE_ID
from workato_async.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from workato_async.endpoint import AnyEndpoint, Listing
    from workato_async.resources.recipes.models import Recipe


class Order(enum.Enum):
    """The order in which a list returns its rows."""

    DESCENDING = "descending"
    NEWEST = "newest"
    WHOLE = "whole"


@attrs.frozen(eq=False)
class Stream:
    """One kind of object, and its table.

    Attributes:
        name: the name of the stream and of its table.
        endpoint: lists the objects, and says how the list is paged.
        order: the order of the list.
        query: parameters of every request.
        parent: the stream whose objects these are listed under, empty for none.
        parent_key: the column with the parent's id.
        moved: returns, for the parent, a text that changes when there is something new to fetch, and is empty if there
            never was anything. None fetches every time.
        final: the states that a row never leaves; rows in other states are fetched again. Empty if rows have no state.
        expected: returns, from the text of ``moved``, how many rows there should be; if rows have states, only those in
            a final one count.
        unended: the query that lists only rows that have not ended.
        detail: returns one object by its parent's id and its own, to fetch it again.
    """

    name: str
    endpoint: AnyEndpoint
    order: Order = Order.WHOLE
    query: Mapping[str, Any] = attrs.field(factory=dict)
    parent: str = ""
    parent_key: str = ""
    moved: Callable[[Any], str] | None = None
    final: frozenset[str] = frozenset()
    expected: Callable[[str], int] | None = None
    unended: Mapping[str, Any] = attrs.field(factory=dict)
    detail: AnyEndpoint | None = None

    @property
    def listing(self) -> Listing:
        """How the list is paged."""
        return cast("Listing", self.endpoint.listing)

    @property
    def model(self) -> type:
        """The class of its objects."""
        return cast("type", self.endpoint.result)


def _text(*values: object) -> str:
    return msgspec.json.encode(values).decode()


def _version(recipe: Recipe) -> str:
    return _text(recipe.version_no, recipe.version_comment)


def _versions(text: str) -> int:
    number, _ = msgspec.json.decode(text) if text else (0, "")
    return min(int(number or 0), _LARGEST)


def _activity(recipe: Recipe) -> str:
    counters = (recipe.job_succeeded_count or 0, recipe.job_failed_count or 0)
    return _text(*counters, recipe.last_job_started_at) if any(counters) or recipe.last_job_started_at else ""


def _ended_jobs(activity: str) -> int:
    succeeded, failed, _ = msgspec.json.decode(activity) if activity else (0, 0, None)
    return min(int(succeeded + failed), _LARGEST)


_LARGEST = 2**31 - 1
"""The largest number of jobs that is believed; a database holds it."""
_ENDPOINTS: Mapping[str, AnyEndpoint] = {endpoint.id: endpoint for endpoint in ENDPOINTS}
_TAGS = {"includes[]": ["tags"]}
_RECIPES = attrs.evolve(_ENDPOINTS["recipes.list"], listing=SINCE_ID)
_FINAL = frozenset({"succeeded", "failed", "canceled"})
COUNTED = ("succeeded", "failed")
"""The states of jobs that the counters of a recipe count."""
UNENDED = frozenset({"pending", "running"})
"""States that are never final, even if a row has a time at which it was completed once."""

_ALL = (
    Stream("recipes", _RECIPES, Order.DESCENDING, _TAGS),
    Stream(
        "recipe_versions", _ENDPOINTS["recipes.versions.list"], parent="recipes", parent_key="recipe_id",
        moved=_version, expected=_versions,
    ),
    Stream(
        "jobs", _ENDPOINTS["jobs.list"], order=Order.NEWEST, parent="recipes", parent_key="recipe_id",
        moved=_activity, expected=_ended_jobs, final=_FINAL, unended={"status": "pending"},
        detail=_ENDPOINTS["jobs.get"],
    ),
    Stream("connections", _ENDPOINTS["connections.list"], query=_TAGS),
    Stream("folders", _ENDPOINTS["folders.list"], query={"with_nested_folders": True}),
    Stream("projects", _ENDPOINTS["projects.list"]),
    Stream("lookup_tables", _ENDPOINTS["lookup_tables.list"]),
    Stream(
        "lookup_table_rows", _ENDPOINTS["lookup_tables.rows.list"], parent="lookup_tables",
        parent_key="lookup_table_id",
    ),
    Stream("on_prem_groups", _ENDPOINTS["on_prem_groups.list"]),
    Stream("on_prem_agents", _ENDPOINTS["on_prem_agents.list"]),
    Stream("activity_logs", _ENDPOINTS["activity_logs.list"], order=Order.NEWEST),
    Stream("deployments", _ENDPOINTS["deployments.list"]),
)  # fmt: skip

STREAMS: Mapping[str, Stream] = {stream.name: stream for stream in _ALL}
"""Every stream by its name, parents before their children."""


def is_final(stream: Stream, status: str | None, completed_at: object) -> bool:
    """Whether a row can no longer change: in a final state, or in an unknown one that has ended."""
    if not stream.final or status in stream.final:
        return True
    return completed_at is not None and status not in UNENDED


def children(stream: Stream) -> list[Stream]:
    """Return the streams that are listed under the objects of a stream."""
    return [child for child in _ALL if child.parent == stream.name]


def chosen(names: Iterable[str] | None) -> list[Stream]:
    """Return the streams of these names and their parents, in the order of ``STREAMS``; None returns all.

    Raises:
        ConfigurationError: for an unknown name.
    """
    if isinstance(names, str):
        raise ConfigurationError(f"streams must be a collection of names; for a single one write [{names!r}]")
    wanted = set(STREAMS) if names is None else set(names)
    if unknown := sorted(map(str, wanted - set(STREAMS))):
        raise ConfigurationError(f"there is no stream {', '.join(unknown)}; choose from {', '.join(STREAMS)}")
    if not wanted:
        raise ConfigurationError("streams is empty: nothing to mirror; None mirrors everything")
    wanted |= {STREAMS[name].parent for name in wanted}
    return [stream for stream in _ALL if stream.name in wanted]

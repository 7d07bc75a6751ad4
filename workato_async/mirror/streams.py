"""What is mirrored, one line a stream: the endpoint it is read from, and how its walk goes.

Every list is walked page by page, in one of three orders, which differ in what a page proves:

* ``DESCENDING``: by id, highest first (``since_id``). A page has everything between its cursor and its last id, so a
  stored row of that range that is not on it is gone.
* ``NEWEST``: newest first, and what has ended never changes. A walk goes down to the first row that is stored and
  final; only a walk to the end proves what is gone.
* ``WHOLE``: in no order to rely on, walked to the end every time.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any, cast

import attrs
import msgspec

from workato_async.endpoint import OFFSET_JOB, SINCE_ID, AnyEndpoint, Listing
from workato_async.errors import ConfigurationError
from workato_async.resources import ENDPOINTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from workato_async.resources.recipes.models import Recipe


class Order(enum.Enum):
    """In which order a walk meets the rows."""

    DESCENDING = "descending"
    NEWEST = "newest"
    WHOLE = "whole"


@attrs.frozen(eq=False)
class Stream:
    """One kind of object, and one table.

    Attributes:
        name: of the stream and of its table.
        endpoint: lists the objects.
        listing: how the list is paged, if other than the endpoint says.
        order: in which order a walk meets the rows.
        query: parameters of every request.
        parent: the stream under whose objects these are listed, empty for none.
        parent_key: the column that holds the parent's id.
        moved: gives, for the parent, a text that changes when there is something new to fetch; empty text is what a
            parent has that never had anything. None fetches every time.
        final: the states that a row never leaves; a row in another one is looked up again. Empty for rows without.
        detail: gives one object by its parent's id and its own, for looking up again.
    """

    name: str
    endpoint: AnyEndpoint
    listing: Listing = attrs.field(default=attrs.Factory(lambda self: self.endpoint.listing, takes_self=True))
    order: Order = Order.WHOLE
    query: Mapping[str, Any] = attrs.field(factory=dict)
    parent: str = ""
    parent_key: str = ""
    moved: Callable[[Any], str] | None = None
    final: frozenset[str] = frozenset()
    detail: AnyEndpoint | None = None

    @property
    def model(self) -> type:
        """The class of its objects."""
        return cast("type", self.endpoint.result)


def _text(*values: object) -> str:
    return msgspec.json.encode(values).decode()


def _version(recipe: Recipe) -> str:
    return _text(recipe.version_no, recipe.version_comment)


def _activity(recipe: Recipe) -> str:
    counters = (recipe.job_succeeded_count or 0, recipe.job_failed_count or 0)
    return _text(*counters, recipe.last_job_started_at) if any(counters) or recipe.last_job_started_at else ""


_ENDPOINTS: Mapping[str, AnyEndpoint] = {endpoint.id: endpoint for endpoint in ENDPOINTS}
_TAGS = {"includes[]": ["tags"]}
_JOBS = attrs.evolve(_ENDPOINTS["jobs.list"], listing=attrs.evolve(OFFSET_JOB, total="job_count"))
_FINAL = frozenset({"succeeded", "failed", "canceled"})

_ALL = (
    Stream("recipes", _ENDPOINTS["recipes.list"], SINCE_ID, Order.DESCENDING, _TAGS),
    Stream(
        "recipe_versions", _ENDPOINTS["recipes.versions.list"], parent="recipes", parent_key="recipe_id",
        moved=_version,
    ),
    Stream(
        "jobs", _JOBS, order=Order.NEWEST, parent="recipes", parent_key="recipe_id",
        moved=_activity, final=_FINAL, detail=_ENDPOINTS["jobs.get"],
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


def children(stream: Stream) -> list[Stream]:
    """Give the streams that are listed under the objects of a stream."""
    return [child for child in _ALL if child.parent == stream.name]


def chosen(names: Iterable[str] | None) -> list[Stream]:
    """Give the streams of these names with the parents they need, in the order of :data:`STREAMS`; None gives all.

    Raises:
        ConfigurationError: for a name that no stream has.
    """
    if isinstance(names, str):
        raise ConfigurationError(f"streams is a collection of names; for a single one write [{names!r}]")
    wanted = set(STREAMS) if names is None else set(names)
    if unknown := sorted(map(str, wanted - set(STREAMS))):
        raise ConfigurationError(f"there is no stream {', '.join(unknown)}; there are {', '.join(STREAMS)}")
    if not wanted:
        raise ConfigurationError("streams names nothing to mirror; None mirrors everything")
    wanted |= {STREAMS[name].parent for name in wanted}
    return [stream for stream in _ALL if stream.name in wanted]

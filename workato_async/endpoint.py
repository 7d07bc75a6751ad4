"""The vocabulary of the API: what one endpoint is, and how its lists are paged. Pure data.

An endpoint is declared once, in its resource module, and everything else reads it from there: limiter, retry,
transport, the fake server, the README's tables and the tests. A declaration states only what is unusual: 60 requests a
minute is the default, every method but POST is idempotent, and a response is a bare object.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

import attrs

from workato_async.limits.quota import STANDARD, Quota
from workato_async.privileges import PRIVILEGES

if TYPE_CHECKING:
    from collections.abc import Callable

JsonObject = dict[str, Any]
"""A JSON object whose shape no source documents."""

Host = Literal["api", "data_tables", "event_streams"]
"""Which of a data center's three hosts."""

T = TypeVar("T")


@attrs.frozen
class Listing:
    """How a list is split into pages.

    An empty page ends an iteration. A short one does so only if ``total`` agrees, since a server may give fewer items
    than were requested.

    Attributes:
        cursor: the parameter that says where a page begins; empty if everything comes in one response.
        size: the parameter for the length of a page; empty if the endpoint takes none.
        largest: the most items that a page may have, which is what is requested; unused without ``size``.
        numbered: the cursor counts pages from 1; otherwise it is the id of the last item of the page before.
        ascending: the iteration goes to newer items, so the cursor is the id of the *first* item of the page before.
        total: the envelope's key that counts all items, where the server gives one.
        following: the envelope's key that holds the cursor of the next page, where the server gives one.
        in_body: the parameters are in the JSON body, not in the query.
        once: a parameter that may be sent only for the first page.
    """

    cursor: str
    size: str = ""
    largest: int = 100
    numbered: bool = False
    ascending: bool = False
    total: str = ""
    following: str = ""
    in_body: bool = False
    once: str = ""


PAGE = Listing("page", "per_page", numbered=True)
"""``page`` and ``per_page``; ends with an empty page."""
PAGE_COUNTED = attrs.evolve(PAGE, total="count")
"""The same with a ``count`` of all items; ends with a short page if all have been read."""
PAGE_NUMBER = Listing("page[number]", "page[size]", numbered=True, total="total")
"""``page[number]`` and ``page[size]``; ends with a short page if ``total`` items have been read."""
PAGE_AFTER = Listing("page[after]", "page[size]")
"""``page[after]`` is the last id; ends with an empty page."""
SINCE_ID = Listing("since_id", "per_page")
"""``since_id`` (ids below it); neither loses nor repeats items that are there throughout. Ends with an empty page."""
CONTINUATION = Listing("continuation_token", "limit", 200, following="continuation_token", in_body=True)
"""``limit`` and ``continuation_token`` in the body; ends when the response has no token."""
AFTER_MESSAGE = Listing("after_message_id", "batch_size", 50, in_body=True, once="since_time")
"""``after_message_id`` (the last id) and ``batch_size`` in the body; ends with an empty page."""
OFFSET_JOB = Listing("offset_job_id", total="job_scope_count")
"""``offset_job_id`` is the last id. The server chooses the page length; ``job_scope_count`` counts the jobs that pass
the filters, and may be missing. ``job_count`` counts all jobs of the recipe and says nothing about the list."""
OFFSET_JOB_NEWER = Listing("offset_job_id", ascending=True)
"""The same with ``prev=true``: from a job to newer ones; ends with an empty page."""
WHOLE = Listing("")
"""Everything at once."""
WHOLE_IN_BODY = Listing("", in_body=True)
"""Everything at once, requested with a body."""


@attrs.frozen(eq=False)
class Endpoint(Generic[T]):
    """One method and path of the API.

    Attributes:
        id: its name in this package, e.g. ``"recipes.versions.list"``.
        method: the HTTP method.
        path: the path template from the root of the host, e.g. ``"/api/recipes/{id}"``.
        result: the class of the response (of one item, for a list); None if it only reports success, ``JsonObject`` if
            its shape is not documented: an empty response is then ``{}``, and whatever is not an object becomes
            ``{"data": …}``.
        quota: what the documentation allows.
        shared_quota: the name of the quota, for endpoints that share one; it is that of their family, or the key under
            which raw requests to unknown paths are counted. Empty for one of its own.
        idempotent: a request whose response was lost may be retried.
        reads_by_post: it is a POST that changes nothing on the server; a list need not say so.
        wrapper: the (dotted) key under which the data is; empty if the body is the data.
        also_under: another key that may be around or in place of it; empty if there is none.
        single: the data is an array of exactly one.
        listing: how it is paged, for a list.
        retry_429: a 429 means rate limiting, and the call is retried; False where it can mean something else.
        privilege: the client-role privilege that the call needs, see ``workato_async.privileges``; empty if it is
            not known.
        host: which of the data center's hosts serves it.
        read_page: makes the items of a page from its whole JSON, for a list whose items cannot be decoded one by one;
            raises ``msgspec.ValidationError`` for a page that does not fit.
    """

    id: str
    method: str
    path: str
    result: type[T] | None = None
    quota: Quota = STANDARD
    idempotent: bool = attrs.field(default=attrs.Factory(lambda self: self.method != "POST", takes_self=True))
    wrapper: str = ""
    single: bool = False
    listing: Listing | None = None
    retry_429: bool = True
    privilege: str = attrs.field(default=attrs.Factory(lambda self: PRIVILEGES.get(self.id, ""), takes_self=True))
    host: Host = "api"
    read_page: Callable[[Any], list[Any]] | None = None
    shared_quota: str = ""
    also_under: str = ""
    reads_by_post: bool = False

    @cached_property
    def key(self) -> str:
        """The name under which its quota is counted unless it shares one, e.g. ``"GET /api/recipes/{id}"``."""
        return f"{self.method} {self.path}"

    @cached_property
    def documented_quota(self) -> tuple[Quota, str, str]:
        """What a limiter needs to know: the quota, the id, and the name under which others share it."""
        return self.quota, self.id, self.shared_quota

    @cached_property
    def is_read(self) -> bool:
        """Whether the call changes nothing on the server; some reads take their parameters by POST."""
        asks = self.method == "POST" and self.idempotent and (self.reads_by_post or self.listing is not None)
        return asks or self.method in ("GET", "HEAD")

    def __str__(self) -> str:
        return self.key


# attrs makes it for cached properties, without a module; help() of Python 3.13 needs one.
vars(Endpoint)["__getattr__"].__module__ = __name__

AnyEndpoint = Endpoint[Any]

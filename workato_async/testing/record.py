"""What the server received: one record per request."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import attrs
import msgspec

if TYPE_CHECKING:
    from multidict import CIMultiDictProxy


@attrs.define(eq=False)
class RecordedRequest:
    """One request that arrived.

    ```py
    [request] = [request for request in fake.requests if request.endpoint == "recipes.update"]
    assert request.json == {"recipe": {"name": "Orders"}}
    assert dict(fake.requests[0].query) == {"page": "1", "per_page": "100"}
    ```

    Attributes:
        method: the HTTP method.
        raw_target: the target of the request line exactly as it was sent.
        headers: the request's headers, names in any case.
        body: the request's body, decompressed if it was compressed.
        endpoint: the id of the endpoint, e.g. ``"recipes.get"``; None if there is no such method and path.
        arrived_at: the loop's time when it was counted.
        status: the status of the response; 0 before it is sent, and if the connection was cut instead.
        executed: whether the server carried it out; False after an error response, whatever its status.
    """

    method: str
    raw_target: str
    headers: CIMultiDictProxy[str] = attrs.field(repr=False)  # they hold the token
    body: bytes = attrs.field(repr=False)
    endpoint: str | None
    arrived_at: float
    status: int = 0
    executed: bool = False

    @property
    def path(self) -> str:
        """The target's path, still percent-encoded."""
        return self.raw_target.partition("?")[0]

    @cached_property
    def query(self) -> list[tuple[str, str]]:
        """The target's query as decoded pairs, in the order sent."""
        return parse_qsl(self.raw_target.partition("?")[2], keep_blank_values=True)

    @cached_property
    def json(self) -> Any:
        """The body parsed, None if it is empty or not JSON."""
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None

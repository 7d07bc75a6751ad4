"""The endpoint table says what the fact book says: nothing missing, nothing extra, nothing different."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import pytest

from tests.facts import BY_ID, CHECKED, FACTS
from workato_async.endpoint import (
    AFTER_MESSAGE,
    CONTINUATION,
    OFFSET_JOB,
    PAGE_AFTER,
    PAGE_NUMBER,
    WHOLE,
    JsonObject,
    Listing,
)
from workato_async.limits.quota import Quota
from workato_async.resources import ENDPOINTS

if TYPE_CHECKING:
    from workato_async.endpoint import AnyEndpoint

SHAPES: dict[str, str] = {
    "mcp_servers.tokens.create": "the response holds a token, observed as plain_token, which its repr must not show",
}
"""Endpoints that have a model although the fact book has no shape of their response, with the reason."""

DIFFERENCES: dict[str, str] = {
    "data_table_records.query kind": "a page is an object whose rows only its schema explains: records are made of it",
    "tags.create wrapper": "an official client reads a bare object, a wrapped one is possible: both are read",
    "tags.update wrapper": "an official client reads a bare object, a wrapped one is possible: both are read",
    "mcp_servers.tools.list pages": "an official client pages through it, and its sample counts pages",
    "mcp.user_groups pages": "an official client pages through it",
    "connections.pick_list kind": "the choices are one response, rows of plain values: not objects to be walked",
}
DIFFERENCES |= {
    f"genies.{name} wrapper": "nobody has shown the response: a write that was done must not raise because of its shape"
    for name in (
        "start",
        "stop",
        "assign_skills",
        "remove_skills",
        "assign_knowledge_bases",
        "remove_knowledge_bases",
        "assign_user_groups",
        "remove_user_groups",
    )
}
"""``"<id> <fact>"`` with the reason why the code differs from the fact book."""


def page_styles(endpoint: AnyEndpoint) -> tuple[str, int | None]:
    """Return the fact book's words for how an endpoint is paged, and the most items of a page."""
    listing = endpoint.listing
    if listing is None or attrs.evolve(listing, in_body=False) == WHOLE:
        return "none", None
    if listing == OFFSET_JOB:
        return "offset_job_id", None
    if listing == Listing("page", "per_page", listing.largest, numbered=True, total=listing.total):
        return "page", listing.largest
    assert listing in (PAGE_NUMBER, PAGE_AFTER, CONTINUATION, AFTER_MESSAGE)
    return f"{listing.cursor} / {listing.size}", listing.largest


def test_every_endpoint_is_there_once() -> None:
    assert len(ENDPOINTS) == len(BY_ID) == len({endpoint.key for endpoint in ENDPOINTS})


@pytest.mark.parametrize("id_", CHECKED)
def test_a_shape_that_is_not_documented_is_not_made_up(id_: str) -> None:
    endpoint = BY_ID[id_]
    if FACTS[id_]["kind"] is None:
        assert endpoint.result in (None, JsonObject) or id_ in SHAPES, "the fact book knows no fields of the response"


@pytest.mark.parametrize("id_", CHECKED)
def test_an_endpoint_is_as_documented(id_: str) -> None:
    endpoint, fact = BY_ID[id_], FACTS[id_]
    style, largest = page_styles(endpoint)
    is_list = endpoint.listing is not None
    shape = "array" if is_list or endpoint.single else "object"
    found = {
        "method": endpoint.method,
        "path": endpoint.path,
        "quota": endpoint.quota,
        "idempotent": endpoint.idempotent,
        "pages": style,
        "max_per_page": largest,
        "wrapper": endpoint.wrapper or None,
        "kind": shape,
        "privilege": endpoint.privilege or None,
        "host": endpoint.host,
    }
    documented = {**fact, "quota": Quota(fact["quota"]["requests"], per=fact["quota"]["seconds"])}
    if documented["max_per_page"] is None:
        del found["max_per_page"]  # nothing documented to compare with
    if documented["kind"] is None:
        del found["kind"]
    differing = {f"{id_} {name}" for name, value in found.items() if value != documented[name]}
    assert differing == {difference for difference in DIFFERENCES if difference.startswith(f"{id_} ")}

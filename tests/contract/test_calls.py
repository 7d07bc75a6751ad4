"""Every method against the fake server: the request is exactly the documented one, the response is read whole."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from tests.contract.calls import EXAMPLES
from tests.facts import BY_ID, CHECKED, FACTS, keyword
from tests.support.methods import method_named
from workato_async import Pages, WorkatoSession
from workato_async.resources.jobs import RepeatReport
from workato_async.testing import FakeWorkato

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.example import Example
    from workato_async.endpoint import Listing


OTHER_RESULTS: dict[str, type] = {"jobs.repeat": RepeatReport}
"""What a method makes of the result of its endpoint, by id."""


@pytest.mark.parametrize("example", [one for one in EXAMPLES if one.id in CHECKED], ids=lambda example: example.id)
async def test_a_call_sends_what_is_documented_and_its_response_is_read_whole(example: Example) -> None:
    fact, endpoint = FACTS[example.id], BY_ID[example.id]
    async with (
        FakeWorkato(recipes=4, jobs=20, window=None) as fake,
        WorkatoSession("a-token", base_url=fake.url) as workato,
    ):
        if example.prepare:
            example.prepare(fake)
        arguments = example.positional if isinstance(example.positional, tuple) else example.positional(fake)
        result = method_named(workato, example.id)(*arguments, **example.keywords)
        if isinstance(result, Pages):
            assert fake.sent(example.id) == 0, "nothing is sent before somebody iterates"
            items = await result.collect(limit=1)
            assert items or example.empty, "an empty list shows nothing"
        else:
            value = await result
            items = value if isinstance(value, list) else [value]
            assert fake.sent(example.id) == 1
        request = next(request for request in fake.requests if request.endpoint == example.id)
        assert request.executed
    in_path = iter(arguments)
    path = re.sub(r"\{\w+\}", lambda _: str(getattr(one := next(in_path), "id", one)), endpoint.path)
    assert request.path == path
    names = {*fact["query"], *in_the_query(endpoint.listing), *(example.sent.keys() - fact["body"].keys())}
    expected = {name: value for name in names if (value := argument(example, endpoint, name)) is not None}
    assert sorted(request.query) == sorted(pair for name, value in expected.items() for pair in in_query(name, value))
    body = {name: value for name in fact["body"] if (value := argument(example, endpoint, name)) is not None}
    assert sent_body(fact, request) == body
    for item in items:
        if attrs.has(endpoint.result or object) and not (item is None and example.empty):
            assert type(item) is OTHER_RESULTS.get(example.id, endpoint.result)
        assert set(getattr(item, "extra", ())) <= {"success"}


def test_every_endpoint_is_called_with_every_parameter() -> None:
    called: dict[str, set[str]] = {}
    for example in EXAMPLES:
        called.setdefault(example.id, set()).update(example.keywords)
        called[example.id].update(keyword(name) for name in example.sent)
    missing = {}
    for id_ in called.keys() & {*CHECKED}:
        names = called[id_]
        listing = BY_ID[id_].listing
        own = {listing.cursor, listing.size} if listing else set()
        documented = {keyword(name) for name in {**FACTS[id_]["query"], **FACTS[id_]["body"]} if name not in own}
        if lacking := documented - names:
            missing[id_] = lacking
    assert missing == {}


def in_the_query(listing: Listing | None) -> set[str]:
    """Return the parameters that page through a list, which are sent whether or not the fact book has them."""
    return {listing.cursor, listing.size} - {""} if listing and not listing.in_body else set()


def argument(example: Example, endpoint: Any, name: str) -> Any:
    """Return the value that must be sent for a parameter, None if it must not be sent."""
    if name in example.sent:
        return example.sent[name]
    listing = endpoint.listing
    if listing and name == listing.size:
        return example.keywords.get("per_page", listing.largest)
    if listing and name == listing.cursor and listing.numbered:
        return 1
    return example.keywords.get(keyword(name))


def in_query(name: str, value: Any) -> list[tuple[str, str]]:
    values = value if isinstance(value, list | tuple) else [value]
    return [(name, str(one).lower() if isinstance(one, bool) else str(one)) for one in values]


def sent_body(fact: Mapping[str, Any], request: Any) -> Any:
    if not request.body:
        return {}
    assert request.headers["Content-Type"] == fact["content_type"]
    if fact["content_type"] != "application/json":
        return {}
    body = {
        name: value
        for key, inner in json.loads(request.body).items()
        for name, value in (
            [(f"{key}.{part}", inner[part]) for part in inner]
            if any(name.startswith(f"{key}.") for name in fact["body"])
            else [(key, inner)]
        )
    }
    wrapper = fact["body_wrapper"]
    if wrapper and wrapper not in fact["body"]:
        assert body.keys() == {wrapper}
        return body[wrapper]
    return body

"""Every method against the fake server: the request is exactly the documented one, the answer is read whole."""

from __future__ import annotations

import json
import re
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

import pytest

from tests.contract import calls
from tests.facts import FACTS, keyword
from workato_async import ENDPOINTS, Pages, WorkatoSession
from workato_async.testing import FakeWorkato

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.example import Example
    from workato_async.endpoint import Listing

BY_ID = {endpoint.id: endpoint for endpoint in ENDPOINTS}
EXAMPLES: list[Example] = [
    example
    for module in iter_modules(calls.__path__)
    for example in import_module(f"{calls.__name__}.{module.name}").EXAMPLES
]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.id)
async def test_a_call_sends_what_is_documented_and_its_answer_is_read_whole(example: Example) -> None:
    fact, endpoint = FACTS[example.id], BY_ID[example.id]
    async with (
        FakeWorkato(recipes=4, jobs=20, window=None) as fake,
        WorkatoSession("a-token", base_url=fake.url) as workato,
    ):
        if example.prepare:
            example.prepare(fake)
        arguments = example.positional if isinstance(example.positional, tuple) else example.positional(fake)
        result = method_of(workato, example.id)(*arguments, **example.keywords)
        if isinstance(result, Pages):
            items = await result.collect(limit=1)
            assert items or example.empty, "an empty list shows nothing"
        else:
            items = [await result]
        request = next(request for request in fake.requests if request.endpoint == example.id)
        assert request.executed
    in_path = iter(arguments)
    path = re.sub(r"\{\w+\}", lambda _: str(getattr(one := next(in_path), "id", one)), endpoint.path)
    assert request.path == path
    names = {*fact["query"], *in_the_query(endpoint.listing)}
    expected = {name: value for name in names if (value := argument(example, endpoint, name)) is not None}
    assert sorted(request.query) == sorted(pair for name, value in expected.items() for pair in in_query(name, value))
    body = {name: value for name in fact["body"] if (value := argument(example, endpoint, name)) is not None}
    assert sent_body(fact, request) == body
    for item in items:
        assert set(getattr(item, "extra", ())) <= {"success"}


def test_every_endpoint_is_called_with_every_parameter() -> None:
    called: dict[str, set[str]] = {}
    for example in EXAMPLES:
        called.setdefault(example.id, set()).update(example.keywords)
        called[example.id].update(keyword(name) for name in example.sent)
    assert called.keys() == FACTS.keys()
    missing = {}
    for id_, names in called.items():
        listing = BY_ID[id_].listing
        own = {listing.cursor, listing.size} if listing else set()
        documented = {keyword(name) for name in {**FACTS[id_]["query"], **FACTS[id_]["body"]} if name not in own}
        if lacking := documented - names:
            missing[id_] = lacking
    assert missing == {}


def in_the_query(listing: Listing | None) -> set[str]:
    """Name the parameters that walk a list, which are sent whether or not the fact book has them."""
    return {listing.cursor, listing.size} - {""} if listing and not listing.in_body else set()


def method_of(workato: WorkatoSession, id_: str) -> Any:
    found: Any = workato
    for name in id_.split("."):
        found = getattr(found, name)
    return found


def argument(example: Example, endpoint: Any, name: str) -> Any:
    """Give the value that is to be sent for a parameter, None if it must not be sent."""
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

"""``model.raw``: the bytes of one object, as Workato sent them."""

from __future__ import annotations

import json
import pickle
from typing import Any

import attrs
import pytest

from tests.resources.test_samples import LISTS, OBJECTS, decoded, sample
from workato_async import origin
from workato_async.base_model import Model
from workato_async.converter import decode, decode_page
from workato_async.models import Recipe, RecipeConfig
from workato_async.origin import Origin
from workato_async.resources import ENDPOINTS

BY_ID = {endpoint.id: endpoint for endpoint in ENDPOINTS}


def recipes(body: bytes) -> list[Any]:
    endpoint = BY_ID["recipes.list"]
    assert endpoint.listing
    return decode_page(endpoint, body, endpoint.listing).items


def raw_of(model: Model) -> bytes:
    assert model.raw is not None
    return model.raw


@pytest.mark.parametrize("id_", LISTS + OBJECTS)
def test_raw_is_the_object_of_the_response(id_: str) -> None:
    body = sample(id_)
    for model, tree in decoded(BY_ID[id_], body):
        assert raw_of(model) in body, "not one byte is rewritten"
        assert json.loads(raw_of(model)) == tree


def test_raw_keeps_unknown_fields_spacing_and_spelling() -> None:
    sent = b'{ "id":1 , "name": "caf\\u00e9", "big": 1.50e2, "news": {"x": [1, null]} }'
    first, second = recipes(b'{"items": [' + sent + b', {"id": 2}], "count": 2}')
    assert first.raw == sent
    assert second.raw == b'{"id": 2}'
    assert first.extra == {"big": 150.0, "news": {"x": [1, None]}}


@pytest.mark.parametrize(
    ("id_", "body"),
    [
        ("recipes.get", b'\xef\xbb\xbf{"id": 1}'),
        ("recipes.get", b' \n {"id": "1"} '),
        ("recipes.versions.get", b'{"data": [{"id": 1}]}'),
        ("recipes.versions.get", b'{"data": {"id": 1}}'),
        ("mcp_servers.get", b'{"id": "1"}'),
        ("developer_api_clients.get", b'{"result": {"id": 1}}'),
        ("developer_api_clients.get", b'{"id": 1}'),
    ],
    ids=["byte order mark", "a number as text", "array of one", "object for array", "no wrapper", "wrapper", "neither"],
)
def test_raw_of_the_shapes_that_the_converter_accepts(id_: str, body: bytes) -> None:
    model = decode(BY_ID[id_], body)
    assert isinstance(model, Model)
    assert raw_of(model).startswith(b"{")
    assert str(json.loads(raw_of(model))["id"]) == "1"
    assert raw_of(model) in body


def test_an_object_of_your_own_has_none() -> None:
    mine = Recipe(id=1, config=(RecipeConfig(name="x"),))
    assert mine.raw is None
    assert mine.extra == {}
    [received] = recipes(b'{"items": [{"id": 1, "news": 2}]}')
    assert attrs.evolve(received, name="changed").raw is None, "it is no longer what was sent"


def test_raw_is_read_only() -> None:
    [recipe] = recipes(b'{"items": [{"id": 1}]}')
    with pytest.raises(AttributeError):
        recipe.raw = b"{}"


def test_raw_travels_with_the_object_and_the_rest_of_the_page_does_not() -> None:
    page = recipes(json.dumps({"items": [{"id": n, "news": "x" * 100} for n in range(50)]}).encode())
    pickled = pickle.dumps(page[7])
    assert len(pickled) < 2000
    copy = pickle.loads(pickled)
    assert copy.raw == page[7].raw
    assert copy.extra == {"news": "x" * 100}
    assert pickle.loads(pickle.dumps(Recipe(id=1))).raw is None


def test_a_page_is_split_once() -> None:
    page = recipes(b'{"items": [' + b",".join(b'{"id": %d}' % n for n in range(9)) + b"]}")
    origin._last_page.cache_clear()
    for recipe in page:
        assert json.loads(raw_of(recipe))["id"] == recipe.id
    assert origin._last_page.cache_info().misses == 1


def test_the_body_is_not_shown() -> None:
    assert "secret" not in repr(Origin(b'{"api_key": "secret"}', ""))

"""Responses with something odd in them: what is odd costs its own field, and nothing else.

The cases are made from every endpoint and every field of its model: a typical response, with one thing changed.
"""

from __future__ import annotations

import json
import logging
import pickle
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.scripted_server import ScriptedSend
from workato_async import (
    ENDPOINTS,
    Endpoint,
    InvalidResponseError,
    NotFoundError,
    OperationRefusedError,
    PaginationError,
    second_look,
)
from workato_async.api import Api
from workato_async.calls.caller import Caller
from workato_async.converter import decode, decode_json, decode_page
from workato_async.endpoint import PAGE, SINCE_ID, JsonObject
from workato_async.http.messages import Response
from workato_async.models import Recipe
from workato_async.pages import Page, Pages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workato_async.endpoint import AnyEndpoint

BY_ID = {endpoint.id: endpoint for endpoint in ENDPOINTS}
MODELED = [
    endpoint for endpoint in ENDPOINTS if endpoint.result and attrs.has(endpoint.result) and not endpoint.read_page
]
LISTS = [endpoint for endpoint in MODELED if endpoint.listing]
OBJECTS = [endpoint for endpoint in MODELED if not endpoint.listing]
WRITES = [endpoint for endpoint in ENDPOINTS if not endpoint.is_read]


# --- typical responses


@cache
def typical(kind: Any) -> Any:
    """Return JSON that fits a type, with every field set."""
    origin, arguments = get_origin(kind) or kind, get_args(kind)
    plain = {
        bool: True,
        int: 7,
        float: 1.5,
        str: "text",
        Any: {"any": [1, None]},
        datetime: "2026-01-02T03:04:05.000-08:00",
        dict: {"key": "value"},
    }
    if origin in (Union, UnionType):
        return typical(next(part for part in arguments if part is not NoneType))
    if origin is Annotated:
        return typical(arguments[0])
    if origin is Literal:
        return arguments[0]
    if attrs.has(origin):
        return {
            name: typical(hint) for name, hint in get_type_hints(origin, include_extras=True).items() if name[0] != "_"
        }
    if origin in (tuple, list):
        return [typical(arguments[0])] if arguments else []
    if origin is dict and arguments:
        return {"key": typical(arguments[1])}
    return plain[origin]


def wrapped(endpoint: AnyEndpoint, content: Any) -> bytes:
    """Return the response around the content, as the endpoint sends it."""
    tree = [content] if endpoint.single else content
    for key in reversed(endpoint.wrapper.split(".") if endpoint.wrapper else []):
        tree = {key: tree}
    return json.dumps(tree).encode()


def model_of(endpoint: AnyEndpoint) -> Any:
    return endpoint.result


def typical_item(endpoint: AnyEndpoint, number: int = 7) -> dict[str, Any]:
    item: dict[str, Any] = {**typical(model_of(endpoint))}
    for name in required(endpoint):
        if isinstance(item[name], int | str) and not isinstance(item[name], bool):
            item[name] = type(item[name])(number)
    return item


@cache
def required(endpoint: AnyEndpoint) -> list[str]:
    assert endpoint.result
    return [field.name for field in attrs.fields(endpoint.result) if field.default is attrs.NOTHING]


def page_of(endpoint: AnyEndpoint, items: list[Any]) -> second_look.DecodedPage[Any]:
    assert endpoint.listing
    return decode_page(endpoint, wrapped(endpoint, items), endpoint.listing)


def optional_fields(endpoint: AnyEndpoint) -> list[str]:
    assert endpoint.result
    return [field.name for field in attrs.fields(endpoint.result) if field.default is not attrs.NOTHING]


def default_of(model: Any, name: str) -> Any:
    field = getattr(attrs.fields(type(model)), name)
    return field.default.factory() if isinstance(field.default, attrs.Factory) else field.default  # type: ignore[arg-type]


def same_but(one: Any, other: Any, name: str) -> bool:
    """Whether two models have the same fields, one of them left out."""
    names = [field.name for field in attrs.fields(type(one)) if field.name != name]
    return all(getattr(one, key) == getattr(other, key) for key in names)


def odd_values(right: Any) -> Iterator[Any]:
    """Values of every other kind than the right one."""
    values: list[Any] = ["odd", "", 1.5, True, [], ["odd", None, 5], {}, {"odd": 1}, [[1]], [{"odd": {}}], -1, 10**30]
    return (value for value in values if type(value) is not type(right))


ONE_OF_EACH_MODEL = list({endpoint.result: endpoint for endpoint in MODELED}.values())


def test_there_are_enough_cases() -> None:
    assert len(LISTS) > 35
    assert len(ONE_OF_EACH_MODEL) > 60
    assert sum(len(optional_fields(endpoint)) for endpoint in ONE_OF_EACH_MODEL) > 400


# --- one odd field of an item


@pytest.mark.parametrize("endpoint", LISTS, ids=lambda endpoint: endpoint.id)
def test_an_odd_field_costs_neither_its_item_nor_another(endpoint: AnyEndpoint) -> None:
    items = [typical_item(endpoint, number) for number in (1, 2, 3)]
    clean = page_of(endpoint, items).items
    assert len(clean) == 3
    for name in optional_fields(endpoint):
        for value in odd_values(items[1][name]):
            page = page_of(endpoint, [items[0], {**items[1], name: value}, items[2]])
            assert page.unreadable == ()
            first, odd, last = page.items
            assert (first, last) == (clean[0], clean[2])
            assert same_but(odd, clean[1], name), (name, value)
            assert json.loads(odd.raw) == {**items[1], name: value}


@pytest.mark.parametrize("endpoint", ONE_OF_EACH_MODEL, ids=lambda endpoint: endpoint.result.__name__)
def test_a_value_of_another_kind_is_in_extra_as_it_was_sent(endpoint: AnyEndpoint) -> None:
    item = typical_item(endpoint)
    for name in optional_fields(endpoint):
        hint = get_type_hints(endpoint.result)[name]
        if hint is Any:
            continue
        value: Any = {"odd": [1]} if not isinstance(item[name], dict) else "odd"
        model = one_of(endpoint, {**item, name: value})
        assert getattr(model, name) == default_of(model, name), name
        assert model.extra[name] == value
        assert pickle.loads(pickle.dumps(model)).extra[name] == value


def one_of(endpoint: AnyEndpoint, item: Any) -> Any:
    if endpoint.listing:
        [model] = page_of(endpoint, [item]).items
        return model
    return decode(endpoint, wrapped(endpoint, item))


@pytest.mark.parametrize("endpoint", ONE_OF_EACH_MODEL, ids=lambda endpoint: endpoint.result.__name__)
def test_null_in_every_optional_field_is_no_value(endpoint: AnyEndpoint) -> None:
    model = one_of(endpoint, {**typical_item(endpoint), **dict.fromkeys(optional_fields(endpoint))})
    for name in optional_fields(endpoint):
        assert getattr(model, name) in (None, (), {}), name
    assert model.extra == {}


def recipe_with(**fields: Any) -> Recipe:
    [recipe] = page_of(BY_ID["recipes.list"], [{"id": 1, **fields}]).items
    assert isinstance(recipe, Recipe)
    return recipe


@pytest.mark.parametrize(
    ("sent", "read", "left"),
    [
        (["a", None, "b"], ("a", "b"), True),
        (["a", {"odd": 1}], ("a",), True),
        ([None], (), True),
        (["a", 5], ("a", "5"), False),
        ({"0": "a"}, (), True),
        ("a", (), True),
    ],
)
def test_elements_that_do_not_fit_are_left_out(sent: Any, read: tuple[str, ...], left: bool) -> None:
    recipe = recipe_with(applications=sent, name="n")
    assert (recipe.applications, recipe.name) == (read, "n")
    assert recipe.extra == ({"applications": sent} if left else {})


def test_nested_objects_are_read_field_by_field() -> None:
    recipe = recipe_with(config=[{"name": "a", "account_id": "x"}, None, "odd", {"name": "b", "account_id": "5"}])
    assert [(part.name, part.account_id) for part in recipe.config] == [("a", None), ("b", 5)]
    assert "odd" in recipe.extra["config"]
    body = b'{"id": "j-1", "lines": [{"line_stat": {"total": "long", "details": [{"count": 2}, 5]}}]}'
    job: Any = decode(BY_ID["jobs.get"], body)
    assert job.lines[0].line_stat.total is None
    assert [detail.count for detail in job.lines[0].line_stat.details] == [2]
    assert job.extra["lines"][0]["line_stat"]["total"] == "long"


def test_a_required_object_that_does_not_fit_is_an_empty_one() -> None:
    body = {"result": {"token": "wrkaus-once-only"}}
    regenerated: Any = decode(BY_ID["developer_api_clients.regenerate"], json.dumps(body).encode())
    assert regenerated.token.value is None
    assert regenerated.extra == {"token": "wrkaus-once-only"}, "a secret that is shown once is not lost"


# --- times


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("2024-01-01T10:00:00", datetime(2024, 1, 1, 10, tzinfo=UTC)),
        ("2024-01-01 10:00:00 UTC", datetime(2024, 1, 1, 10, tzinfo=UTC)),
        ("2024-01-01 10:00:00 -0800", datetime(2024, 1, 1, 18, tzinfo=UTC)),
        ("2024-01-01 10:00:00.25 GMT", datetime(2024, 1, 1, 10, 0, 0, 250_000, tzinfo=UTC)),
        ("2024-01-01", datetime(2024, 1, 1, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=UTC)),
        ("2016-12-31T15:59:60.5-08:00", datetime(2017, 1, 1, 0, 0, 0, 500_000, tzinfo=UTC)),
        ("9999-12-31T23:59:59-08:00", datetime(9999, 12, 31, 23, 59, 59)),
        ("", None),
        ("yesterday", None),
        ("0000-00-00T00:00:00Z", None),
        ("10000-01-01T00:00:00Z", None),
        ("9999-12-31T23:59:60Z", None),
        ("2024-02-30T00:00:00Z", None),
        ("2024-01-01T10:60:60Z", None),
        ("2024-01-01T10:00:00+99:99", None),
        ("1704103200", None),
        (1704103200, None),
        (1704103200.5, None),
        (True, None),
        ([2024, 1, 1], None),
    ],
)
def test_times(sent: Any, read: datetime | None) -> None:
    recipe = recipe_with(last_run_at=sent, name="n")
    if read is not None and read.tzinfo is None:
        assert recipe.last_run_at is not None
        assert recipe.last_run_at.replace(tzinfo=None) == read
        assert recipe.last_run_at.utcoffset() == timedelta(hours=-8)
    else:
        assert recipe.last_run_at == read
    assert recipe.name == "n"
    assert recipe.extra == ({"last_run_at": sent} if read is None else {})


# --- JSON that is none, by the book


ODD_JSON = [
    (rb'"r50 \ud83d"', "r50 \ufffd"),
    (rb'"\udc00 \ud83d\ude00 \\ud83d \uD83D"', "\ufffd \N{GRINNING FACE} \\ud83d \ufffd"),
    (b'"caf\xe9"', "caf\ufffd"),
    (b'"a\nb\tc"', "a\nb\tc"),
    (b"NaN", None),
    (b"Infinity", None),
    (b"-Infinity", None),
    (b"1e400", None),
    (b"-1e400", None),
    (b"9" * 5000, None),
    (b"123456789012345678901234567890", 123456789012345678901234567890),
]


@pytest.mark.parametrize(("sent", "read"), ODD_JSON, ids=lambda value: repr(value)[:20])
async def test_one_odd_value_is_read_everywhere(sent: bytes, read: Any) -> None:
    item = b'{"id": 2, "unknown": [%s]}' % sent
    body = b'{"items": [{"id": 1, "name": "a"}, %s, {"id": 3}], "per_page": 3}' % item
    page = decode_page(BY_ID["recipes.list"], body, PAGE)
    assert [recipe.id for recipe in page.items] == [1, 2, 3]
    assert page.items[0].name == "a"
    assert page.items[1].extra == {"unknown": [read]}
    assert page.items[1].raw == item, "not one byte is rewritten"
    assert page.envelope == {"per_page": 3}
    assert Page.from_json(BY_ID["recipes.list"], body).items == page.items
    assert decode_json(body)["items"][1] == {"id": 2, "unknown": [read]}
    assert decode(BY_ID["jobs.cancel"], item) == {"id": 2, "unknown": [read]}

    one: Any = decode(BY_ID["recipes.get"], item)
    assert (one.id, one.raw, one.extra) == (2, item, {"unknown": [read]})
    assert await Api(Caller(ScriptedSend(Response(200, item)), 45.0)).request("GET", "/api/recipes/2") == {
        "id": 2,
        "unknown": [read],
    }


def test_odd_text_and_numbers_of_known_fields() -> None:
    body = rb'{"id": 1, "name": "r \ud83d", "copy_count": NaN, "job_failed_count": 1e400, "description": "d"}'
    recipe: Any = decode(BY_ID["recipes.get"], body)
    assert (recipe.name, recipe.copy_count, recipe.job_failed_count, recipe.description) == (
        "r \ufffd",
        None,
        None,
        "d",
    )
    assert recipe.extra == {}
    recipe.name.encode()


async def test_the_reason_of_an_error_is_read_in_spite_of_half_a_character() -> None:
    send = ScriptedSend(Response(404, rb'{"message": "No recipe \"\ud83d\"", "code": NaN}'))
    with pytest.raises(NotFoundError, match='No recipe "\ufffd"') as caught:
        await Api(Caller(send, 45.0)).recipes.get(1)
    assert caught.value.message == 'No recipe "\ufffd"'
    send = ScriptedSend(Response(200, rb'{"success": false, "message": "\ud83d"}'))
    with pytest.raises(OperationRefusedError):
        await Api(Caller(send, 45.0)).recipes.delete(1)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b'{"id": 1, "name": ', "at line 1, column 19"),
        (b'{"id": 1,\n "name": oops}', "at line 2, column 10"),
        (b"Service unavailable", "not JSON"),
        (b"[" * 100_000, "nested too deep"),
        (b'{"items": [' + b'{"a":' * 100_000, "nested too deep"),
        (b"<!DOCTYPE html><p>Sign in</p>", "an HTML page of 29 bytes, not JSON"),
        (b"{'id': 1}", "not JSON"),
        (b"\x00\x01\x02", "not JSON"),
        (b"\xff\xfe{\x00}\x00", "not JSON"),
    ],
)
@pytest.mark.parametrize("id_", ["recipes.get", "recipes.list", "recipes.start", ""])
def test_what_is_not_json_says_so_and_where(body: bytes, text: str, id_: str) -> None:
    with pytest.raises(InvalidResponseError) as caught:
        if id_ == "recipes.list":
            decode_page(BY_ID[id_], body, PAGE)
        elif id_ == "recipes.get":
            decode(BY_ID[id_], body)
        else:
            decode_json(body)
    assert text in str(caught.value)
    assert "Sign in" not in str(caught.value)
    assert caught.value.field == ""


def test_a_key_that_is_there_twice_has_its_last_value() -> None:
    body = b'{"items": [{"id": 9}], "items": [{"id": 1, "id": 2, "unknown": NaN}]}'
    [recipe] = decode_page(BY_ID["recipes.list"], body, PAGE).items
    assert (recipe.id, recipe.raw) == (2, b'{"id": 1, "id": 2, "unknown": NaN}')


# --- items that cannot be read


@pytest.mark.parametrize("endpoint", LISTS, ids=lambda endpoint: endpoint.id)
@pytest.mark.parametrize("odd", [None, "odd", 5, [], [{"id": 1}], {}, {"odd": 1}, True], ids=str)
def test_an_item_that_cannot_be_read_costs_no_other(endpoint: AnyEndpoint, odd: Any) -> None:
    if isinstance(odd, dict) and not required(endpoint):
        pytest.skip("every object is one")
    items = [typical_item(endpoint, 1), odd, typical_item(endpoint, 2), odd]
    page = page_of(endpoint, items)
    assert page.items == page_of(endpoint, [items[0], items[2]]).items
    assert [json.loads(item.raw) for item in page.unreadable] == [odd, odd]
    assert [item.index for item in page.unreadable] == [1, 3]
    where = f"{'.'.join(filter(None, ('$', endpoint.wrapper)))}[3]"
    assert page.unreadable[1].path.startswith(where)
    assert len(page.ids) == 4
    assert [json.loads(model.raw) for model in page.items] == [items[0], items[2]]
    assert "raw" not in repr(page.unreadable), "it may hold a credential"


@pytest.mark.parametrize(
    ("id_", "body", "path"),
    [
        ("recipes.list", b'{"items": [{"id": 1}, {"applications": null, "id": {}}]}', "$.items[1].id"),
        ("recipes.list", b'{"items": [{"id": 1}, {"id": "abc"}]}', "$.items[1].id"),
        ("recipes.list", b'{"items": [{"id": 1}, {"id": "1_000"}]}', "$.items[1].id"),
        ("recipes.list", b'{"items": [{"id": 1}, {"id": 1.5}]}', "$.items[1].id"),
        ("recipes.list", b'{"items": [{"id": 1}, {"id": true}]}', "$.items[1].id"),
        ("recipes.list", b'{"items": [{"id": 1}, {"id": NaN}]}', "$.items[1].id"),
        ("recipes.list", b'{"items": [{"id": 1}, {"id": null}]}', "$.items[1].id"),
        ("recipes.list", b'{"items": [{"id": 1}, {"name": "n"}]}', "$.items[1]"),
        ("developer_api_clients.list", b'{"result": {"items": [{"id": 1}, {"id": []}]}}', "$.result.items[1].id"),
        (
            "export_manifests.folder_assets",
            b'{"result": {"assets": [{"id": 1}, {"id": null}]}}',
            "$.result.assets[1].id",
        ),
    ],
)
def test_the_path_names_the_field_that_is_wrong(id_: str, body: bytes, path: str) -> None:
    listing = BY_ID[id_].listing
    assert listing
    page = decode_page(BY_ID[id_], body, listing)
    assert [item.id for item in page.items] == [1]
    assert [item.path for item in page.unreadable] == [path]
    assert page.unreadable[0].reason


def test_the_path_of_an_object_names_the_field_that_is_wrong() -> None:
    with pytest.raises(InvalidResponseError) as caught:
        decode(BY_ID["recipes.get"], b'{"applications": null, "folder_id": "x", "id": "y"}')
    assert (caught.value.path, "expected a whole number, got text" in str(caught.value)) == ("$.id", True)


def test_an_odd_folder_id_costs_that_field_only() -> None:
    body = b'{"items":[{"id":1,"name":"n","applications":null,"folder_id":"x"}]}'
    [recipe] = decode_page(BY_ID["recipes.list"], body, PAGE).items
    assert (recipe.name, recipe.applications, recipe.folder_id) == ("n", (), None)
    assert recipe.extra == {"folder_id": "x"}


# --- envelopes


@pytest.mark.parametrize(
    ("id_", "body"),
    [
        ("recipes.list", b'[{"id": 1}]'),
        ("recipes.list", b'{"result": [{"id": 1}], "x": 1}'),
        ("connections.list", b'{"data": [{"id": 1}]}'),
        ("connections.list", b'{"items": [{"id": 1}], "count": 1}'),
        ("developer_api_clients.list", b'{"result": [{"id": 1}]}'),
        ("developer_api_clients.list", b'{"items": [{"id": 1}]}'),
        ("deployments.get", b'{"data": {"id": 1}}'),
        ("custom_oauth_profiles.create", b'{"data": {"id": 1}}'),
        ("recipes.get", b'[{"id": 1}]'),
        ("recipes.get", b'{"result": [{"id": 1}]}'),
        ("projects.update", b'{"result": {"id": 1}}'),
        ("on_prem_groups.get", b'{"id": 1}'),
        ("on_prem_groups.create", b'{"data": [{"id": "1"}]}'),
        ("developer_api_clients.create", b'{"id": 1}'),
    ],
)
def test_envelopes_that_are_missing_or_were_not_documented(id_: str, body: bytes) -> None:
    endpoint = BY_ID[id_]
    if endpoint.listing:
        [model] = decode_page(endpoint, body, endpoint.listing).items
    else:
        model = decode(endpoint, body)
    assert model.id == 1
    assert json.loads(model.raw)["id"] in (1, "1")


@pytest.mark.parametrize("body", [b'{"data": []}', b'{"success": false, "result": [{"id": 1}]}'])
def test_a_list_elsewhere_than_documented_must_be_known_by_its_items(body: bytes) -> None:
    with pytest.raises(InvalidResponseError, match="missing required field `items`"):
        decode_page(BY_ID["recipes.list"], body, PAGE)


# --- writes that were done


SECRETS = [
    ("developer_api_clients.create", {"id": 7, "ip_allow_list": {"a": 1}, "token": {"value": "s3cret"}}, "token.value"),
    ("developer_api_clients.create", {"id": 7, "token": {"value": "s3cret", "updated_at": 5}}, "token.value"),
    ("developer_api_clients.regenerate", {"token": {"value": "s3cret", "updated_at": ["x"]}}, "token.value"),
    ("api_clients.create", {"id": 7, "created_at": "odd", "api_token": "s3cret"}, "api_token"),
    ("on_prem_agents.activation_code", {"code": "s3cret", "odd": float("nan")}, "code"),
]  # fmt: skip


def hidden_fields() -> list[tuple[AnyEndpoint, str]]:
    return [
        (endpoint, field.name)
        for endpoint in MODELED
        if not endpoint.is_read and not endpoint.listing
        for field in attrs.fields(model_of(endpoint))
        if not field.repr and get_type_hints(endpoint.result)[field.name] in (str, str | None)
    ]


@pytest.mark.parametrize(("endpoint", "secret"), hidden_fields(), ids=str)
def test_a_secret_is_not_lost_with_an_odd_field_beside_it(endpoint: AnyEndpoint, secret: str) -> None:
    item = {**typical_item(endpoint), secret: "s3cret"}
    for name in optional_fields(endpoint):
        for odd in odd_values(item[name]) if name != secret else ():
            model: Any = decode(endpoint, wrapped(endpoint, {**item, name: odd}))
            assert getattr(model, secret) == "s3cret"


@pytest.mark.parametrize(("id_", "item", "path"), SECRETS)
def test_secrets_shown_once(id_: str, item: dict[str, Any], path: str) -> None:
    endpoint = BY_ID[id_]
    model: Any = decode(endpoint, wrapped(endpoint, item))
    for name in path.split("."):
        model = getattr(model, name)
    assert model == "s3cret"


CUT_SHORT = [b'{"id": 1, "na', b"["]
NOTHING_FITS = [b"", b"null", b"[]", b"[1, 2]", b'"done"', b"true", b"OK", b"{}", b'{"success": true}', *CUT_SHORT]


async def outcome(endpoint: Endpoint[Any], body: bytes) -> Any:
    caller = Caller(ScriptedSend(Response(201, body)), 45.0)
    try:
        return await caller.call(endpoint, (1,) * endpoint.path.count("{"))
    except InvalidResponseError as error:
        return error


@pytest.mark.parametrize("endpoint", WRITES, ids=lambda endpoint: endpoint.id)
async def test_a_write_that_was_done_is_never_said_to_have_failed(endpoint: Endpoint[Any]) -> None:
    for body in NOTHING_FITS:
        found = await outcome(endpoint, body)
        if endpoint.result is None and body not in CUT_SHORT:
            assert found is None
        elif endpoint.result is JsonObject and body not in CUT_SHORT:
            assert isinstance(found, dict)
        elif isinstance(found, InvalidResponseError):
            assert (found.body, found.status) == (body, 201)
            assert "was accepted (HTTP 201) and probably carried out" in str(found)
            assert "session.request" not in str(found), "it would be done twice"
        else:
            assert found is not None


@pytest.mark.parametrize(
    "endpoint", [e for e in OBJECTS if not e.is_read and required(e) == ["id"]], ids=lambda endpoint: endpoint.id
)
async def test_a_write_whose_response_has_an_id_never_raises(endpoint: Endpoint[Any]) -> None:
    for name in optional_fields(endpoint):
        for odd in odd_values(typical_item(endpoint)[name]):
            found = await outcome(endpoint, wrapped(endpoint, {**typical_item(endpoint), name: odd}))
            assert str(found.id) == "7"
    for body in (b'{"id": 7}', b'[{"id": "7"}]', b'{"data": {"id": 7}}', b'{"result": {"id": 7, "x": NaN}}'):
        assert str((await outcome(endpoint, body)).id) == "7"


@pytest.mark.parametrize(
    ("body", "result"),
    [
        (b"", {}),
        (b"null", {}),
        (b"[1]", {"data": [1]}),
        (b"true", {"data": True}),
        (b'"done"', {"data": "done"}),
        (b"OK", {"data": "OK"}),
        (b'{"a": NaN}', {"a": None}),
    ],
)
async def test_an_undocumented_response_of_a_write_is_returned_as_it_is(body: bytes, result: Any) -> None:
    api = Api(Caller(ScriptedSend(Response(200, body)), 45.0))
    assert await api.jobs.cancel(1, ["j-1"]) == result


async def test_one_word_is_a_result_of_a_request_that_writes() -> None:
    assert await Api(Caller(ScriptedSend(Response(200, b"OK\n")), 45.0)).request("POST", "/api/new") == "OK"
    for method, body in (("GET", b"OK"), ("POST", b"<html>Log in</html>"), ("POST", b'{"cut'), ("POST", b"Hello you")):
        with pytest.raises(InvalidResponseError):
            await Api(Caller(ScriptedSend(Response(200, body)), 45.0)).request(method, "/api/new")


@pytest.mark.parametrize(
    "body",
    [b"<!DOCTYPE html><p>Sign in</p>", b" <p>Sign in</p>", b"Welcome to the guest network", b"\x00" * 8, b"\xff\xfe"],
)
async def test_what_does_not_come_from_the_api_is_no_success(body: bytes) -> None:
    for id_ in ("recipes.delete", "jobs.cancel", "recipes.create"):
        found = await outcome(BY_ID[id_], body)
        assert isinstance(found, InvalidResponseError)
        assert "may have been carried out" in str(found)
        assert "accepted" not in str(found)
        assert found.body == body


async def test_the_body_of_an_error_is_shown_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    body = b'{"api_key": "s3cret"}'
    with pytest.raises(InvalidResponseError) as caught:
        await Api(Caller(ScriptedSend(Response(201, body)), 45.0)).recipes.create(code="{}", folder_id=1)
    error = caught.value
    assert error.body == body
    for shown in (str(error), repr(error), repr(vars(error)), repr(error.args), caplog.text):
        assert "s3cret" not in shown
    assert b"s3cret" not in pickle.dumps(error)
    assert pickle.loads(pickle.dumps(error)).body == b""


# --- lists


async def test_a_walk_goes_on_behind_an_item_that_cannot_be_read() -> None:
    pages = [
        [{"id": 9}, {"id": 8}, None],
        [{"id": 7}, {"id": "odd"}, {"id": 6, "name": {}}],
        [{"id": 5}],
        [],
    ]
    send = ScriptedSend(*(Response(200, json.dumps({"items": items}).encode()) for items in pages))
    walk = Pages(Caller(send, 45.0), BY_ID["recipes.list"], (), {}, listing=SINCE_ID, per_page=3)
    found = [page async for page in walk.pages()]
    assert [item.id for page in found for item in page.items] == [9, 8, 7, 6, 5]
    assert [len(page.unreadable) for page in found[:3]] == [1, 1, 0]
    assert [request.target.partition("since_id=")[2].partition("&")[0] for request in send.requests[1:3]] == ["8", "6"]


async def test_a_page_without_any_id_does_not_end_a_walk_silently() -> None:
    send = ScriptedSend(Response(200, b'{"items": [null, null, null]}'))
    walk = Pages(Caller(send, 45.0), BY_ID["recipes.list"], (), {}, listing=SINCE_ID, per_page=3)
    with pytest.raises(PaginationError, match="has an id"):
        await walk.collect()


def test_what_is_odd_is_logged_once(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_look, "_logged", set())
    body = b'{"items": [{"id": 1, "folder_id": "s3cret"}, {"id": 2, "folder_id": "s3cret"}, null]}'
    for _ in range(3):
        decode_page(BY_ID["recipes.list"], body, PAGE)
    odd, unreadable = (record.getMessage() for record in caplog.records)
    assert odd.startswith(
        "GET /api/recipes: $.items[0].folder_id of a response cannot be read (expected a whole number"
    )
    assert unreadable.startswith("GET /api/recipes: 1 of the 3 items of a page cannot be read ($.items[2]: ")
    assert "s3cret" not in caplog.text


# --- any change at all


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["", "\ud83d", 10**400])
anything = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=6)


@st.composite
def mutated(draw: st.DrawFn) -> tuple[AnyEndpoint, list[Any], int]:
    """Return a list, the items of a page of it, and the index of the one that was changed at one place."""
    endpoint = draw(st.sampled_from(LISTS))
    items: list[Any] = [typical_item(endpoint, number) for number in range(1, 5)]
    index = draw(st.integers(0, 3))
    items = json.loads(json.dumps(items))
    parent: Any = items
    key: Any = index
    while draw(st.booleans()):
        inside = parent[key]
        if not isinstance(inside, dict | list) or not inside:
            break
        parent, key = inside, draw(st.sampled_from(list(inside) if isinstance(inside, dict) else range(len(inside))))
    parent[key] = draw(anything)
    return endpoint, items, index


@given(mutated())
def test_one_change_costs_no_other_item(case: tuple[AnyEndpoint, list[Any], int]) -> None:
    endpoint, items, index = case
    others = items[:index] + items[index + 1 :]
    page = page_of(endpoint, items)
    assert len(page.items) + len(page.unreadable) == 4
    clean = page_of(endpoint, others).items
    if page.unreadable:
        assert page.unreadable[0].index == index
        assert page.items == clean
    else:
        assert page.items[:index] + page.items[index + 1 :] == clean
        page.items[index].extra  # noqa: B018
    assert [model.raw is not None for model in page.items] == [True] * len(page.items)


@given(anything)
def test_any_json_is_a_result_or_an_invalid_response(tree: Any) -> None:
    body = json.dumps(tree).encode()
    decode_json(body)
    for endpoint in (BY_ID["recipes.get"], BY_ID["developer_api_clients.create"], BY_ID["jobs.cancel"]):
        with suppress(InvalidResponseError):
            decode(endpoint, body)


@given(st.binary())
def test_any_bytes_are_a_result_or_an_invalid_response(body: bytes) -> None:
    for endpoint in (BY_ID["recipes.get"], BY_ID["recipes.delete"], BY_ID["jobs.cancel"]):
        with suppress(InvalidResponseError):
            decode(endpoint, body) if endpoint.result else decode_json(body)


@pytest.mark.parametrize("added", [b"\0\0", b'\n{"id": 8}', b"<script>track()</script>", b"garbage"])
async def test_what_a_proxy_adds_to_the_response_of_a_write_costs_nothing(added: bytes) -> None:
    by_id = {endpoint.id: endpoint for endpoint in ENDPOINTS}
    assert (await outcome(by_id["folders.create"], b' {"id": 7, "name": "caf\xc3\xa9"} ' + added)).name == "café"
    assert await outcome(by_id["recipes.start"], b'{"success": true}' + added) is None
    assert await outcome(by_id["iam.app_links.create"], b'{"secret": "s"}' + added) == {"secret": "s"}
    for id_ in ("recipes.start", "folders.create"):
        with pytest.raises(OperationRefusedError, match="No"):
            await outcome(by_id[id_], b'{"success": false, "message": "No"}' + added)
    assert isinstance(await outcome(by_id["folders.get"], b'{"id": 7, "name": "a"}' + added), InvalidResponseError)
    raw = Caller(ScriptedSend(Response(201, b'{"secret": "s"}' + added)), 45.0)
    assert await raw.json(Endpoint[None]("raw", "POST", "/api/things"), ()) == {"secret": "s"}

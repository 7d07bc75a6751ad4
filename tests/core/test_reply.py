"""What responses mean: every documented or observed shape of failure, and values that only look like one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workato_async import (
    ENDPOINTS,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    Endpoint,
    InvalidResponseError,
    NotFoundError,
    OperationRefusedError,
    PermissionDeniedError,
    RateLimitedError,
    ResponseError,
    ServerError,
    UnprocessableError,
    WorkatoError,
)
from workato_async.calls.caller import Caller
from workato_async.endpoint import PAGE, JsonObject
from workato_async.http.messages import Request, Response
from workato_async.http.responses import check, response_error
from workato_async.pages import Page, Pages
from workato_async.resources.recipes.models import Recipe

BY_ID = {endpoint.id: endpoint for endpoint in ENDPOINTS}
GET, LIST, GET_HEALTH = BY_ID["recipes.get"], BY_ID["recipes.list"], BY_ID["recipes.health.get"]
START, UPDATE, DELETE = BY_ID["recipes.start"], BY_ID["recipes.update"], BY_ID["recipes.delete"]
POLL_NOW, RESUME = BY_ID["recipes.poll_now"], BY_ID["jobs.resume"]
WRITE = Endpoint[None]("write", "POST", "/api/things", privilege="Things: create")
READ = Endpoint("read", "GET", "/api/things", JsonObject)
THING = Endpoint("thing", "PUT", "/api/things/{id}", JsonObject)
IDS = ("our-id", "wk-id")
CHECK_CLIENT = (
    "Check that the client role of the token includes this endpoint, and that the token belongs to this data center "
    "and environment."
)


def response_of(
    status: int, body: Any, content_type: str = "application/json", retry_after: str | None = None
) -> Response:
    encoded = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(status, encoded, content_type, IDS, retry_after, attempts=3)


def raised(endpoint: Endpoint[Any], response: Response) -> ResponseError:
    with pytest.raises(ResponseError) as caught:
        check(endpoint, response)
    return caught.value


@pytest.mark.parametrize(
    ("status", "error_class"),
    [
        (400, BadRequestError), (401, AuthenticationError), (403, PermissionDeniedError), (404, NotFoundError),
        (409, ConflictError), (422, UnprocessableError), (429, RateLimitedError), (500, ServerError),
        (501, ServerError), (502, ServerError), (503, ServerError), (504, ServerError), (599, ServerError),
        (402, ResponseError), (405, ResponseError), (418, ResponseError), (304, ResponseError), (302, ResponseError),
    ],
)  # fmt: skip
def test_every_status_has_its_class(status: int, error_class: type[ResponseError]) -> None:
    error = raised(WRITE, response_of(status, {"message": "No."}))
    assert type(error) is error_class
    assert (error.status, error.message, error.attempts) == (status, "No.", 3)
    assert error.endpoint == "POST /api/things"
    assert error.correlation_ids == IDS
    for part in ("POST /api/things", str(status), "No.", *IDS):
        assert part in str(error)


@pytest.mark.parametrize("status", [200, 201, 202, 204])
@pytest.mark.parametrize("body", [b"", b"null", b"{}", b'{"success": true}', b'{"success": null}', b"[]", b"\x00"])
def test_what_is_no_failure(status: int, body: bytes) -> None:
    check(WRITE, response_of(status, body))


SHAPES: list[tuple[int, Any, str, tuple[str, ...]]] = [
    (400, {"message": "Bad request"}, "Bad request", ()),
    (401, {"message": "Unauthorized"}, "Unauthorized", ()),
    (404, {"message": "API not found"}, "API not found", ()),
    (404, {"success": False, "message": "Not Found"}, "Not Found", ()),
    (
        422,
        {"errors": [{"code": "validation_error", "title": "Comment is too long", "detail": None}]},
        "",
        ("Comment is too long",),
    ),
    (400, {"errors": [{"code": "x", "title": "T", "detail": "D"}]}, "", ("T (D)",)),
    (400, {"errors": [{"code": "only_code"}]}, "", ("only_code",)),
    (400, {"errors": ["plain", "words"]}, "", ("plain", "words")),
    (
        400,
        {
            "message": "Validation failed",
            "errors": {"name": ["has already been taken", "is too short"], "url": "is bad"},
        },
        "Validation failed",
        ("name: has already been taken", "name: is too short", "url: is bad"),
    ),
    (400, {"errors": {"folder": ["is missing"]}}, "", ("folder: is missing",)),
    (400, {"error": "Package is not a zip"}, "Package is not a zip", ()),
    (400, {"error": "second", "message": "first"}, "first", ()),
    (500, {"message": "Server error", "id": "6b4b1a6e"}, "Server error", ()),
    (400, b"Environments not provisioned", "Environments not provisioned", ()),
    (400, b"two\n  lines\tof text ", "two lines of text", ()),
    (400, "a JSON string", "a JSON string", ()),
    (400, b"", "", ()),
    (400, b"null", "", ()),
    (400, {}, "", ()),
    (400, {"message": None, "errors": None}, "", ()),
    (400, {"message": {"nested": "thing"}}, "nested: thing", ()),
    (400, {"message": {"name": ["is taken", "is short"], "url": [None]}}, "name: is taken; is short", ()),
    (400, {"message": ["one", "two"]}, "one; two", ()),
    (400, {"error": {"code": 7, "status": "INVALID", "message": "deep down"}}, "deep down", ()),
    (400, {"error": "invalid_grant", "error_description": "It expired."}, "It expired.", ()),
    (400, {"type": "about:blank", "title": "Bad", "detail": "name is missing"}, "Bad (name is missing)", ()),
    (400, {"detail": "alone"}, "alone", ()),
    (502, {"fault": {"faultstring": "No upstream", "detail": {"errorcode": "x.y"}}}, "errorcode: x.y", ()),
    (400, {"errors": {"name": [{"message": "is taken"}]}}, "", ("name: is taken",)),
    (400, {"message": [[[[[["too deep"]]]]]]}, "", ()),
    (400, {"errors": []}, "", ()),
    (400, {"errors": [None, 5, {}]}, "", ("None", "5", "")),
]


@pytest.mark.parametrize(("status", "body", "message", "errors"), SHAPES)
def test_every_shape_of_failure(status: int, body: Any, message: str, errors: tuple[str, ...]) -> None:
    error = raised(WRITE, response_of(status, body))
    assert error.errors == errors
    if body != b"null":
        assert error.message == message
    for part in (message, *errors):
        assert part in str(error)


@pytest.mark.parametrize("body", [b"<!DOCTYPE html><html><p>Sign in", b"<html>", b"  <HTML>", b"<p>x</p>"])
def test_an_html_page_is_named_and_not_quoted(body: bytes) -> None:
    error = raised(WRITE, response_of(404, body, "text/html"))
    assert "HTML" in error.message
    assert "<" not in str(error)


@pytest.mark.parametrize(
    "body", [b"\xff\xfe\x00", b"[" * 100_000, b'{"message": "\xff"}', b'{"a":' * 50_000, b"x" * 10**6]
)
def test_a_body_that_is_no_text_is_no_trouble(body: bytes) -> None:
    error = raised(WRITE, response_of(400, body))
    assert type(error) is BadRequestError
    assert len(str(error)) < 1000


def outcome(response: Response) -> ResponseError | None:
    try:
        check(WRITE, response)
    except ResponseError as error:
        return error
    return None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "message",
                    "error",
                    "errors",
                    "success",
                    "title",
                    "code",
                    "detail",
                    "result",
                    "code_errors",
                    "data",
                    "x",
                ]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=20,
)


@given(tree=JSON, status=st.sampled_from([200, 302, 400, 401, 404, 422, 429, 500]))
def test_no_body_at_all_breaks_the_parser(tree: Any, status: int) -> None:
    """Whatever the body, there is the error of its status (or none for 2xx); its texts are texts."""
    error = outcome(response_of(status, tree))
    if error is None:
        assert status == 200
    else:
        assert isinstance(error.message, str)
        assert all(isinstance(text, str) for text in error.errors)
        assert str(error)
        assert status != 200 or isinstance(error, OperationRefusedError)


@given(body=st.binary(max_size=200), status=st.sampled_from([200, 400, 500]))
def test_no_bytes_at_all_break_the_parser(body: bytes, status: int) -> None:
    error = outcome(response_of(status, body))
    assert error is None if status == 200 and b'"success"' not in body else str(error)


# --- 200 with success false


def test_a_rejected_start_names_the_steps() -> None:
    code_errors = [[3, [["Query", "#{x}", "is not valid", "path"]]], [5, [["Name", None, "is required"]]]]
    config_errors = [[0, [["account_id", None, "is missing"]]]]
    error = raised(
        START, response_of(200, {"success": False, "code_errors": code_errors, "config_errors": config_errors})
    )
    assert isinstance(error, OperationRefusedError)
    assert error.code_errors == tuple(code_errors)
    assert error.config_errors == tuple(config_errors)
    assert "is not valid" in str(error)
    assert "is missing" in str(error)
    assert (error.status, error.endpoint, error.correlation_ids, error.attempts) == (200, START.key, IDS, 3)


@pytest.mark.parametrize("endpoint", [UPDATE, DELETE])
def test_a_change_of_a_running_recipe_is_rejected(endpoint: Endpoint[None]) -> None:
    error = raised(endpoint, response_of(200, {"success": False, "errors": {"running": ["recipe is running"]}}))
    assert isinstance(error, OperationRefusedError)
    assert error.errors == ("running: recipe is running",)


@pytest.mark.parametrize(
    "tree",
    [
        {"success": False},
        {"success": False, "message": "no"},
        {"result": {"success": False}},
        {"success": False, "code_errors": None, "config_errors": {}},
        {"success": False, "result": None},
        {"success": False, "result": {"id": 1}},
        {"success": False, "result": []},
    ],
    ids=str,
)
def test_every_way_to_say_success_false(tree: dict[str, Any]) -> None:
    assert isinstance(raised(WRITE, response_of(200, tree)), OperationRefusedError)


def test_success_false_deep_in_the_data_of_a_write_is_no_rejection() -> None:
    check(WRITE, response_of(200, {"success": True, "data": {"success": False}}))
    check(WRITE, response_of(200, [{"success": False}]))


async def result_of(endpoint: Endpoint[Any], response: Response) -> Any:
    async def send(request: Request) -> Response:
        return response

    caller = Caller(send, 45.0)
    if endpoint.listing:
        return await Pages(caller, endpoint, (), {}).collect()
    return await caller.call(endpoint, (1,) * endpoint.path.count("{"))


async def test_a_read_rejected_with_200_says_so() -> None:
    rejected = response_of(200, {"success": False, "message": "Not allowed"})
    for endpoint in (GET, LIST):
        with pytest.raises(OperationRefusedError) as caught:
            await result_of(endpoint, rejected)
        assert caught.value.message == "Not allowed"


async def test_a_rejected_read_of_a_health_report_is_no_empty_report() -> None:
    with pytest.raises(OperationRefusedError):
        await result_of(GET_HEALTH, response_of(200, {"success": False, "message": "Not allowed"}))


async def test_an_object_without_the_data_of_a_health_report_is_no_report() -> None:
    with pytest.raises(InvalidResponseError):
        await result_of(GET_HEALTH, response_of(200, {"message": "Not available"}))


@pytest.mark.parametrize("body", [{"items": 5}, {"items": "x"}, [1], 5, True])
async def test_a_list_of_the_wrong_shape_is_an_error_with_its_path(body: Any) -> None:
    with pytest.raises(InvalidResponseError) as caught:
        await result_of(LIST, response_of(200, body))
    error = caught.value
    assert error.path.startswith("$")
    assert (error.endpoint, error.status, error.correlation_ids, error.attempts) == (LIST.key, 200, IDS, 3)
    assert LIST.key in str(error)


async def test_the_path_leads_to_what_is_wrong() -> None:
    page = Page.from_json(LIST, json.dumps({"items": [{"id": 1, "name": None}, {"name": 2, "id": "x"}]}).encode())
    assert [item.id for item in page.items] == [1]
    assert [item.path for item in page.unreadable] == ["$.items[1].id"]
    with pytest.raises(InvalidResponseError) as caught:
        await result_of(GET, response_of(200, {"name": None, "id": "x"}))
    assert caught.value.path == "$.id"


@pytest.mark.parametrize(
    "body", [{}, {"data": []}, {"message": "x"}, "", {"items": {}}, {"items": ""}, {"items": {"id": 1}}, b""], ids=str
)
async def test_a_response_without_the_list_is_no_empty_list(body: Any) -> None:
    """A worker that mirrors a workspace would take it for a workspace in which everything was deleted."""
    with pytest.raises(InvalidResponseError):
        await result_of(LIST, response_of(200, body))


@pytest.mark.parametrize("body", [{}, "", {"message": "x"}, b"", b"null"], ids=str)
async def test_a_response_without_the_bare_list_is_no_empty_list(body: Any) -> None:
    endpoint = Endpoint("folders.list", "GET", "/api/folders", Recipe, listing=PAGE)
    with pytest.raises(InvalidResponseError):
        await result_of(endpoint, response_of(200, body))


async def test_an_endpoint_that_only_says_that_it_worked_takes_any_json_and_one_word() -> None:
    for body in (b"", b"null", b"{}", b'{"success": true}', b"[]", b'"done"', b"done\n"):
        assert await result_of(RESUME, response_of(200, body)) is None
    for body in (b"<html>Log in</html>", b" \n<!DOCTYPE html>", b"\xef\xbb\xbf<p>Log in</p>", b"{...}", b"Hello you"):
        with pytest.raises(InvalidResponseError, match="carried out") as caught:
            await result_of(RESUME, response_of(200, body))
        assert "wk-id" in caught.value.correlation_ids


async def test_decoding_errors_quote_no_body() -> None:
    for endpoint in (GET, LIST):
        with pytest.raises(InvalidResponseError) as caught:
            await result_of(endpoint, response_of(200, b'{"id": "s3cr3t-credential"'))
        assert "s3cr3t" not in str(caught.value)


# --- what to do next


@pytest.mark.parametrize("status", [401, 403])
def test_the_privilege_that_is_probably_missing_is_named(status: int) -> None:
    assert '"Things: create"' in str(raised(WRITE, response_of(status, {"message": "no"})))
    assert '"Recipes: details"' in str(raised(GET, response_of(status, {"message": "no"})))
    assert "privilege" not in str(raised(READ, response_of(status, {"message": "no"})))


@pytest.mark.parametrize("status", [400, 404, 422, 500])
def test_no_privilege_is_named_where_it_is_not_the_matter(status: int) -> None:
    assert "privilege" not in str(raised(WRITE, response_of(status, {"message": "no"})))


def test_a_server_error_of_a_write_says_that_it_may_have_happened() -> None:
    assert "may have been carried out" in str(raised(WRITE, response_of(500, {"message": "Server error"})))
    assert "may have been carried out" not in str(raised(READ, response_of(500, {"message": "Server error"})))


def test_the_429_of_poll_now_says_what_it_can_mean() -> None:
    error = raised(POLL_NOW, response_of(429, {"message": "backoff"}, retry_after="77"))
    assert isinstance(error, RateLimitedError)
    assert error.retry_after == 77
    assert "77 s" in str(error)
    assert "the recipe backs off" in str(error)


def test_response_error_is_a_function_of_values() -> None:
    response = response_of(404, {"message": "gone"})
    first, second = response_error(READ, response), response_error(READ, response)
    assert str(first) == str(second)
    assert isinstance(first, WorkatoError)


@pytest.mark.parametrize(
    ("endpoint", "status", "body", "advice"),
    [
        (
            GET,
            404,
            {},
            "The object does not exist in this environment, or the client role or project scopes of the token do not "
            "include it.",
        ),
        (GET, 400, {}, CHECK_CLIENT.replace(".", '; this call needs the privilege "Recipes: details".')),
        (GET, 400, {"message": "no such step"}, ""),
        (READ, 400, {}, CHECK_CLIENT),
        (THING, 400, {}, f"Check the arguments. {CHECK_CLIENT}"),
        (WRITE, 400, {"message": "no such step"}, ""),
        (THING, 400, b"<html>", CHECK_CLIENT),
        (THING, 404, b"<html>", CHECK_CLIENT),
        (
            THING,
            302,
            b"",
            f"API calls do not follow redirects, e.g. to a login page. {CHECK_CLIENT} Also check base_url.",
        ),
        (WRITE, 503, b"<html>", "The write may have been carried out: check before you retry it."),
        (GET, 503, {}, "Safe to retry later."),
        (WRITE, 418, {}, ""),
    ],
)
def test_the_advice_says_what_to_do_next_if_anything_can_be_said(
    endpoint: Endpoint[Any], status: int, body: Any, advice: str
) -> None:
    assert raised(endpoint, response_of(status, body)).advice == advice


@pytest.mark.parametrize("content_type", ["text/html", "application/json"])
async def test_a_login_page_instead_of_data_names_role_and_environment(content_type: str) -> None:
    with pytest.raises(InvalidResponseError) as caught:
        await result_of(GET, response_of(200, b"<!DOCTYPE html><p>Sign in", content_type))
    assert caught.value.advice == f'{CHECK_CLIENT[:-1]}; this call needs the privilege "Recipes: details".'
    assert caught.value.status == 200
    assert caught.value.path == "/api/recipes/1", "no field is wrong"


@pytest.mark.parametrize("status", [401, 403])
def test_what_is_not_allowed_names_role_or_environment_and_privilege(status: int) -> None:
    advice = raised(WRITE, response_of(status, {})).advice
    assert "client role" in advice
    assert "environment" in advice
    assert 'this call needs the privilege "Things: create"' in advice


@pytest.mark.parametrize(
    ("tree", "shown"),
    [({"Fault": "No route", "n": 1}, '{"Fault": "No route", "n": 1}'), ({"n": None}, "no reason given")],
)
def test_a_reason_in_an_unknown_place_is_quoted_whole(tree: object, shown: str) -> None:
    error = raised(WRITE, response_of(400, tree))
    assert error.message == ""
    assert f"HTTP 400: {shown} (3 attempts)" in str(error)


def test_a_reason_in_an_unknown_place_quotes_no_token() -> None:
    response = response_of(400, {"Fault": "Bearer abc-def-ghi"})
    response.redact = lambda text: text.replace("abc-def-ghi", "***")
    assert "Bearer ***" in str(raised(WRITE, response))


@pytest.mark.parametrize("success", [False, "false", "False ", 0])
def test_a_read_whose_model_has_no_required_field_is_rejected_too(success: object) -> None:
    tree = {"success": success, "message": "Not allowed"}
    for id_ in ("mcp_servers.policies.get", "recipes.health.get"):
        assert isinstance(raised(BY_ID[id_], response_of(200, tree)), OperationRefusedError)


def test_a_property_may_be_called_success() -> None:
    check(BY_ID["properties.list"], response_of(200, {"success": "false", "other": "1"}))
    error = raised(BY_ID["properties.list"], response_of(200, {"success": False, "message": "Not allowed"}))
    assert isinstance(error, OperationRefusedError)

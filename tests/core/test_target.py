"""From arguments to the request target: exactly the intended one, or nothing is sent."""

from __future__ import annotations

import enum
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from yarl import URL

from workato_async import ENDPOINTS, ConfigurationError, WorkatoSession
from workato_async.http.urls import build_target

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.support.scripted_server import ScriptedServer

TEMPLATE = "/api/recipes/{recipe_id}/jobs/{job_id}"

INVALID = [
    "",
    ".",
    "..",
    "../x",
    "x/..",
    "/",
    "a/b",
    "\\",
    "a\\b",
    "1?x=1",
    "1#x",
    "%2e%2e",
    "%2F",
    "a%",
    " ",
    "a b",
    "\t",
    "a\n",
    "a\r\nHost: evil",
    "\x00",
    "a\x00",
    "\x1f",
    "\x7f",
    "\x85",
    "\x9f",
    "\ud800",
]


@pytest.mark.parametrize("argument", INVALID, ids=ascii)
def test_what_could_make_the_path_another_one_is_invalid(argument: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        build_target(TEMPLATE, (1, argument))
    assert "job_id" in str(caught.value)
    assert TEMPLATE in str(caught.value)


@pytest.mark.parametrize("argument", [-1, True, False, None, 1.0, b"1", [], {}, object()], ids=repr)
def test_what_is_no_id_is_invalid(argument: Any) -> None:
    with pytest.raises(ConfigurationError):
        build_target("/api/recipes/{id}", (argument,))


@pytest.mark.parametrize("arguments", [(), (1,), (1, "a", "b")])
def test_the_wrong_number_of_arguments_is_invalid(arguments: tuple[Any, ...]) -> None:
    with pytest.raises(ConfigurationError):
        build_target(TEMPLATE, arguments)


@pytest.mark.parametrize("argument", ["../x", "", "1?x=1", "a\r\nb"], ids=ascii)
async def test_nothing_is_sent_for_a_bad_argument(
    server: ScriptedServer, workato: WorkatoSession, argument: str
) -> None:
    calls: list[Callable[[], Awaitable[object]]] = [
        lambda: workato.recipes.get(argument),  # type: ignore[arg-type]
        lambda: workato.recipes.start(argument),  # type: ignore[arg-type]
        lambda: workato.jobs.get(1, argument),
        lambda: workato.jobs.list(argument).first(),  # type: ignore[arg-type]
        lambda: workato.jobs.repeat(argument, ["j-1"]),  # type: ignore[arg-type]
        lambda: workato.connections.delete(argument),  # type: ignore[arg-type]
    ]
    for call in calls:
        with pytest.raises(ConfigurationError):
            await call()
    assert server.seen == []
    assert not workato.limiter.snapshot(), "a token was taken"


@given(text=st.text(min_size=1, max_size=20))
@example(text="..;")
@example(text="é")
@example(text="a:b@c")
@example(text="\u202e\u2028")
def test_an_argument_stays_one_segment_and_comes_out_as_it_went_in(text: str) -> None:
    try:
        target = build_target(TEMPLATE, (1, text), {"a": "b"})
    except ConfigurationError:
        assert (
            text in (".", "..")
            or any(c in "/\\?#%" or ord(c) < 0x21 or 0x7F <= ord(c) < 0xA0 for c in text)
            or any(0xD800 <= ord(c) < 0xE000 for c in text)
        )
        return
    path = urlsplit(target).path
    assert target.isascii()
    assert path.count("/") == 5
    assert unquote(path.rsplit("/", 1)[1]) == text
    assert URL("https://host" + target, encoded=True).raw_path_qs == target


@given(
    query=st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8),
        st.one_of(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), st.integers(), st.booleans()),
        max_size=5,
    )
)
def test_a_query_comes_out_as_it_went_in(query: dict[str, Any]) -> None:
    target = build_target("/api/things", (), query)
    expected = {k: str(v).lower() if isinstance(v, bool) else str(v) for k, v in query.items()}
    assert dict(parse_qsl(urlsplit(target).query, keep_blank_values=True)) == expected
    assert target.isascii()
    assert "#" not in target
    assert " " not in target
    assert URL("https://host" + target, encoded=True).raw_path_qs == target


class Color(enum.StrEnum):
    RED = "red"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a b&c", "x=a+b%26c"),
        (5, "x=5"),
        (0, "x=0"),
        (1.5, "x=1.5"),
        (True, "x=true"),
        (False, "x=false"),
        ("", "x="),
        (None, ""),
        ([], ""),
        (["a", "b"], "x=a&x=b"),
        ((1, 2), "x=1&x=2"),
        (range(2), "x=0&x=1"),
        (Color.RED, "x=red"),
        (datetime(2026, 3, 1, 12, 30, 5, 999, tzinfo=UTC), "x=2026-03-01T12%3A30%3A05Z"),
        (datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=-7))), "x=2026-03-01T19%3A00%3A00Z"),
    ],
)
def test_query_values(value: Any, text: str) -> None:
    assert build_target("/api/things", (), {"x": value}) == ("/api/things?" + text if text else "/api/things")


@pytest.mark.parametrize(
    "value",
    [
        datetime(2026, 3, 1), object(), {"a": 1}, {1, 2}, [None], [object()], "\ud800", ["\ud800"],
        b"ab",
        pytest.param([["a"]], marks=()),
    ],
    ids=ascii,
)  # fmt: skip
def test_query_values_that_cannot_be_meant_are_invalid(value: Any) -> None:
    with pytest.raises(ConfigurationError):
        build_target("/api/things", (), {"x": value})


def test_a_template_without_query_is_the_path_itself() -> None:
    assert build_target("/api/things", ()) == "/api/things"
    assert build_target("/api/things", (), {}) == "/api/things"
    assert build_target("/api/things", (), {"x": None, "y": []}) == "/api/things"


def test_ids_of_every_kind_pass() -> None:
    for argument in (
        0,
        12389,
        2**63,
        "j-AJTAt8w6-wdAgWM",
        "f123",
        "6b4b1a6e-3a5f-4b52-8f9a-7d8f0f3f8a11",
        "a.b",
        "a..b",
    ):
        assert build_target("/api/things/{id}", (argument,)) == f"/api/things/{argument}"


def test_every_endpoint_takes_as_many_arguments_as_its_path_has_places() -> None:
    for endpoint in ENDPOINTS:
        places = endpoint.path.count("{")
        assert build_target(endpoint.path, (7,) * places).count("7") >= places
        with pytest.raises(ConfigurationError):
            build_target(endpoint.path, (7,) * (places + 1))

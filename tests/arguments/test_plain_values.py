"""Arguments go out as plain values: never the name of an enum member, never a time that does not exist."""

from __future__ import annotations

import datetime as dt
import enum
import json
from collections import OrderedDict, deque
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import unquote
from uuid import UUID

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.method_calls import Recorder
from workato_async import ConfigurationError, InvalidResponseError
from workato_async.api import Api
from workato_async.arguments import api_time, encode_body, plain
from workato_async.calls.caller import Caller
from workato_async.converter import encode_body as known_name
from workato_async.http.urls import build_target
from workato_async.routes import find_endpoint


class Text(str, enum.Enum):  # noqa: UP042 - its str() is its name, not its value
    A = "a"


class Texts(enum.StrEnum):
    A = "a"


class Number(int, enum.Enum):
    A = 7


class Numbers(enum.IntEnum):
    A = 7


class Plain(enum.Enum):
    TEXT = "a"
    NUMBER = 7
    NESTED = Text.A


class Markup(str):
    __slots__ = ()

    def __str__(self) -> str:
        return "something else"


class Float64(float):
    def __str__(self) -> str:
        return "np.float64(1.5)"

    __repr__ = __str__


class Int(int):
    def __str__(self) -> str:
        return "something else"

    __repr__ = __str__


FORMS: list[tuple[Any, Any]] = [
    (Text.A, "a"),
    (Texts.A, "a"),
    (Plain.TEXT, "a"),
    (Plain.NESTED, "a"),
    (Markup("a"), "a"),
    (Number.A, 7),
    (Numbers.A, 7),
    (Plain.NUMBER, 7),
    (Int(7), 7),
    (Float64(1.5), 1.5),
    (UUID(int=0), "00000000-0000-0000-0000-000000000000"),
]


@pytest.mark.parametrize(("form", "value"), FORMS, ids=repr)
def test_a_value_in_any_form(form: Any, value: Any) -> None:
    assert plain(form) == value
    assert type(plain(form)) is type(value)
    assert build_target("/x", (), {"q": form}) == f"/x?q={value}"
    assert build_target("/x", (), {"q": [form, form]}) == f"/x?q={value}&q={value}"
    body = {"a": form, "b": [form], "c": {"d": {"e": (form,)}}}
    assert json.loads(encode_body(body)) == {"a": value, "b": [value], "c": {"d": {"e": [value]}}}
    if not isinstance(value, float):
        assert build_target("/x/{id}", (form,)) == f"/x/{value}"
        assert json.loads(encode_body({form: 1})) == {str(value): 1}


async def test_everywhere_in_a_call() -> None:
    recorder = Recorder()
    api = Api(Caller(recorder, timeout=1.0))
    where: dict[str, Any] = {Text.A: {"$in": [Plain.TEXT]}}
    by: dict[str, Any] = {Text.A: Plain.NUMBER}
    any_number: Any = Plain.NUMBER
    any_text: Any = Plain.TEXT
    for call in (
        api.recipes.start(Number.A),
        api.connections.create(name=Text.A, provider=any_text, folder_id=Number.A),
        api.developer_api_clients.update(1, all_folders=True, ip_allow_list=[Text.A, "b"]),
        api.data_table_records.query(Text.A, where=where, per_page=Number.A).page(Text.A),
        api.lookup_tables.rows.list(Number.A, by=by, per_page=any_number).page(),
        api.jobs.list(1, offset_job_id=any_text).page(),
        api.recipes.list(adapter_names_all=[Text.A, any_text], adapter_names_any=any_text, since_id=Number.A).page(),
    ):
        with suppress(InvalidResponseError):
            await call
    bodies: list[Any] = [json.loads(r.body) if isinstance(r.body, bytes) else None for r in recorder.requests]
    assert [r.target for r in recorder.requests[:3]] == [
        "/api/recipes/7/start",
        "/api/connections",
        "/api/developer_api_clients/1",
    ]
    assert bodies[1] == {"name": "a", "provider": "a", "folder_id": "7"}
    assert bodies[2] == {"all_folders": True, "ip_allow_list": "a,b"}
    assert bodies[3]["where"] == {"a": {"$in": ["a"]}}
    assert (bodies[3]["limit"], bodies[3]["continuation_token"]) == (7, "a")
    assert [unquote(r.target) for r in recorder.requests[4:]] == [
        "/api/lookup_tables/7/rows?by[a]=7&page=1&per_page=7",
        "/api/recipes/1/jobs?offset_job_id=a",
        "/api/recipes?adapter_names_all=a,a&adapter_names_any=a&since_id=7&page=1&per_page=100",
    ]


def test_a_raw_request() -> None:
    class Method(str, enum.Enum):  # noqa: UP042 - its str() is its name, not its value
        GET = "GET"

    class Path(enum.Enum):
        OURS = "/api/recipes/7"
        UNKNOWN = "/api/news/7"

    endpoint, arguments = find_endpoint(Method.GET, Path.OURS)  # type: ignore[arg-type]
    assert (endpoint.id, arguments) == ("recipes.get", ("7",))
    endpoint, arguments = find_endpoint(Method.GET, Path.UNKNOWN)  # type: ignore[arg-type]
    assert (endpoint.key, arguments) == ("GET /api/news/{id}", ("7",))


class Odd(tzinfo):
    """Has an offset for some times only, as pandas' NaT has none."""

    def utcoffset(self, _: datetime | None) -> timedelta | None:
        return None

    def tzname(self, _: datetime | None) -> str:
        return "odd"

    def dst(self, _: datetime | None) -> timedelta | None:
        return None


WRONG_TIMES = [
    datetime.max.replace(tzinfo=timezone(timedelta(hours=-5))),
    datetime.min.replace(tzinfo=timezone(timedelta(hours=5))),
    datetime(2024, 1, 1),
    datetime(2024, 1, 1, tzinfo=Odd()),
]


@pytest.mark.parametrize("time", WRONG_TIMES, ids=repr)
def test_a_time_that_cannot_be_sent(time: datetime) -> None:
    with pytest.raises(ConfigurationError, match=r"a datetime needs a time zone|not within the years 1 to 9999"):
        api_time(time)
    with pytest.raises(ConfigurationError):
        build_target("/x", (), {"q": time})
    with pytest.raises(ConfigurationError):
        build_target("/x/{id}", (time,))  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match=r"\.a\[0\]\.b is not a valid time"):
        encode_body({"a": [{"b": time}]})


@given(st.datetimes(timezones=st.timezones() | st.just(UTC)))
def test_any_time_is_sent_in_utc_or_refused(time: datetime) -> None:
    try:
        text = api_time(time)
    except ConfigurationError:
        assert not 2 < time.year < 9998
        return
    assert datetime.fromisoformat(text) == time.astimezone(UTC).replace(microsecond=0)
    assert len(text) == len("2024-01-01T00:00:00Z")


@attrs.frozen
class Thing:
    a: int
    when: datetime


class Pair(NamedTuple):
    x: int
    y: int


def test_what_has_a_json_form() -> None:
    noon = datetime(2024, 1, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    body = {
        "date": date(2024, 2, 29),
        "thing": Thing(1, noon),
        "decimal": Decimal("1.10"),
        "set": {1},
        "frozen": frozenset(("a",)),
        "deque": deque([1]),
        "pair": Pair(1, 2),
        "proxy": MappingProxyType({"a": None}),
        "ordered": OrderedDict(b=True),
        7: "a number as key",
        "empty": [],
    }
    text = encode_body(body)
    assert b'"decimal":1.10,' in text  # a number with all its digits
    assert json.loads(text) == {
        "date": "2024-02-29",
        "thing": {"a": 1, "when": "2024-01-01T10:00:00Z"},
        "decimal": 1.1,
        "set": [1],
        "frozen": ["a"],
        "deque": [1],
        "pair": [1, 2],
        "proxy": {"a": None},
        "ordered": {"b": True},
        "7": "a number as key",
        "empty": [],
    }
    assert known_name is encode_body


def circle() -> dict[str, Any]:
    body: dict[str, Any] = {}
    body["self"] = body
    return body


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (float("nan"), "is nan, which JSON does not have"),
        (Float64("inf"), "is inf, which JSON does not have"),
        (Decimal("NaN"), "is NaN, which JSON does not have"),
        (b"bytes", "is of type bytes"),
        (bytearray(b"bytes"), "is of type bytearray"),
        (memoryview(b"bytes"), "is of type memoryview"),
        (object(), "is of type object"),
        (1j, "is of type complex"),
        (timedelta(1), "is of type timedelta"),
        (dt.time(1), "is of type time"),
        (iter(()), "is of type tuple_iterator"),
        ({b"k": 1}, "has a key of type bytes"),
        ({None: 1}, "has a key of type NoneType"),
        ({True: 1}, "has a key of type bool"),
    ],
    ids=repr,
)
def test_what_has_none_is_named(value: object, reason: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        encode_body({"recipe": {"steps": [1, value]}})
    assert f"the request body cannot be sent as JSON: .recipe.steps[1] {reason}" in str(raised.value)


@pytest.mark.parametrize("value", ["\ud800", circle()], ids=["surrogate", "circle"])
def test_what_the_encoder_refuses(value: object) -> None:
    with pytest.raises(ConfigurationError, match="the request body cannot be sent as JSON"):
        encode_body({"a": value})


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(json_values)
def test_any_json_is_sent_as_it_is(value: Any) -> None:
    assert json.loads(encode_body(value)) == value

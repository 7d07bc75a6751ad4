"""Arguments of a session are checked when they are given, with a text that names the argument."""

from __future__ import annotations

import enum
import functools
import ssl
from typing import Any

import pytest

from tests.support.scripted_server import TOKEN
from workato_async import ConfigurationError, Limiter, Quota, RetryPolicy, WorkatoSession
from workato_async.http.hosts import DATA_CENTERS


async def listen(event: object) -> None:
    pass


class AsyncListener:
    async def __call__(self, event: object) -> None:
        pass


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (" ", "WORKATO_HOST is empty"),
        ("eu", "WORKATO_HOST is a data center, not a host: set it to app.eu.workato.com"),
        ("http://example.com", "WORKATO_HOST is plain http to another machine"),
        ("app.eu.workato.com\n", "WORKATO_HOST is not a URL"),
        ("app.eu.workato.com/recipes", "WORKATO_HOST has a path or query"),
    ],
)
def test_the_environment_variable_is_named(monkeypatch: pytest.MonkeyPatch, value: str, text: str) -> None:
    monkeypatch.setenv("WORKATO_HOST", value)
    with pytest.raises(ConfigurationError, match=text):
        WorkatoSession(TOKEN)


async def test_a_data_center_may_be_an_enum_member() -> None:
    class Region(enum.Enum):
        EUROPE = "eu"

    place: Any = Region.EUROPE
    assert WorkatoSession(TOKEN, data_center=place).base_url == "https://app.eu.workato.com"


@pytest.mark.parametrize("limit", ["1", 1.5, True, -1, []], ids=repr)
async def test_the_limit_of_a_list(limit: Any) -> None:
    pages = WorkatoSession(TOKEN).recipes.list()
    with pytest.raises(ConfigurationError, match="limit must be a whole number of at least 0, not "):
        await pages.collect(limit=limit)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"store": "redis://localhost"}, "store must be a store such as RedisStore"),
        ({"quotas": Quota(60, per=60)}, "quotas must be a Mapping, not Quota"),
    ],
)
def test_arguments_of_a_limiter(arguments: dict[str, Any], text: str) -> None:
    with pytest.raises(ConfigurationError, match=text):
        Limiter(**arguments)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"data_center": ""}, "data_center is empty; use one of us, eu, jp"),
        ({"data_center": "mars"}, "unknown data center 'mars'; use one of us, eu, jp"),
        ({"data_center": 5}, "data_center must be text, not int"),
        ({"data_center": "eu", "base_url": "https://x.example"}, "data_center and base_url are two ways"),
        ({"data_center": "", "base_url": "https://x.example"}, "data_center and base_url are two ways"),
        ({"data_center": "eu", "base_url": ""}, "data_center and base_url are two ways"),
        ({"base_url": ""}, "base_url is empty"),
        ({"base_url": "nonsense"}, "base_url is not an http"),
        ({"base_url": 5}, "base_url is not a URL"),
        ({"data_tables_url": ""}, "data_tables_url is empty"),
        ({"event_streams_url": ""}, "event_streams_url is empty"),
        ({"on_event": "print"}, "on_event must be a function that takes an event, not str"),
        ({"on_event": listen}, "on_event must be a plain function, not an async one"),
        ({"on_event": functools.partial(listen)}, "on_event must be a plain function, not an async one"),
        ({"on_event": AsyncListener()}, "on_event must be a plain function, not an async one"),
        ({"ssl": "ca.pem"}, "ssl must be an SSLContext, not str"),
        ({"ssl": False}, "ssl must be an SSLContext, not bool"),
        ({"ssl": ssl.SSLContext}, "ssl must be an SSLContext, not the class SSLContext"),
        ({"limiter": Limiter}, "limiter must be a Limiter, not the class Limiter"),
        ({"limiter": 60}, "limiter must be a Limiter, not int"),
        ({"retry": None}, "retry must be a RetryPolicy, not NoneType"),
        ({"retry": 3}, "retry must be a RetryPolicy, not int"),
        ({"retry": RetryPolicy}, "retry must be a RetryPolicy, not the class RetryPolicy"),
        ({"timeout": "5"}, "timeout must be a number of seconds above 0, not '5'"),
        ({"timeout": None}, "timeout must be a number of seconds above 0, not None"),
        ({"timeout": True}, "timeout must be a number of seconds above 0, not True"),
        ({"max_body": 1.5}, "max_body must be a whole number of at least 1, not 1.5"),
        ({"max_body": None}, "max_body must be a whole number of at least 1, not None"),
        ({"max_connections": "4"}, "max_connections must be a whole number of at least 1, not '4'"),
        ({"max_connections": True}, "max_connections must be a whole number of at least 1, not True"),
        ({"proxy": ""}, "proxy must be the URL of an HTTP proxy"),
        ({"proxy": 3128}, "proxy must be the URL of an HTTP proxy"),
        ({"proxy": ["http://127.0.0.1:3128"]}, "proxy must be the URL of an HTTP proxy"),
        ({"proxy": "http://127.0.0.1:3128\n"}, "proxy must be the URL of an HTTP proxy"),
        ({"on_event": lambda: None}, "on_event must take one argument: it is called with an event"),
    ],
    ids=str,
)
def test_a_wrong_argument_is_named(arguments: dict[str, Any], text: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        WorkatoSession("token", **arguments)
    assert str(caught.value).startswith(text)


def test_the_known_data_centers_are_named_for_every_unknown_one() -> None:
    for data_center in ("", "mars", "eu ", "www.workato.com"):
        with pytest.raises(ConfigurationError) as caught:
            WorkatoSession("token", data_center=data_center)
        assert all(name in str(caught.value) for name in DATA_CENTERS)


def test_what_may_be_a_token_in_the_wrong_place_is_not_quoted() -> None:
    for number in (0, -12):
        with pytest.raises(ConfigurationError) as caught:
            WorkatoSession("https://www.workato.com", data_center=TOKEN[number:])
        assert TOKEN[number:] not in str(caught.value)


@pytest.mark.parametrize(
    "listener",
    [print, [].append, lambda event: None, functools.partial(print, "event")],
    ids=["builtin", "method", "lambda", "partial"],
)
def test_whatever_can_be_called_may_listen(listener: Any) -> None:
    session = WorkatoSession("token", on_event=listener)
    session.add_listener(listener)


def test_an_async_function_cannot_be_added_as_a_listener() -> None:
    with pytest.raises(ConfigurationError, match="callback must be a plain function"):
        WorkatoSession("token").add_listener(listen)


def test_an_empty_token_of_the_environment_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKATO_API_TOKEN", "")
    with pytest.raises(ConfigurationError, match="the token is empty"):
        WorkatoSession()

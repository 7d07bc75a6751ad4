"""A fake that serves from a thread."""

from __future__ import annotations

import asyncio
import http.client
import threading
from urllib.parse import urlsplit

import pytest

from workato_async import ConfigurationError
from workato_async.testing import FakeWorkato


def get(fake: FakeWorkato, path: str) -> int:
    connection = http.client.HTTPConnection(urlsplit(fake.url).netloc)
    try:
        connection.request("GET", path, headers={"Authorization": "Bearer any"})
        return connection.getresponse().status
    finally:
        connection.close()


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "FakeWorkato"]


def test_synchronous_code_is_served() -> None:
    with FakeWorkato(recipes=3, jobs=0) as fake:
        assert threads() == ["FakeWorkato"]
        assert get(fake, "/api/recipes/10001") == 200
        del fake.state.recipes[10001]
        assert get(fake, "/api/recipes/10001") == 404
        assert [request.status for request in fake.requests] == [200, 404]
        assert fake.requests[1].arrived_at >= fake.requests[0].arrived_at
    assert threads() == []
    with pytest.raises(ConfigurationError, match="until it is started"):
        _ = fake.url


def test_it_can_be_started_again() -> None:
    fake = FakeWorkato(recipes=3, jobs=0)
    for _ in range(2):
        with fake:
            assert get(fake, "/api/recipes/10001") == 200
    assert fake.sent("recipes.get") == 2


def test_a_second_start_and_a_port_in_use_are_errors_of_the_caller() -> None:
    with FakeWorkato(recipes=0, jobs=0) as fake:
        with pytest.raises(ConfigurationError, match="already running"):
            fake.__enter__()
        port = urlsplit(fake.url).port
        assert port
        with pytest.raises(OSError, match="in use"), FakeWorkato(recipes=0, jobs=0, port=port):
            pass
        assert get(fake, "/api/recipes") == 200
    assert threads() == []


def test_what_is_changed_under_hold_is_seen_as_a_whole() -> None:
    with FakeWorkato(recipes=3, jobs=0) as fake:
        status: list[int] = []
        client = threading.Thread(target=lambda: status.append(get(fake, "/api/recipes/10001")))
        with fake.hold():
            client.start()
            while not fake.requests:
                threading.Event().wait(0.001)
            assert not fake.requests[0].executed
            del fake.state.recipes[10001]
        client.join()
        assert status == [404]


def test_a_loop_that_stands_still_is_named_where_the_url_is_asked_for() -> None:
    fake = FakeWorkato(recipes=0, jobs=0)

    async def ask() -> str:
        return fake.url

    with asyncio.Runner() as first, asyncio.Runner() as second:
        first.run(fake.__aenter__())
        assert first.run(ask()) == fake.url  # there, and outside of any loop
        with pytest.raises(ConfigurationError, match="does not run now, so it could not respond") as caught:
            second.run(ask())
        assert "asyncio_default_test_loop_scope" in str(caught.value)
        assert fake.url in repr(fake)
        first.run(fake.__aexit__())
    with fake:
        assert asyncio.run(ask()) == fake.url  # a thread of its own is always there


async def test_a_lost_connection() -> None:
    fake = FakeWorkato()
    connection = fake.state.lose_connection(5001, reason="gone")
    assert connection is fake.state.connections[5001]
    assert connection["authorization_status"] == "failed"
    assert connection["connection_lost_reason"] == "gone"
    assert connection["connection_lost_at"] == fake.state.now()
    with pytest.raises(ConfigurationError, match="no connection 1"):
        fake.state.lose_connection(1)

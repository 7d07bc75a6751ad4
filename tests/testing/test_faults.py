"""What goes wrong on demand."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
from typing import TYPE_CHECKING, get_args

import aiohttp
import pytest

from tests.support.bare_http_client import Http
from workato_async import ConfigurationError
from workato_async.testing import (
    CloseIdle,
    Drip,
    FakeWorkato,
    Mangled,
    Oversized,
    Refuse429,
    Reset,
    Slow,
    Stall,
    Status,
    Truncated,
)
from workato_async.testing.faults import When

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

START = "/api/recipes/10002/start"


@pytest.fixture
async def http(fake: FakeWorkato) -> AsyncIterator[Http]:
    """A client that sends everything once: aiohttp itself would send GET and PUT again after a dropped connection."""
    async with Http(fake) as client:
        client.client._retry_connection = False
        yield client


@pytest.mark.parametrize(("when", "executed"), [("before", False), ("after", True)])
async def test_reset(fake: FakeWorkato, http: Http, when: str, executed: bool) -> None:
    fake.fail("recipes.start", Reset(when))  # type: ignore[arg-type]
    with pytest.raises(aiohttp.ClientOSError, match="reset by peer"):
        await http("PUT", START)
    assert fake.state.recipes[10002]["running"] == executed
    assert [(request.status, request.executed) for request in fake.requests] == [(0, executed)]
    assert (await http("PUT", START)).status == 200, "only once"


@pytest.mark.parametrize(
    ("when", "begins", "ends"),
    [("head", b"HTTP/1.1 200 OK\r\n", b": applica"), ("body", b"HTTP/1.1 200 OK\r\n", b'\r\n\r\n{"succes')],
)
async def test_reset_amid_the_response(fake: FakeWorkato, when: str, begins: bytes, ends: bytes) -> None:
    fake.fail("recipes.start", Reset(when))  # type: ignore[arg-type]
    reader, writer = await asyncio.open_connection("127.0.0.1", int(fake.url.rpartition(":")[2]))
    writer.write(f"PUT {START} HTTP/1.1\r\nHost: fake\r\nAuthorization: Bearer any\r\n\r\n".encode())
    received = b""
    with pytest.raises(ConnectionResetError):
        while piece := await reader.read(1000):
            received += piece
    writer.close()
    assert received.startswith(begins)
    assert received.endswith(ends)
    assert fake.state.recipes[10002]["running"]
    assert [(request.status, request.executed) for request in fake.requests] == [(0, True)]


async def test_reset_amid_a_body_that_is_empty_is_a_reset(fake: FakeWorkato, http: Http) -> None:
    fake.fail("jobs.resume", Reset("body"))
    with pytest.raises(aiohttp.ClientOSError):
        await http("POST", "/api/job/resume", {"token": "t"})


async def test_refuse_429(fake: FakeWorkato, http: Http) -> None:
    fake.fail("recipes.get", Refuse429("Wed, 21 Oct 2099 07:28:00 GMT"))
    fake.fail("recipes.get", Refuse429())
    first = await http("GET", "/api/recipes/10001")
    second = await http("GET", "/api/recipes/10001")
    assert (first.status, first.headers["Retry-After"]) == (429, "Wed, 21 Oct 2099 07:28:00 GMT")
    assert (second.status, "Retry-After" in second.headers) == (429, False)
    assert fake.refused == 2


async def test_a_request_rate_limited_on_demand_takes_nothing_of_the_quota() -> None:
    async with FakeWorkato(2, 0) as fake, Http(fake) as http:
        fake.fail("recipes.get", Refuse429(), times=5)
        statuses = [(await http("GET", "/api/recipes/10001")).status for _ in range(66)]
        assert statuses == [429] * 5 + [200] * 60 + [429]


@pytest.mark.parametrize(
    ("fault", "content_type", "body"),
    [
        (Status(500), "application/json", b'{"message": "Server error"}'),
        (Status(502, "<html>Bad gateway</html>", "text/html"), "text/html", b"<html>Bad gateway</html>"),
        (Status(503, b""), "application/octet-stream", b""),
        (Status(200, b"\xff\xfe", "application/json"), "application/json", b"\xff\xfe"),
    ],
)
async def test_status(fake: FakeWorkato, http: Http, fault: Status, content_type: str, body: bytes) -> None:
    fake.fail("recipes.start", fault)
    reply = await http("PUT", START)
    assert (reply.status, reply.body) == (fault.code, body)
    assert reply.headers.get("Content-Type", "application/octet-stream").startswith(content_type)
    assert not fake.requests[0].executed
    assert not fake.state.recipes[10002]["running"]


async def test_status_after_processing(fake: FakeWorkato, http: Http) -> None:
    fake.fail("recipes.start", Status(504, processed=True))
    assert (await http("PUT", START)).status == 504
    assert fake.state.recipes[10002]["running"]


@pytest.mark.parametrize("processed", [True, False])
async def test_truncated(fake: FakeWorkato, http: Http, processed: bool) -> None:
    fake.fail("recipes.start", Truncated(processed=processed))
    with pytest.raises(aiohttp.ClientPayloadError):
        await http("PUT", START)
    assert fake.state.recipes[10002]["running"] == processed
    assert fake.requests[0].status == 0


async def test_truncated_with_another_status(fake: FakeWorkato, http: Http) -> None:
    fake.fail("recipes.start", Truncated(503, processed=False))
    async with http.client.put(fake.url + START) as response:
        assert response.status == 503
        with pytest.raises(aiohttp.ClientPayloadError):
            await response.read()
    assert not fake.state.recipes[10002]["running"]


async def test_mangled(fake: FakeWorkato, http: Http) -> None:
    fake.fail("recipes.start", Mangled(lambda body: b"\xef\xbb\xbf" + body))
    fake.fail("recipes.start", Mangled(bytes.upper, "text/html"))
    first, second = await http("PUT", START), await http("PUT", START)
    assert (first.status, first.body) == (200, b'\xef\xbb\xbf{"success":true}')
    assert first.headers["Content-Type"] == "application/json; charset=utf-8"
    assert (second.body, second.headers["Content-Type"]) == (b'{"SUCCESS":TRUE}', "text/html")
    assert [(request.status, request.executed) for request in fake.requests] == [(200, True)] * 2


async def test_truncated_without_a_body_is_a_reset(fake: FakeWorkato, http: Http) -> None:
    fake.fail("jobs.resume", Truncated())
    with pytest.raises(aiohttp.ClientOSError):
        await http("POST", "/api/job/resume", {"token": "t"})


async def test_slow(fake: FakeWorkato, http: Http) -> None:
    fake.fail(None, Slow(30))
    begin = asyncio.get_running_loop().time()
    assert (await http("GET", "/api/recipes")).status == 200
    assert asyncio.get_running_loop().time() - begin == 30


@pytest.mark.parametrize("processed", [True, False])
async def test_stall(fake: FakeWorkato, http: Http, processed: bool) -> None:
    fake.fail("recipes.start", Stall(processed=processed))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(10_000):
            await http("PUT", START)
    assert fake.state.recipes[10002]["running"] == processed


async def test_drip(fake: FakeWorkato, http: Http) -> None:
    fake.fail("recipes.start", Drip(2))
    begin = asyncio.get_running_loop().time()
    assert (await http("PUT", START)).json == {"success": True}
    assert asyncio.get_running_loop().time() - begin == pytest.approx(2 * len('{"success":true}'), abs=2)


async def test_close_idle(fake: FakeWorkato) -> None:
    fake.fail(None, CloseIdle())
    reader, writer = await asyncio.open_connection("127.0.0.1", int(fake.url.rpartition(":")[2]))
    writer.write(b"GET /api/folders HTTP/1.1\r\nHost: fake\r\nAuthorization: Bearer any\r\n\r\n")
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")  # up to the end of the connection
    writer.close()
    assert head.startswith(b"HTTP/1.1 200")
    assert b"connection:" not in head.lower()
    assert len(json.loads(body)) == 3
    assert fake.requests[0].status == 200


async def test_oversized(fake: FakeWorkato, http: Http) -> None:
    fake.fail("recipes.start", Oversized(1_000_000))
    fake.fail("recipes.start", Oversized(1_000_000, compressed=True))
    plain = await http("PUT", START)
    assert (len(plain.body), plain.json) == (1_000_000, {"success": True})
    async with http.client.put(fake.url + START, auto_decompress=False) as response:
        raw = await response.read()
    assert len(raw) < 2_000
    assert len(gzip.decompress(raw)) == 1_000_000


async def test_times_and_after(fake: FakeWorkato, http: Http) -> None:
    fake.fail("recipes.get", Status(500), after=2, times=2)
    fake.fail(None, Status(503), after=5)
    statuses = [(await http("GET", "/api/recipes/10001")).status for _ in range(6)]
    assert statuses == [200, 200, 500, 500, 200, 503]


async def test_only_the_endpoint_named_fails(fake: FakeWorkato, http: Http) -> None:
    fake.fail("GET /api/recipes/{id}", Status(500), times=100)
    assert (await http("GET", "/api/recipes")).status == 200
    assert (await http("PUT", "/api/recipes/10001/start")).status == 200
    assert (await http("GET", "/api/recipes/10001")).status == 500


async def test_errors_of_credentials_and_quota_use_no_fault_up() -> None:
    async with FakeWorkato(2, 0) as fake, Http(fake, token="") as stranger, Http(fake) as http:
        fake.fail("recipes.get", Status(500), after=60)
        await stranger("GET", "/api/recipes/10001")
        statuses = [(await http("GET", "/api/recipes/10001")).status for _ in range(61)]
        assert statuses == [200] * 60 + [429]
        await asyncio.sleep(60)
        assert (await http("GET", "/api/recipes/10001")).status == 500


async def test_random_faults_go_on_and_come_from_the_seed() -> None:
    async def run(seed: int, times: int | None) -> list[int]:
        async with FakeWorkato(2, 0, window=None, seed=seed) as fake, Http(fake) as http:
            fake.fail("recipes.get", Status(500), probability=0.3, times=times)
            return [(await http("GET", "/api/recipes/10001")).status for _ in range(60)]

    first = await run(1, None)
    assert 8 < first.count(500) < 30
    assert first == await run(1, None)
    assert first != await run(2, None)
    assert (await run(1, 1)).count(500) == 1


@pytest.mark.parametrize("arguments", [{"times": 0}, {"after": -1}, {"probability": 1.5}, {"probability": -0.1}])
def test_numbers_out_of_range(arguments: dict[str, float]) -> None:
    with pytest.raises(ConfigurationError):
        FakeWorkato(1, 0).fail(None, Slow(1), **arguments)  # type: ignore[arg-type]


def test_an_unknown_endpoint_is_told() -> None:
    with pytest.raises(ConfigurationError, match=re.escape("recipes.got")):
        FakeWorkato(1, 0).fail("recipes.got", Slow(1))


def test_a_reset_comes_before_or_after() -> None:
    assert [Reset().processed, *(Reset(when).processed for when in get_args(When))] == [False, False, True, True, True]
    with pytest.raises(ValueError, match="when"):
        Reset("between")  # type: ignore[arg-type]


@pytest.mark.parametrize("fault", [503, None, Status, "reset"])
def test_what_is_not_a_fault_is_rejected_at_once(fault: object) -> None:
    with pytest.raises(ConfigurationError, match=r"fault must be one of .*e\.g\. Status\(503\)"):
        FakeWorkato(1, 0).fail("recipes.get", fault)  # type: ignore[arg-type]

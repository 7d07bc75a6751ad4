"""Credentials, routes, the record, correlation ids, delays, start and end."""

from __future__ import annotations

import asyncio
import gc
import io
import json
from datetime import datetime
from random import Random
from typing import TYPE_CHECKING

import aiohttp
import pytest

from tests.support.bare_http_client import Http
from workato_async import ConfigurationError
from workato_async.resources import ENDPOINTS
from workato_async.testing import FakeWorkato, Stall
from workato_async.testing.call import HANDLERS
from workato_async.testing.routes import Router

if TYPE_CHECKING:
    from workato_async.testing import Delay

ROUTER = Router(ENDPOINTS, HANDLERS)


@pytest.mark.parametrize(
    ("method", "path", "endpoint_id", "arguments"),
    [
        ("GET", "/api/recipes/12", "recipes.get", ("12",)),
        ("GET", "/api/recipes/job_counts", "recipes.job_counts", ()),
        ("GET", "/api/on_prem_agents/search", "on_prem_agents.search", ()),
        ("GET", "/api/on_prem_agents/7", "on_prem_agents.get", ("7",)),
        ("DELETE", "/api/on_prem_agents/search", "on_prem_agents.delete", ("search",)),
        ("PATCH", "/api/recipes/1/versions/2", "recipes.versions.update", ("1", "2")),
        ("PUT", "/api/recipes/1/versions/2", "recipes.versions.update", ("1", "2")),
        ("GET", "/api/recipes/1/jobs/j-a%2Fb%C3%A4", "jobs.get", ("1", "j-a/bä")),
    ],
)
def test_routes(method: str, path: str, endpoint_id: str, arguments: tuple[str, ...]) -> None:
    found = ROUTER.match(method, path)
    assert found is not None
    assert (found[0].endpoint.id, found[1]) == (endpoint_id, arguments)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/nothing"),
        ("GET", "/api/recipes/"),
        ("GET", "/api/recipes//jobs"),
        ("GET", "/recipes"),
        ("PATCH", "/api/recipes/1"),
        ("GET", "/"),
    ],
)
def test_no_routes(method: str, path: str) -> None:
    assert ROUTER.match(method, path) is None


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-user-token": "t", "x-user-email": "a@example.com"},
        {"Authorization": "Basic abc"},
        {"Authorization": "Bearer "},
    ],
)
async def test_without_a_bearer_token_the_response_is_401(fake: FakeWorkato, headers: dict[str, str]) -> None:
    async with aiohttp.ClientSession() as client, client.get(f"{fake.url}/api/recipes", headers=headers) as response:
        assert (response.status, await response.json()) == (401, {"message": "Unauthorized"})
    assert fake.requests[0].endpoint == "recipes.list"
    assert not fake.requests[0].executed


async def test_only_the_right_token_is_accepted() -> None:
    async with (
        FakeWorkato(1, 0, token="right") as fake,
        Http(fake, token="right") as right,
        Http(fake, token="x") as wrong,
    ):
        assert (await right("GET", "/api/recipes")).status == 200
        assert (await wrong("GET", "/api/recipes")).status == 401


@pytest.mark.parametrize(
    ("method", "target"), [("GET", "/api/nothing"), ("PATCH", "/api/recipes/10001"), ("HEAD", "/")]
)
async def test_an_unknown_path_or_method(fake: FakeWorkato, http: Http, method: str, target: str) -> None:
    reply = await http(method, target)
    assert reply.status == 404
    assert reply.body in (b'{"message":"API not found"}', b"")
    assert fake.requests[0].endpoint is None


async def test_the_record(fake: FakeWorkato, http: Http) -> None:
    await http("PUT", "/api/recipes/10002?a=1&b%5B%5D=x%20y&b%5B%5D=", {"recipe": {"name": "ä"}}, x_test="1")
    await http("POST", "/api/recipes", b"not json")
    first, second = fake.requests
    assert (first.method, first.path) == ("PUT", "/api/recipes/10002")
    assert first.raw_target == "/api/recipes/10002?a=1&b%5B%5D=x%20y&b%5B%5D="
    assert first.query == [("a", "1"), ("b[]", "x y"), ("b[]", "")]
    assert (first.headers["X-TEST"], first.headers["authorization"]) == ("1", "Bearer any")
    assert first.json == {"recipe": {"name": "ä"}}
    assert (first.endpoint, first.status, first.executed) == ("recipes.update", 200, True)
    assert first.arrived_at == asyncio.get_running_loop().time()
    assert (second.body, second.json, second.status, second.executed) == (b"not json", None, 400, False)


async def test_no_repr_shows_a_token(fake: FakeWorkato) -> None:
    async with Http(fake, token="s3cret") as http:
        await http("POST", "/api/developer_api_clients/401/regenerate")
    shown = f"{fake!r}{fake.requests!r}{fake.state!r}"
    assert "s3cret" not in shown
    assert fake.state.tokens[401] not in shown


async def test_correlation_ids(fake: FakeWorkato, http: Http) -> None:
    own = (await http("GET", "/api/recipes/1")).headers.getall("x-correlation-id")
    both = (await http("GET", "/api/recipes/1", x_correlation_id="mine")).headers.getall("x-correlation-id")
    assert len(own) == 1
    assert len(both) == 2
    assert both[0] == "mine"
    assert len({own[0], both[1]}) == 2


@pytest.mark.parametrize(
    ("delay", "least", "most"),
    [(0.25, 0.25, 0.25), ((1.0, 2.0), 1.0, 2.0), (lambda rng: rng.choice([3.0]), 3.0, 3.0), (None, 0.0, 0.0)],
)
async def test_latency_and_uplink(delay: Delay, least: float, most: float) -> None:
    loop = asyncio.get_running_loop()
    async with FakeWorkato(1, 0, latency=delay) as fake, Http(fake) as http:
        begin = loop.time()
        await http("GET", "/api/recipes")
        assert fake.requests[0].arrived_at == begin
        assert least - 1e-9 <= loop.time() - begin <= most + 1e-9
    async with FakeWorkato(1, 0, uplink=delay) as fake, Http(fake) as http:
        begin = loop.time()
        await http("GET", "/api/recipes")
        assert fake.requests[0].arrived_at == loop.time()
        assert least - 1e-9 <= loop.time() - begin <= most + 1e-9


async def test_jitter_on_the_way_changes_the_order_of_arrival() -> None:
    delays = iter([2.0, 1.0])
    async with FakeWorkato(2, 0, uplink=lambda _: next(delays)) as fake, Http(fake) as http:
        first = asyncio.create_task(http("GET", "/api/recipes/10001"))
        await asyncio.sleep(0.5)
        await http("GET", "/api/recipes/10002")
        await first
    assert [request.path[-1] for request in fake.requests] == ["2", "1"]


async def test_a_request_whose_client_gave_up_was_carried_out() -> None:
    async with FakeWorkato(2, 0, latency=5) as fake, Http(fake) as http:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await http("PUT", "/api/recipes/10002/start")
        await asyncio.sleep(10)
        assert (fake.requests[0].executed, fake.requests[0].status) == (True, 0)
        assert fake.state.recipes[10002]["running"]


async def test_closing_ends_at_once_whatever_is_going_on() -> None:
    loop = asyncio.get_running_loop()
    async with FakeWorkato(2, 0, latency=1_000) as fake, Http(fake) as http:
        fake.fail("recipes.list", Stall())
        waiting = [
            asyncio.create_task(http("GET", target))
            for target in ("/api/recipes", "/api/recipes/10001", "/api/folders")
        ]
        await asyncio.sleep(0.5)
        assert len(fake.requests) == 3
        begin = loop.time()
        await fake.__aexit__()
        assert loop.time() - begin < 1
        responses = await asyncio.gather(*waiting, return_exceptions=True)
        assert all(isinstance(response, aiohttp.ClientError) for response in responses)
    gc.collect()


async def test_it_can_be_started_again_and_several_can_run() -> None:
    fake = FakeWorkato(2, 0)
    fake.state.recipes[10001]["name"] = "before the start"
    with pytest.raises(ConfigurationError, match="async with"):
        _ = fake.url
    for _ in range(2):
        async with fake, FakeWorkato(1, 0) as second, Http(fake) as http, Http(second) as other:
            with pytest.raises(ConfigurationError, match="already running"):
                await fake.__aenter__()
            assert (await http.get("/api/recipes/10001"))["name"] == "before the start"
            assert (await other("GET", "/api/recipes/10002")).status == 404
            await asyncio.sleep(3)
    assert len(fake.requests) == 2
    assert fake._clock.elapsed == 6


async def test_a_port_in_use_is_an_os_error() -> None:
    async with FakeWorkato(1, 0) as fake:
        port = int(fake.url.rpartition(":")[2])
        with pytest.raises(OSError, match="address already in use"):
            await FakeWorkato(1, 0, port=port).__aenter__()


async def test_the_same_seed_gives_the_same_data() -> None:
    def everything(seed: int) -> object:
        state = FakeWorkato(20, 100, seed=seed).state
        jobs = [state.jobs[recipe_id] for recipe_id in state.recipes]
        return state.recipes, jobs, state.project_roles, state.on_prem_agents, state.tokens

    assert everything(1) == everything(1)
    assert everything(1) != everything(2)


def test_delays_are_drawn_from_the_seed() -> None:
    drawn = [[fake._latency() for _ in range(5)] for fake in (FakeWorkato(0, 0, latency=(0, 1)) for _ in range(2))]
    assert drawn[0] == drawn[1]
    assert len(set(drawn[0])) == 5
    assert drawn[0] != [Random("0/uplink").uniform(0, 1) for _ in range(5)]


@pytest.mark.parametrize(
    "arguments",
    [
        {"recipes": -1},
        {"jobs_per_page": 0},
        {"time_scale": 0},
        {"time_scale": float("inf")},
        {"window": "rolling"},
        {"latency": -1},
        {"now": datetime(2026, 1, 15)},
        {"latency": (2, 1)},
        {"uplink": (-1, 1)},
    ],
)
def test_arguments_out_of_range(arguments: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError):
        FakeWorkato(**arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize(("recipes", "jobs"), [(0, 0), (0, 10), (1, 0), (1, 3)])
async def test_small_workspaces(recipes: int, jobs: int) -> None:
    async with FakeWorkato(recipes, jobs, connections=0, lookup_rows=0) as fake, Http(fake) as http:
        assert (await http.get("/api/recipes"))["count"] == recipes
        assert sum(len(fake.state.jobs[recipe_id]) for recipe_id in fake.state.recipes) == (jobs if recipes else 0)
        assert await http.get("/api/connections") == []


async def test_a_client_that_leaves_in_the_middle_of_its_request(
    fake: FakeWorkato, http: Http, caplog: pytest.LogCaptureFixture
) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", int(fake.url.rpartition(":")[2]))
    writer.write(b"POST /api/recipes HTTP/1.1\r\nHost: fake\r\nAuthorization: Bearer any\r\nContent-Length: 9\r\n\r\n{")
    await writer.drain()
    await asyncio.sleep(1)
    writer.close()
    await asyncio.sleep(1)
    assert (await http("GET", "/api/recipes")).status == 200
    assert [request.endpoint for request in fake.requests] == ["recipes.list"]
    assert caplog.records == []


async def test_a_large_body_is_taken(fake: FakeWorkato, http: Http) -> None:
    body = json.dumps({"token": "t", "data": {"text": "x" * 3_000_000}}).encode()
    async with http.client.post(f"{fake.url}/api/job/resume", data=io.BytesIO(body)) as response:
        assert response.status == 204
    assert fake.requests[0].body == body

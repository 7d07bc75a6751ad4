"""Which of a data center's three hosts a call goes to."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver

from workato_async import ENDPOINTS, ConfigurationError, ConnectionFailedError, Pages, RetryPolicy, WorkatoSession
from workato_async.http.hosts import DATA_CENTERS

if TYPE_CHECKING:
    from aiohttp.abc import ResolveResult

ONCE = RetryPolicy(attempts=1)
CALLS: dict[str, list[tuple[str, tuple[Any, ...], dict[str, Any]]]] = {
    "api": [
        ("data_tables.get", ("a-table",), {}),
        ("data_tables.truncate", ("a-table",), {}),
        ("event_topics.list", (), {}),
        ("event_topics.purge", (1,), {}),
    ],
    "data_tables": [
        ("data_table_records.table", ("a-table",), {}),
        ("data_table_records.query", ("a-table",), {}),
        ("data_table_records.create", ("a-table",), {"document": {}}),
        ("data_table_records.update", ("a-table", "a-record"), {"document": {}}),
        ("data_table_records.delete", ("a-table", "a-record"), {}),
        ("data_table_records.file_upload", ("a-table", "a-field"), {}),
        ("data_table_records.file_download", ("a-table", "a-record", "a-field"), {}),
    ],
    "event_streams": [
        ("event_messages.consume", (1,), {}),
        ("event_messages.publish", (1, {}), {}),
        ("event_messages.publish_batch", (1,), {"payloads": [{}]}),
    ],
}


class Nowhere(AbstractResolver):
    """Knows no host, and remembers which were looked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append((host, port))
        raise OSError("nowhere")

    async def close(self) -> None:
        pass


async def make(workato: WorkatoSession, call: tuple[str, tuple[Any, ...], dict[str, Any]]) -> None:
    name, positional, keywords = call
    family, method = name.split(".")
    result = getattr(getattr(workato, family), method)(*positional, **keywords)
    await (result.collect() if isinstance(result, Pages) else result)


def test_all_endpoints_of_the_other_hosts_are_in_the_table() -> None:
    elsewhere = {endpoint.id: endpoint.host for endpoint in ENDPOINTS if endpoint.host != "api"}
    assert elsewhere == {call[0]: host for host, calls in CALLS.items() if host != "api" for call in calls}


@pytest.mark.parametrize("data_center", DATA_CENTERS)
async def test_a_call_goes_to_the_host_that_serves_it(data_center: str) -> None:
    for host, calls in CALLS.items():
        for call in calls:
            resolver = Nowhere()
            async with (
                aiohttp.ClientSession(connector=aiohttp.TCPConnector(resolver=resolver)) as http,
                WorkatoSession("a-token", data_center=data_center, http=http, retry=ONCE) as workato,
            ):
                with pytest.raises(ConnectionFailedError):
                    await make(workato, call)
            assert resolver.asked == [(DATA_CENTERS[data_center][host].removeprefix("https://"), 443)], call  # type: ignore[index]


@pytest.mark.parametrize("host", ["data_tables", "event_streams"])
async def test_a_host_that_cannot_be_told_is_asked_for_and_costs_nothing(host: str) -> None:
    async with WorkatoSession("a-token", base_url="https://workato.example") as workato:
        for call in CALLS[host]:
            with pytest.raises(ConfigurationError, match=f"pass {host}_url to WorkatoSession"):
                await make(workato, call)
        buckets = workato.limiter.snapshot()
    keys = {endpoint.key for endpoint in ENDPOINTS if endpoint.host == host}
    assert {buckets[key].free for key in keys} == {60}
    assert {buckets[key].sent for key in keys} == {0}


async def test_the_other_hosts_can_be_given() -> None:
    for host, calls in CALLS.items():
        resolver = Nowhere()
        async with (
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(resolver=resolver)) as http,
            WorkatoSession(
                "a-token",
                base_url="https://api.example",
                data_tables_url="https://data_tables.example:8443",
                event_streams_url="https://event_streams.example:8443",
                http=http,
                retry=ONCE,
            ) as workato,
        ):
            with pytest.raises(ConnectionFailedError):
                await make(workato, calls[0])
        assert resolver.asked == [(f"{host}.example", 443 if host == "api" else 8443)]

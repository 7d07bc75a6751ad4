"""A bare HTTP client for the fake: no session of ours, so that what is tested is what goes over the wire."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Self

import aiohttp
import attrs

if TYPE_CHECKING:
    from multidict import CIMultiDictProxy

    from workato_async.testing import FakeWorkato


@attrs.frozen
class Reply:
    """What came back."""

    status: int
    body: bytes
    headers: CIMultiDictProxy[str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Http:
    """Sends requests to one fake."""

    def __init__(self, fake: FakeWorkato, token: str = "any") -> None:
        self.fake = fake
        self.url = fake.url
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.client = aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(total=None))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.close()

    async def __call__(self, method: str, target: str, body: object = None, **headers: str) -> Reply:
        """Send a request; ``body`` goes as JSON, bytes as they are."""
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.client.request(method, self.url + target, data=data, headers=named) as response:
            return Reply(response.status, await response.read(), response.headers)

    async def get(self, target: str) -> Any:
        """Return the JSON of a GET that succeeds."""
        reply = await self("GET", target)
        assert reply.status == 200, reply
        return reply.json

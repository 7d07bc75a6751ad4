"""The messages that the pages quote are those that the package has."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest

from tests.support.documents import PAGES, ROOT, blocks, matches
from workato_async import Limiter, QuotaStoreError, WorkatoSession
from workato_async.limits.redis import RedisStore
from workato_async.testing import FakeWorkato, faults

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

PAGE = ROOT / "docs" / "troubleshooting.md"
QUOTED = [block.code for block in blocks(PAGE, "text")]


async def of_another_loop(workato: WorkatoSession) -> None:
    await asyncio.to_thread(asyncio.run, workato.recipes.get(10001))


async def unread(workato: WorkatoSession) -> None:
    len(workato.recipes.list())  # type: ignore[arg-type]


CASES: dict[str, Callable[[WorkatoSession], Awaitable[object]]] = {
    "AuthenticationError": lambda workato: workato.recipes.get(10001),
    "PermissionDeniedError": lambda workato: workato.recipes.get(10001),
    "NotFoundError": lambda workato: workato.recipes.get(404_404),
    "ConfigurationError": of_another_loop,
    "TypeError": unread,
}


@pytest.mark.parametrize("name", CASES)
async def test_errors(name: str) -> None:
    (quoted,) = [one for one in QUOTED if one.startswith(name)]
    async with FakeWorkato(recipes=1) as fake:
        host = fake.url.removeprefix("http://")
        status = {"AuthenticationError": 401, "PermissionDeniedError": 403}.get(name)
        if status:
            fake.fail("recipes.get", faults.Status(status, '{"message": "Unauthorized"}'))
        async with WorkatoSession("token", base_url=fake.url) as workato:
            await workato.recipes.list().first()
            with pytest.raises(Exception) as caught:
                await CASES[name](workato)
    printed = f"{caught.type.__name__}: {caught.value}".replace(f"GET /api/recipes/10001 on {host}: the", "the")
    for shown in ("www.workato.com", "app.eu.workato.com"):
        printed = printed.replace(host, shown) if shown in quoted else printed
    assert matches(f"{quoted.strip()}…", printed), printed


async def test_waiting_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("WARNING", "workato_async")
    async with FakeWorkato(recipes=1) as fake:
        async with WorkatoSession("token", base_url=fake.url, limiter=Limiter()) as workato:
            await asyncio.gather(*(workato.recipes.get(10001) for _ in range(94)))
        async with WorkatoSession("token", base_url=fake.url, limiter=Limiter()) as second:
            await asyncio.gather(*(second.recipes.get(10001) for _ in range(60)))
    waits, limited = caplog.messages[0], next(one for one in caplog.messages if "429" in one)
    for page in (PAGE, PAGE.parent / "guide" / "logging.md"):
        assert f"{waits}\n" in [block.code for block in blocks(page, "text")]
    (quoted,) = [one for one in QUOTED if one.startswith("rate limited (429)")]
    pages = "".join(page.read_text("utf-8") for page in PAGES)
    shown = {*re.findall(r"(rate limited \(429\): pausing .+?)[`\n]", pages)}
    assert quoted.strip() in shown
    assert {re.sub(r"GET \S+|[\d.]+", "0", one) for one in {*shown, limited}} == {
        "rate limited (0): pausing 0 for 0 s; room for 0 of 0 per 0 s"
    }


async def test_a_store_that_is_down() -> None:
    (quoted,) = [one for one in QUOTED if one.startswith("QuotaStoreError")]
    limiter = Limiter(store=RedisStore("redis://127.0.0.1:9/0"))
    with pytest.raises(QuotaStoreError) as caught:
        async with WorkatoSession("token", base_url="http://127.0.0.1:1", limiter=limiter) as workato:
            await workato.recipes.get(10001)
    await limiter.close()
    assert matches(quoted, f"QuotaStoreError: {caught.value}")

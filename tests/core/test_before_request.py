"""BEFORE_REQUEST: awaited between permit and request, in the context of the call."""

from __future__ import annotations

import pytest

from workato_async import Limiter, Quota, QuotaWaitError, WorkatoSession
from workato_async.limits.permit import BEFORE_REQUEST
from workato_async.testing import FakeWorkato

NAME = "recipes.get"
ONE = {NAME: Quota(1, per=60)}


async def test_a_call_that_may_not_be_made_sends_nothing_and_gives_its_permit_back() -> None:
    async def no() -> None:
        raise RuntimeError("not this one")

    async with (
        FakeWorkato(recipes=1) as fake,
        WorkatoSession("token", base_url=fake.url, limiter=Limiter(ONE)) as workato,
    ):
        reset = BEFORE_REQUEST.set(no)
        with pytest.raises(RuntimeError, match="not this one"):
            await workato.recipes.get(10001)
        BEFORE_REQUEST.reset(reset)
        assert fake.requests == []
        assert (await workato.options(max_wait=0).recipes.get(10001)).id == 10001


async def test_it_is_awaited_before_every_request_and_after_the_wait() -> None:
    asked: list[int] = []

    async with FakeWorkato(recipes=1) as fake:

        async def ask() -> None:
            asked.append(len(fake.requests))

        async with WorkatoSession("token", base_url=fake.url, limiter=Limiter(ONE)) as workato:
            await workato.recipes.get(10001)
            reset = BEFORE_REQUEST.set(ask)
            with pytest.raises(QuotaWaitError):
                await workato.options(max_wait=1).recipes.get(10001)
            assert asked == []
            await workato.recipes.get(10001)
            BEFORE_REQUEST.reset(reset)
            assert asked == [1]

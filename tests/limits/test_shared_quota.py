"""Endpoints that share one quota share one bucket, whichever of them is called first."""

from __future__ import annotations

import asyncio
from itertools import permutations

import pytest

from tests.support.virtual_time import run
from workato_async import ENDPOINTS, Limiter, Quota, QuotaWaitError, WorkatoSession
from workato_async.testing import FakeWorkato

IDS = ("event_messages.consume", "event_messages.publish", "event_messages.publish_batch")
KEYS = {endpoint.id: endpoint.key for endpoint in ENDPOINTS if endpoint.id in IDS}
KNOWN = {endpoint.id: endpoint.documented_quota for endpoint in ENDPOINTS}


def learned(limiter: Limiter) -> Limiter:
    limiter.set_documented_quotas(lambda: {e.key: e.documented_quota for e in ENDPOINTS})
    return limiter


@pytest.mark.parametrize("order", list(permutations(IDS)))
@pytest.mark.parametrize("documented", [True, False])
def test_one_bucket_for_all_of_them(order: tuple[str, ...], documented: bool) -> None:
    limiter = learned(Limiter())
    buckets = [limiter.bucket(KEYS[id_], "us", KNOWN[id_] if documented else None) for id_ in order]
    assert len({id(bucket) for bucket in buckets}) == 1
    assert limiter.bucket(KEYS[IDS[0]], "eu", KNOWN[IDS[0]]) is not buckets[0], "another account has its own"
    assert limiter.bucket("GET /api/recipes", "us") is not buckets[0]


def test_others_have_one_each() -> None:
    limiter = learned(Limiter())
    buckets = [limiter.bucket(e.key, "", e.documented_quota) for e in ENDPOINTS]
    shared = {e.shared_quota for e in ENDPOINTS} - {""}
    alone = sum(not e.shared_quota for e in ENDPOINTS)
    assert len({id(bucket) for bucket in buckets}) == alone + len(shared)


def test_a_shared_quota_has_the_name_of_a_family() -> None:
    for endpoint in ENDPOINTS:
        if endpoint.shared_quota:
            assert endpoint.id.startswith(f"{endpoint.shared_quota}.")
            mates = [other for other in ENDPOINTS if other.shared_quota == endpoint.shared_quota]
            assert {mate.quota for mate in mates} == {endpoint.quota}


@pytest.mark.parametrize("name", ["event_messages", *IDS, *KEYS.values()])
@pytest.mark.parametrize("first", IDS)
def test_an_override_of_any_of_them_is_for_all(name: str, first: str) -> None:
    limiter = learned(Limiter({name: Quota(7, per=1)}))
    assert limiter.quota(first) == limiter.quota(KEYS[first]) == Quota(7, per=1)
    assert limiter.bucket(KEYS[first], "", KNOWN[first]).state().quota == Quota(7, per=1)
    assert limiter.quota("recipes.list") == Quota(60, per=60)


def test_the_slowest_override_counts() -> None:
    limiter = learned(Limiter({IDS[0]: Quota(300, per=60), IDS[1]: Quota(90, per=60)}))
    assert {limiter.quota(id_) for id_ in IDS} == {Quota(90, per=60)}
    limiter = learned(Limiter({"event_messages": Quota(300, per=60), KEYS[IDS[2]]: Quota(5, per=60)}))
    assert {limiter.quota(id_) for id_ in IDS} == {Quota(5, per=60)}


def test_what_is_known_of_one_is_known_of_all() -> None:
    async def main() -> None:
        limiter = learned(Limiter())
        consume, publish = (limiter.bucket(KEYS[id_], "", KNOWN[id_]) for id_ in IDS[:2])
        for _ in range(60):
            permit = await consume.acquire()
            permit.responded()
        with pytest.raises(QuotaWaitError, match=r"^event_messages\.\*: no permit"):
            await publish.acquire(max_wait=1)
        assert limiter.eta(IDS[2], 1) == pytest.approx(60, abs=0.1), "although it was never called"
        assert limiter.eta("recipes.list", 1) == 0
        assert limiter.snapshot()[KEYS[IDS[0]]] == limiter.snapshot()[KEYS[IDS[1]]]
        await asyncio.sleep(60)
        (await publish.acquire()).rate_limited(3600)
        assert limiter.eta("event_messages", 1) == pytest.approx(3600, abs=1)
        limiter.resume(IDS[2])
        assert limiter.eta(IDS[0], 1) < 60

    run(main())


def test_the_sweep_never_splits_a_quota() -> None:
    async def main() -> None:
        limiter = learned(Limiter())
        used = limiter.bucket(KEYS[IDS[0]], "", KNOWN[IDS[0]])
        await used.acquire()
        for number in range(1000):
            limiter.bucket(f"GET /api/{number}")
        assert limiter.bucket(KEYS[IDS[1]], "", KNOWN[IDS[1]]) is used

    run(main())


def test_calls_in_turn_keep_the_one_quota() -> None:
    async def main() -> None:
        async with (
            FakeWorkato(recipes=0, jobs=0) as fake,
            WorkatoSession("a-token", base_url=fake.url, event_streams_url=fake.url, limiter=Limiter()) as workato,
        ):
            async with asyncio.TaskGroup() as group:
                for number in range(50):
                    group.create_task(workato.event_messages.publish(7001, {"n": number}))
                    group.create_task(workato.event_messages.publish_batch(7001, payloads=[{"n": number}]))
            assert fake.refused == 0
            assert fake.most_in_window("event_messages.publish") == 60
            assert workato.limiter.snapshot()[KEYS[IDS[1]]].waiters == 0
            assert "2 endpoints in use, 0 waiting" in repr(workato.limiter)

    run(main())

"""Raw requests to paths that this package does not know: one quota for all that begin alike, and not many of them."""

from __future__ import annotations

import gc
import re
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.scripted_server import reply, session_of
from workato_async import EMBEDDED_ENDPOINTS, ENDPOINTS, Endpoint, Limiter, Quota, QuotaWaitError, WorkatoSession
from workato_async.http.urls import build_target
from workato_async.limits.limiter import MOST_PREFIXES
from workato_async.routes import METHODS, find_endpoint

if TYPE_CHECKING:
    from tests.support.scripted_server import ScriptedServer

SLUGS = ("blue-door", "acme", "42", "gin-AbC1-x", "v2", "Acme", "a.b", "x_y", "1f8e7a10-3a5f-4b52-8f9a-7d8f0f3f8a11")
KNOWN = (*ENDPOINTS, *EMBEDDED_ENDPOINTS)
segments = st.from_regex(r"[A-Za-z0-9._~!$&'()*+,;=:@-]{1,12}", fullmatch=True).filter(lambda text: text.strip("."))
words = st.from_regex(r"[a-z][a-z0-9_]{0,11}", fullmatch=True)


def bucket_of(limiter: Limiter, method: str, path: str) -> Any:
    endpoint, arguments = find_endpoint(method, path)
    assert build_target(endpoint.path, arguments) == path
    return limiter.bucket(endpoint.key, "", endpoint.documented_quota)


def a_limiter(quotas: dict[str, Quota] | None = None) -> Limiter:
    limiter = Limiter(quotas or {})
    WorkatoSession("a-token", limiter=limiter)
    return limiter


@pytest.mark.parametrize(
    "template",
    [
        "/api/widgets/{}",
        "/api/widgets/{}/parts",
        "/api/widgets/{}/parts/{}",
        "/api/v2/widgets/{}/parts",
        "/api/v7/widgets/{}/parts",
        "/api/agentic/widgets/{}",
        "/api/recipes/{}/widgets",
        "/api/recipes/7/widgets/{}",
        "/api/managed_users/{}/widgets",
        "/api/managed_users/{}/widgets/{}/parts",
        "/api/v2/managed_users/{}/widgets/{}",
        "/widgets/{}",
    ],
)
def test_no_bucket_for_every_slug(template: str) -> None:
    limiter = a_limiter()
    count = template.count("{}")
    buckets = {
        id(bucket_of(limiter, "GET", template.format(*(SLUGS[(n + k) % len(SLUGS)] for k in range(count)))))
        for n in range(len(SLUGS))
    }
    assert len(buckets) == len(limiter.snapshot()) == 1


def test_other_families_and_methods_have_their_own() -> None:
    limiter = a_limiter()
    paths = ("/api/widgets/acme", "/api/gadgets/acme", "/api/v2/widgets/acme", "/api/managed_users/7/widgets/acme")
    buckets = {id(bucket_of(limiter, method, path)) for path in paths for method in METHODS}
    assert len(buckets) == len(paths) * len(METHODS)
    known = {id(bucket_of(limiter, "GET", path)) for path in ("/api/recipes", "/api/recipes/7", "/api/recipes/7/jobs")}
    assert len(known) == 3
    assert not known & buckets
    assert "GET /api/widgets/*" in limiter.snapshot()


@given(st.lists(segments, min_size=1, max_size=4), st.lists(segments, min_size=1, max_size=4), words)
def test_what_follows_the_name_of_a_family_makes_no_difference(one: list[str], two: list[str], word: str) -> None:
    paths = ["/".join(["/api/zz_" + word, *rest]) for rest in (one, two)]
    limiter = a_limiter()
    assert bucket_of(limiter, "GET", paths[0]) is bucket_of(limiter, "GET", paths[1])


@given(st.sampled_from(KNOWN), st.data())
def test_two_objects_of_a_known_endpoint_never_have_two_buckets(endpoint: Endpoint[Any], data: st.DataObject) -> None:
    """With another method, and with more behind it, too; whatever the ids are."""
    limiter = a_limiter()
    places = len(re.findall(r"\{\w+\}", endpoint.path))
    ids = st.lists(st.from_regex(r"[A-Z0-9][A-Za-z0-9_-]{0,9}", fullmatch=True), min_size=places, max_size=places)
    one, two = (build_target(endpoint.path, tuple(data.draw(ids))) for _ in range(2))
    method = data.draw(st.sampled_from(METHODS))
    assert bucket_of(limiter, method, one) is bucket_of(limiter, method, two)
    more = [f"{path}/{data.draw(segments)}/{data.draw(segments)}" for path in (one, two)]
    if not any(find_endpoint(method, path)[0] in KNOWN for path in more):
        assert bucket_of(limiter, method, more[0]) is bucket_of(limiter, method, more[1])
    assert limiter.quota(endpoint.key) == endpoint.quota


@given(st.lists(st.tuples(st.sampled_from(METHODS), st.lists(segments, min_size=1, max_size=6)), max_size=60))
def test_the_same_request_always_has_the_same_bucket(requests: list[tuple[str, list[str]]]) -> None:
    limiter = a_limiter()
    paths = [(method, "/" + "/".join(rest)) for method, rest in requests]
    first = [id(bucket_of(limiter, *path)) for path in paths]
    assert [id(bucket_of(limiter, *path)) for path in paths] == first
    assert [id(bucket_of(limiter, *path)) for path in reversed(paths)] == first[::-1]


async def test_any_number_of_paths_have_few_buckets_and_little_memory() -> None:
    limiter = a_limiter()

    async def call(number: int) -> None:
        for path in (f"/api/f{number}", f"/api/widgets/slug{number}/parts", f"/api/f{number}/x{number}"):
            bucket = bucket_of(limiter, "GET", path)
            if number < 30:
                await bucket.acquire()  # so that it is not idle

    for number in range(9_000):  # three paths each; the caches are full long before
        await call(number)
    gc.collect()
    tracemalloc.start()
    for number in range(9_000, 12_000):
        await call(number)
    gc.collect()
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(limiter.snapshot()) <= MOST_PREFIXES + 1
    assert grown < 9_000 * 150, "what the caches hold is replaced, so it is counted once"


async def test_beyond_the_bound_one_bucket_is_shared_and_stays() -> None:
    limiter = a_limiter()
    first = [id(bucket_of(limiter, "GET", f"/api/f{number}/x")) for number in range(MOST_PREFIXES)]
    assert len(set(first)) == MOST_PREFIXES
    rest = {id(bucket_of(limiter, "GET", f"/api/g{number}/x")) for number in range(300)}
    assert rest == {id(bucket_of(limiter, "GET", "/nowhere/x"))}
    assert id(bucket_of(limiter, "POST", "/api/g1/x")) not in rest, "of each method"
    assert [id(bucket_of(limiter, "GET", f"/api/f{number}/x")) for number in range(MOST_PREFIXES)] == first
    assert bucket_of(limiter, "GET", "/api/recipes/7").state().quota == Quota(60, per=60), "known ones are not affected"


async def test_the_quota_is_kept_whatever_the_slugs(server: ScriptedServer) -> None:
    server.otherwise = lambda _: reply(200, {})
    async with session_of(server.url, limiter=Limiter(max_wait=1)) as workato:
        for number in range(60):
            await workato.request("GET", f"/api/widgets/{SLUGS[number % len(SLUGS)]}{number}/parts")
        with pytest.raises(QuotaWaitError, match=r"^GET /api/widgets/acme"):
            await workato.request("GET", "/api/widgets/acme/parts")
        await workato.request("GET", "/api/gadgets/acme/parts")
        for name in ("GET /api/widgets/*", "GET /api/widgets/{id}/parts", "GET /api/widgets/acme"):
            assert workato.limiter.eta(name, 1) > 50, name
        assert workato.limiter.eta("GET /api/gizmos/{id}", 1) == 0
        assert workato.limiter.eta("POST /api/widgets/{id}", 1) == 0
    assert len(server.seen) == 61


def test_a_path_for_which_a_quota_was_given_has_its_own_bucket() -> None:
    limiter = a_limiter(
        {"GET /api/widgets/{widget_id}/parts": Quota(300, per=60), "GET /api/gadgets/*": Quota(9, per=1)}
    )
    parts = [bucket_of(limiter, "GET", f"/api/widgets/{slug}/parts") for slug in SLUGS]
    assert len({id(bucket) for bucket in parts}) == 1
    assert parts[0].state().quota == Quota(300, per=60)
    assert bucket_of(limiter, "GET", "/api/widgets/42") is not parts[0]
    assert bucket_of(limiter, "GET", "/api/gadgets/acme/x").state().quota == Quota(9, per=1)


def test_a_path_of_an_endpoint_of_ones_own_is_counted_as_that() -> None:
    limiter = a_limiter()
    own: Endpoint[Any] = Endpoint("widgets.get", "GET", "/api/widgets/{widget_id}", quota=Quota(5, per=1))
    bucket = limiter.bucket(own.key, "", own.documented_quota)
    assert all(bucket_of(limiter, "GET", f"/api/widgets/{slug}") is bucket for slug in SLUGS)
    assert bucket_of(limiter, "GET", "/api/widgets") is not bucket
    endpoint, _ = find_endpoint("GET", "/api/widgets/acme")
    elsewhere = limiter.bucket(endpoint.key, "another account", endpoint.documented_quota)
    assert elsewhere.state().quota == Quota(60, per=60), "nothing is known there"
    assert bucket_of(limiter, "GET", "/api/widgets/acme/parts") is not bucket
    same: Endpoint[Any] = Endpoint("widgets.get", "GET", "/api/widgets/{number}", quota=Quota(5, per=1))
    assert limiter.bucket(same.key, "", same.documented_quota) is bucket, "however its placeholder is called"


def test_an_idle_limiter_forgets_spellings_with_their_buckets() -> None:
    limiter = a_limiter()
    for number in range(5_000):
        limiter.bucket(f"GET /api/a{number}/{{x}}", "")
    assert len(limiter.snapshot()) < 600
    assert len(limiter._spelling) < 600

"""Which endpoint a raw path belongs to: quotas are counted by template, never by id."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workato_async import ENDPOINTS, ConfigurationError
from workato_async.http.urls import build_target
from workato_async.routes import METHODS, find_endpoint


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.id)
def test_every_endpoint_is_found_again_by_its_path(endpoint: Any) -> None:
    names = re.findall(r"\{\w+\}", endpoint.path)
    path = build_target(endpoint.path, tuple(1000 + n for n in range(len(names))))
    found, arguments = find_endpoint(endpoint.method, path)
    assert found is endpoint
    assert arguments == tuple(str(1000 + n) for n in range(len(names)))


@given(
    st.sampled_from(ENDPOINTS), st.lists(st.from_regex(r"[A-Za-z0-9_-]{1,12}", fullmatch=True), min_size=5, max_size=5)
)
def test_whatever_the_ids_target_and_method_stay_what_was_asked_for(endpoint: Any, ids: list[str]) -> None:
    names = re.findall(r"\{\w+\}", endpoint.path)
    path = build_target(endpoint.path, tuple(ids[: len(names)]))
    found, arguments = find_endpoint(endpoint.method, path)
    assert found.method == endpoint.method
    assert build_target(found.path, arguments) == path


def test_a_word_goes_before_a_placeholder() -> None:
    assert find_endpoint("GET", "/api/recipes/job_counts")[0].id == "recipes.job_counts"
    assert find_endpoint("GET", "/api/recipes/12")[0].id == "recipes.get"


@pytest.mark.parametrize(
    ("path", "key", "arguments"),
    [
        ("/api/some/new/endpoint", "GET /api/some/new/endpoint", ()),
        ("/api/genies/12", "GET /api/genies/{id}", ("12",)),
        ("/api/genies/gin-AbC1-x/skills/skl-9", "GET /api/genies/{id}/skills/{id}", ("gin-AbC1-x", "skl-9")),
        (
            "/api/data_tables/6b4b1a6e-3a5f-4b52-8f9a-7d8f0f3f8a11/records",
            "GET /api/data_tables/{id}/records",
            ("6b4b1a6e-3a5f-4b52-8f9a-7d8f0f3f8a11",),
        ),
        ("/api/v2/portals", "GET /api/v2/portals", ()),
    ],
)
def test_an_unknown_path_has_a_template_of_its_own(path: str, key: str, arguments: tuple[str, ...]) -> None:
    endpoint, found = find_endpoint("GET", path)
    assert (endpoint.key, found) == (key, arguments)
    assert build_target(endpoint.path, found) == path
    assert endpoint.quota.requests == 60
    assert find_endpoint("GET", path)[0] is endpoint


def test_two_ids_of_an_unknown_path_share_one_key() -> None:
    keys = {find_endpoint("GET", f"/api/genies/{id_}")[0].key for id_ in ("1", "22", "gin-AbC1", "gin-x9Y")}
    assert len(keys) == 1


@pytest.mark.parametrize("method", METHODS)
def test_only_reads_of_unknown_paths_may_be_retried(method: str) -> None:
    assert find_endpoint(method, "/api/some/new")[0].idempotent is (method == "GET")
    assert find_endpoint(method, "/api/some/new", idempotent=True)[0].idempotent
    assert not find_endpoint(method, "/api/some/new", idempotent=False)[0].idempotent


def test_another_word_on_idempotence_keeps_the_key() -> None:
    for path, method in (("/api/recipes/1/start", "PUT"), ("/api/recipes/1/copy", "POST")):
        known, _ = find_endpoint(method, path)
        other, arguments = find_endpoint(method, path, idempotent=not known.idempotent)
        assert other.key == known.key
        assert other.idempotent is not known.idempotent
        assert arguments == ("1",)


def test_another_word_on_idempotence_keeps_everything_else() -> None:
    for known in ENDPOINTS:
        path = build_target(known.path, (1,) * known.path.count("{"))
        other, _ = find_endpoint(known.method, path, idempotent=not known.idempotent)
        assert (other.retry_429, other.privilege) == (known.retry_429, known.privilege), known.id


@pytest.mark.parametrize("method", ["get", "", "HEAD", "OPTIONS", "TRACE", "CONNECT", "GET ", "GET\r\n", None, 5])
def test_other_methods_are_invalid(method: Any) -> None:
    with pytest.raises(ConfigurationError):
        find_endpoint(method, "/api/recipes")


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "api/recipes",
        "//evil.example/api",
        "/api//recipes",
        "/api/recipes/",
        "/api/../x",
        "/api/./x",
        "/api/..",
        "/api/recipes?x=1",
        "/api/recipes#x",
        "/api/%2e%2e/x",
        "/api/a b",
        "/api/a\r\nb",
        "/api/recipes\n",
        "/api/\x00",
        "https://evil.example/api",
        "/api/é",
        "/api/{id}",
        "/api\\x",
        None,
        5,
        b"/api",
    ],
    ids=ascii,
)
def test_paths_that_cannot_be_meant_are_invalid(path: Any) -> None:
    with pytest.raises(ConfigurationError):
        find_endpoint("GET", path)


@given(path=st.text(alphabet="/.%?#\\abc{}1-_:@;= \r\n", max_size=30))
def test_no_path_leads_anywhere_else(path: str) -> None:
    try:
        endpoint, arguments = find_endpoint("GET", "/api/" + path)
    except ConfigurationError:
        return
    assert build_target(endpoint.path, arguments) == "/api/" + path

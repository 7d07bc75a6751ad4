"""The table of the Embedded API: which endpoint has a counterpart, under which path, with which quota."""

from __future__ import annotations

import re
from typing import Any

import pytest

from workato_async import EMBEDDED_ENDPOINTS, ENDPOINTS, ConfigurationError, Endpoint, Quota
from workato_async.embedded import MIRRORS, NOT_MIRRORED, mirrored
from workato_async.limits.keys import canonical

BY_ID = {endpoint.id: endpoint for endpoint in (*ENDPOINTS, *EMBEDDED_ENDPOINTS)}
FAST, STANDARD, ONE = Quota(1000, per=60), Quota(60, per=60), Quota(1, per=1)
CUSTOMER = "/api/managed_users/{managed_user_id}"
V2 = "/api/v2/managed_users/{managed_user_id}"

EXPECTED: dict[str, tuple[str, Quota]] = {
    "connections.list": (f"{CUSTOMER}/connections", FAST),
    "connections.create": (f"{CUSTOMER}/connections", STANDARD),
    "connections.delete": (CUSTOMER + "/connections/{connection_id}", STANDARD),
    "connectors.list": (f"{CUSTOMER}/integrations/all", FAST),
    "jobs.list": (CUSTOMER + "/recipes/{recipe_id}/jobs", FAST),
    "jobs.get": (CUSTOMER + "/recipes/{recipe_id}/jobs/{job_id}", FAST),
    "jobs.repeat": (CUSTOMER + "/recipes/{recipe_id}/repeat_jobs", ONE),
    "projects.list": (f"{CUSTOMER}/projects", FAST),
    "projects.build": (CUSTOMER + "/projects/{id}/build", STANDARD),
    "project_builds.deploy": (CUSTOMER + "/project_builds/{id}/deploy", STANDARD),
    "deployments.get": (CUSTOMER + "/deployments/{id}", STANDARD),
    "api_collections.list": (f"{CUSTOMER}/api_collections", FAST),
    "api_endpoints.enable": (CUSTOMER + "/api_endpoints/{api_endpoint_id}/enable", FAST),
    "api_clients.list": (f"{V2}/api_clients", FAST),
    "api_clients_v1.list": (f"{CUSTOMER}/api_clients", FAST),
    "api_access_profiles.list": (f"{CUSTOMER}/api_access_profiles", FAST),
    "api_portals.list": (f"{V2}/api_portals", STANDARD),
    "cert_bundles.list": (f"{CUSTOMER}/cert_bundles", STANDARD),
    "developer_api_clients.list": (f"{V2}/developer_api_clients", FAST),
    "developer_api_clients.get": (V2 + "/developer_api_clients/{id}", STANDARD),
    "developer_api_client_roles.list": (f"{V2}/developer_api_client_roles", FAST),
    "developer_api_client_roles.copy": (V2 + "/developer_api_client_roles/{id}/copy", STANDARD),
    "genies.list": (f"{CUSTOMER}/agentic/genies", FAST),
    "genies.create": (f"{CUSTOMER}/agentic/genies", STANDARD),
    "knowledge_bases.get": (CUSTOMER + "/agentic/knowledge_bases/{id}", FAST),
    "data_tables.list": (f"{V2}/data_tables", STANDARD),
    "user_groups.project_grants": (CUSTOMER + "/user_groups/{id}/project_grants", STANDARD),
    "recipes.list": (f"{CUSTOMER}/recipes", STANDARD),
    "recipes.start": (CUSTOMER + "/recipes/{id}/start", STANDARD),
    "folders.list": (f"{CUSTOMER}/folders", STANDARD),
    "roles.list": (f"{CUSTOMER}/roles", STANDARD),
    "tags.list": (f"{CUSTOMER}/tags", STANDARD),
    "activity_logs.list": (f"{CUSTOMER}/activity_logs", STANDARD),
    "on_prem_groups.list": (f"{CUSTOMER}/on_prem_groups", STANDARD),
    "on_prem_agents.list": (f"{CUSTOMER}/on_prem_agents", STANDARD),
    "lookup_tables.list": (f"{CUSTOMER}/lookup_tables", STANDARD),
    "properties.list": (f"{CUSTOMER}/properties", STANDARD),
    "packages.get": (CUSTOMER + "/packages/{id}", STANDARD),
    "mcp_servers.list": (f"{CUSTOMER}/mcp_servers", STANDARD),
    "iam.users.list": (f"{CUSTOMER}/iam/users", STANDARD),
    "test_cases.run": (f"{CUSTOMER}/test_cases/run_requests", STANDARD),
}

OWN: dict[str, Quota] = {
    "GET /api/managed_users": STANDARD,
    "GET /api/managed_users/{}": STANDARD,
    "PUT /api/managed_users/{}": STANDARD,
    "DELETE /api/managed_users/{}": STANDARD,
    "POST /api/managed_users": FAST,
    "GET /api/managed_users/{}/members": STANDARD,
    "POST /api/managed_users/{}/members": STANDARD,
    "GET /api/managed_users/{}/members/{}": STANDARD,
    "PUT /api/managed_users/{}/members/{}": STANDARD,
    "GET /api/managed_users/{}/members/{}/privileges": STANDARD,
    "DELETE /api/managed_users/{}/members/{}": FAST,
    "POST /api/managed_users/{}/environments": FAST,
    "GET /api/managed_users/usage": FAST,
    "POST /api/v2/managed_users/statistics/usage": FAST,
    "POST /api/v2/managed_users/statistics/connection_usage": FAST,
    "GET /api/managed_users/{}/connections/{}/input_schema": STANDARD,
    "GET /api/v2/managed_users/{}/connectors/{}/input_schema": FAST,
    "POST /api/managed_users/{}/connections/{}/pick_list": STANDARD,
    "POST /api/managed_users/{}/imports": STANDARD,
    "GET /api/managed_users/{}/imports/{}": STANDARD,
    "POST /api/managed_users/{}/exports/{}": STANDARD,
    "GET /api/managed_users/{}/exports/{}": STANDARD,
    "POST /api/managed_users/{}/member_invitations": STANDARD,
}


@pytest.mark.parametrize("id_", EXPECTED)
def test_the_documented_path_and_quota(id_: str) -> None:
    endpoint = BY_ID[f"embedded.{id_}"]
    assert (endpoint.path, endpoint.quota) == EXPECTED[id_]


def test_the_endpoints_about_customers() -> None:
    assert {canonical(e.key): e.quota for e in ENDPOINTS if e.id.startswith("customers.")} == OWN


def test_every_endpoint_has_a_counterpart_or_is_known_to_have_none() -> None:
    undecided = []
    for endpoint in ENDPOINTS:
        family = endpoint.id.partition(".")[0]
        if family not in MIRRORS and endpoint.id not in MIRRORS and family not in NOT_MIRRORED:
            undecided.append(endpoint.id)
    assert not undecided, f"{undecided}: name the family in MIRRORS or NOT_MIRRORED of workato_async/embedded.py"
    families = {part for e in ENDPOINTS for part in (e.id.partition(".")[0], e.id)} | {"insights"}
    assert {*MIRRORS, *NOT_MIRRORED} <= families


def test_no_two_endpoints_are_the_same_one() -> None:
    both = (*ENDPOINTS, *EMBEDDED_ENDPOINTS)
    assert len({canonical(endpoint.key) for endpoint in both}) == len(both)
    assert len({endpoint.id for endpoint in both}) == len(both)


@pytest.mark.parametrize("endpoint", EMBEDDED_ENDPOINTS, ids=lambda e: e.id)
def test_all_but_path_and_quota_is_that_of_the_developer_api(endpoint: Endpoint[Any]) -> None:
    original = BY_ID[endpoint.id.removeprefix("embedded.")]
    assert mirrored(original) is endpoint
    for name in ("method", "result", "idempotent", "wrapper", "single", "listing", "retry_429", "privilege", "host"):
        assert getattr(endpoint, name) == getattr(original, name), name
    assert re.findall(r"\{\w+\}", endpoint.path) == ["{managed_user_id}", *re.findall(r"\{\w+\}", original.path)]
    assert endpoint.path.endswith(original.path.rpartition("/")[2])


@pytest.mark.parametrize("id_", ["members.list", "members.delete", "members.invite", "connections.pick_list"])
def test_a_counterpart_that_is_an_endpoint_about_customers_is_counted_as_that(id_: str) -> None:
    counterpart = mirrored(BY_ID[id_])
    own = BY_ID[counterpart.id]
    assert (canonical(own.key), own.quota) == (canonical(counterpart.key), counterpart.quota)


@pytest.mark.parametrize("family", NOT_MIRRORED)
def test_what_has_no_counterpart_is_an_error_that_says_so(family: str) -> None:
    for endpoint in ENDPOINTS:
        if endpoint.id.partition(".")[0] == family and endpoint.id not in MIRRORS:
            with pytest.raises(ConfigurationError, match="the Embedded API has no such endpoint") as error:
                mirrored(endpoint)
            assert endpoint.key in str(error.value)
            assert error.value.advice.endswith(".")


def test_an_endpoint_of_ones_own_follows_the_same_rule() -> None:
    widget: Endpoint[Any] = Endpoint("widgets.get", "GET", "/api/v3/widgets/{id}", quota=Quota(7, per=1))
    there = mirrored(widget)
    assert (there.id, there.path, there.quota) == (
        "embedded.widgets.get",
        "/api/v3/managed_users/{managed_user_id}/widgets/{id}",
        Quota(7, per=1),
    )


@pytest.mark.parametrize("name", ["tables", "schema", "query"])
def test_insights_are_of_version_2(name: str) -> None:
    there = mirrored(Endpoint[Any](f"insights.{name}", "POST", f"/api/insights/v1/{name}"))
    assert (there.path, there.quota) == (f"{V2}/insights/{name}", STANDARD)


@pytest.mark.parametrize("path", ["/widgets", "/api", "/apis/widgets", "/api/managed_users/{id}/widgets"])
def test_other_paths_are_none_of_a_customer(path: str) -> None:
    with pytest.raises(ConfigurationError, match="begins with /api and does not name the customer"):
        mirrored(Endpoint("widgets.get", "GET", path))


def test_other_hosts_have_no_customers() -> None:
    with pytest.raises(ConfigurationError):
        mirrored(Endpoint("widgets.get", "GET", "/api/widgets", host="data_tables"))

"""Every endpoint responds in the shape of the documented sample, and the package's models read it whole."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.facts import BY_ID, CHECKED, FACTS
from workato_async.converter import decode, decode_page
from workato_async.resources import ENDPOINTS

if TYPE_CHECKING:
    from tests.support.bare_http_client import Http
    from workato_async.testing import FakeWorkato

SAMPLES = Path(__file__).parents[1] / "samples"

OPTIONAL = {
    "tags",
    "last_job_started_at",
    "error_parts",
    "error",
    "email",
    "email_confirmed_at",
    "activity",
    "environment",
    "project_id",
    "provider",
}
"""Keys that only some objects of the samples have."""

SAMPLED = [BY_ID[id_] for id_ in CHECKED if FACTS[id_]["in_seeds"]]
"""The others are called in ``tests/contract``."""

BODIES: dict[str, Any] = {
    "recipes.create": {"recipe": {"code": "{}", "folder_id": "2001", "config": "[]"}},
    "recipes.update": {"recipe": {"name": "new"}},
    "recipes.copy": {"folder_id": "2001"},
    "recipes.connect": {"adapter_name": "salesforce", "connection_id": 5001},
    "recipes.versions.update": {"comment": "new"},
    "jobs.resume": {"token": "t"},
    "connections.create": {"name": "c", "provider": "jira", "folder_id": "2001"},
    "folders.create": {"name": "f", "parent_id": "2001"},
    "lookup_tables.rows.create": {"data": {"Code": "A"}},
    "lookup_tables.rows.update": {"data": {"Code": "B"}},
    "developer_api_clients.create": {
        "name": "n",
        "api_privilege_group_id": 1,
        "all_folders": False,
        "folder_ids": [2001],
        "environment": "DEV",
        "ip_allow_list": "192.0.2.0/24",
    },
    "on_prem_groups.create": {"name": "g", "settings_attributes": {"whitelisted_ips": ["192.0.2.1"]}},
    "on_prem_groups.update": {"name": "g"},
    "on_prem_agents.create": {"name": "a", "on_prem_group_id": 16801},
    "on_prem_agents.update": {"name": "a"},
}
STOPPED, RUNNING = 10002, 10001
NEEDS_STOPPED = {"recipes.update", "recipes.delete", "recipes.connect"}


def arguments(endpoint_id: str, path: str, fake: FakeWorkato) -> str:
    """Fill a path in with ids that the fake has."""
    recipe = STOPPED if endpoint_id in NEEDS_STOPPED else RUNNING
    values = {
        "recipe_id": recipe,
        "job_id": next(iter(fake.state.jobs[RUNNING])),
        "connection_id": 5001,
        "lookup_table_id": 6001,
        "row_id": 60001,
    }
    own = {
        "recipes.versions": recipe * 1000 + 3,
        "recipes": recipe,
        "projects": 301,
        "developer_api_clients": 401,
        "on_prem_groups": 16801,
        "on_prem_agents": 12201,
    }
    values["id"] = own.get(endpoint_id.rpartition(".")[0], 0)
    return path.format(**values) + ("?environment_type=test" if endpoint_id == "projects.deploy" else "")


async def call(endpoint: Any, fake: FakeWorkato, http: Http) -> bytes:
    """Call an endpoint so that it succeeds; give the body."""
    if endpoint.id == "connections.delete":
        fake.state.connections[5001]["authorization_status"] = None
    if endpoint.id in ("connections.delete", "connections.disconnect"):
        for recipe in fake.state.recipes.values():
            recipe["running"] = False
    if endpoint.id == "recipes.health.get":
        fake.state.recipes[RUNNING]["description"] = None  # the one violation there is
        fake.state.scan_health(RUNNING)
        await asyncio.sleep(2)
    body = BODIES.get(endpoint.id)
    if endpoint.id in ("jobs.repeat", "jobs.cancel"):
        body = {"job_ids": list(fake.state.jobs[RUNNING])[:1]}
    reply = await http(endpoint.method, arguments(endpoint.id, endpoint.path, fake), body)
    assert 200 <= reply.status < 300, (endpoint.id, reply)
    return reply.body


def differences(sample: Any, actual: Any, where: str = "$") -> list[str]:
    """Return where a response has other keys or other kinds of values than a sample; null may be anything."""
    if sample is None or actual is None:
        return []
    if isinstance(sample, dict) and isinstance(actual, dict):
        if where.endswith((".data", ".input", ".output", ".parameters", ".privileges", ".details")):
            return []  # keys are data there
        found = [f"{where}.{key}" for key in (sample.keys() ^ actual.keys()) - OPTIONAL]
        shared = sample.keys() & actual.keys()
        return found + [line for key in shared for line in differences(sample[key], actual[key], f"{where}.{key}")]
    if isinstance(sample, list) and isinstance(actual, list):
        return differences(max(sample, key=_size), actual[0], f"{where}[0]") if sample and actual else []
    kinds = (int | float, str, bool)
    same = any(isinstance(sample, kind) and isinstance(actual, kind) for kind in kinds)
    return [] if same and isinstance(sample, bool) == isinstance(actual, bool) else [f"{where}: {sample!r} {actual!r}"]


def _size(value: Any) -> int:
    return len(value) if isinstance(value, dict) else 0


@pytest.mark.parametrize("endpoint", SAMPLED, ids=lambda endpoint: endpoint.id)
async def test_the_response_is_read_whole_by_the_model(endpoint: Any, fake: FakeWorkato, http: Http) -> None:
    body = await call(endpoint, fake, http)
    assert fake.requests[-1].endpoint == endpoint.id
    assert fake.requests[-1].executed
    if endpoint.listing:
        items = decode_page(endpoint, body, endpoint.listing).items
        assert items
    else:
        items = [decode(endpoint, body)] if endpoint.result else []
    for item in items:
        unknown = set(getattr(item, "extra", ()))
        assert unknown <= {"success", "summary"}, (endpoint.id, unknown)


@pytest.mark.parametrize(
    "endpoint",
    [endpoint for endpoint in ENDPOINTS if (SAMPLES / f"{endpoint.id}.json").exists()],
    ids=lambda endpoint: endpoint.id,
)
async def test_the_response_has_the_shape_of_the_sample(endpoint: Any, fake: FakeWorkato, http: Http) -> None:
    sample = json.loads((SAMPLES / f"{endpoint.id}.json").read_bytes())
    assert differences(sample, json.loads(await call(endpoint, fake, http))) == []

"""The sample replies of the documents, and the liberties that live replies take with them."""

from __future__ import annotations

import json
import pickle
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from tests.facts import FACTS
from workato_async.base_model import Model, unwrap
from workato_async.converter import decode, decode_page
from workato_async.endpoint import PAGE_NUMBER
from workato_async.errors import InvalidResponseError, OperationRefusedError
from workato_async.http import responses
from workato_async.http.messages import Response
from workato_async.resources import ENDPOINTS
from workato_async.resources.recipes.models import RecipeHealth

if TYPE_CHECKING:
    from workato_async.endpoint import AnyEndpoint

SAMPLES = Path(__file__).parents[1] / "samples"
BY_ID = {endpoint.id: endpoint for endpoint in ENDPOINTS}
SAMPLED = sorted(path.stem for path in SAMPLES.glob("*.json"))
LISTS = [id_ for id_ in SAMPLED if BY_ID[id_].listing]
OBJECTS = [id_ for id_ in SAMPLED if not BY_ID[id_].listing and BY_ID[id_].result]
CONFIRMATIONS = [id_ for id_ in SAMPLED if not BY_ID[id_].result]

WITHOUT_A_FIELD: dict[str, set[str]] = {
    "recipes.create": {"success"},  # always true: anything else is raised
    "recipes.copy": {"success"},
    "jobs.repeat": {"summary"},  # counted again over all requests, by RepeatReport
    "activity_logs.list": {"resource"},  # the fields that only some types of resource have
}
"""Keys of samples that are only to be found in ``extra``, and why."""

MINIMUM: dict[str, dict[str, Any]] = {
    "recipes.copy": {"new_flow_id": 1},
    "recipes.poll_now": {},
    "recipes.health.get": {},
    "recipes.health.analyze": {"status": "enqueued"},
    "jobs.repeat": {"results": []},
    "developer_api_clients.regenerate": {"token": {}},
    "on_prem_groups.status": {"agent_count": 0, "active_agent_count": 0},
    "on_prem_agents.status": {"active": False},
    "on_prem_agents.activation_code": {"code": "secret"},
}
"""What a response must at least have, where that is not the ``id`` alone."""


def sample(id_: str) -> bytes:
    return (SAMPLES / f"{id_}.json").read_bytes()


def items(id_: str, body: bytes | None = None) -> list[Any]:
    endpoint = BY_ID[id_]
    assert endpoint.listing
    return decode_page(endpoint, sample(id_) if body is None else body, endpoint.listing).items


def one(id_: str, body: bytes | None = None) -> Any:
    return decode(BY_ID[id_], sample(id_) if body is None else body)


def wrapped(endpoint: AnyEndpoint, tree: Any) -> bytes:
    """Return the response around one object, as the endpoint sends it."""
    tree = [tree] if endpoint.listing or endpoint.single else tree
    for key in reversed(endpoint.wrapper.split(".") if endpoint.wrapper else []):
        tree = {key: tree}
    return json.dumps(tree).encode()


def decoded(endpoint: AnyEndpoint, body: bytes) -> list[tuple[Any, dict[str, Any]]]:
    """Return the models of a response, each with the JSON object it was made from."""
    tree = unwrap(json.loads(body), endpoint.wrapper)
    if endpoint.listing:
        return list(zip(items(endpoint.id, body), tree, strict=True))
    return [(one(endpoint.id, body), tree[0] if endpoint.single else tree)]


def assert_kept(value: Any, tree: Any, extra: Any, path: str) -> None:
    """Assert that every key of a JSON tree is in a field, with the right value, or in ``extra``."""
    if attrs.has(type(value)):
        names = {field.name for field in attrs.fields(type(value))}
        for key, part in tree.items():
            where = f"{path}.{key}"
            if key in names:
                if part is not None and (key.endswith("_at") or key == "timestamp"):
                    assert isinstance(getattr(value, key), datetime), where
                assert_kept(getattr(value, key), part, (extra or {}).get(key), where)
            else:
                assert (extra or {}).get(key, KeyError) == part, where
        assert set(extra or {}) <= set(tree), path
    elif isinstance(value, list | tuple):
        assert len(value) == len(tree), path
        for index, (item, part) in enumerate(zip(value, tree, strict=True)):
            assert_kept(item, part, extra[index] if extra else None, f"{path}[{index}]")
    elif isinstance(value, dict):
        assert value.keys() == tree.keys(), path
        for key, part in value.items():
            assert_kept(part, tree[key], None, f"{path}.{key}")
    elif isinstance(value, datetime):
        assert value.tzinfo is not None, path
        assert value == datetime.fromisoformat(tree), path
    else:
        assert value == tree, path
        assert type(value) is type(tree) or (type(value), type(tree)) == (float, int), path


def test_every_endpoint_has_a_sample_unless_none_is_documented() -> None:
    unsampled = {id_ for id_, fact in FACTS.items() if fact["in_seeds"]} - set(SAMPLED)
    assert unsampled == {"jobs.resume"}  # 204, no body
    assert set(SAMPLED) <= set(BY_ID)


@pytest.mark.parametrize("id_", LISTS + OBJECTS)
def test_nothing_of_a_sample_is_lost(id_: str) -> None:
    found = decoded(BY_ID[id_], sample(id_))
    assert found
    for value, tree in found:
        assert isinstance(value, Model)
        assert_kept(value, tree, value.extra, id_)


@pytest.mark.parametrize("id_", LISTS + OBJECTS)
def test_documented_fields_have_a_field(id_: str) -> None:
    extra = {key for value, _ in decoded(BY_ID[id_], sample(id_)) for key in value.extra}
    assert extra == WITHOUT_A_FIELD.get(id_, set())


@pytest.mark.parametrize("id_", CONFIRMATIONS)
def test_confirmations_are_successes(id_: str) -> None:
    body = sample(id_)
    responses.check(BY_ID[id_], Response(200, body))
    with pytest.raises(OperationRefusedError):
        responses.check(BY_ID[id_], Response(200, body.replace(b"true", b"false")))


@pytest.mark.parametrize("id_", LISTS + OBJECTS)
def test_a_field_of_tomorrow_is_kept(id_: str) -> None:
    endpoint = BY_ID[id_]
    known = decoded(endpoint, sample(id_))[-1][1]
    [(value, _)] = decoded(endpoint, wrapped(endpoint, {**known, "color": {"name": "teal"}}))
    assert value.extra["color"] == {"name": "teal"}


@pytest.mark.parametrize("id_", LISTS + OBJECTS)
def test_only_the_identity_is_required(id_: str) -> None:
    endpoint = BY_ID[id_]
    least = MINIMUM.get(id_, {"id": 1})
    [(value, _)] = decoded(endpoint, wrapped(endpoint, least))
    for field in attrs.fields(type(value)):
        if field.name not in least:
            assert getattr(value, field.name) in (None, (), {}), field.name


@pytest.mark.parametrize("id_", LISTS)
def test_an_item_without_its_identity_is_reported(id_: str) -> None:
    endpoint = BY_ID[id_]
    assert endpoint.listing
    page = decode_page(endpoint, wrapped(endpoint, {"unheard_of": 1}), endpoint.listing)
    assert page.items == []
    [item] = page.unreadable
    assert (item.index, item.path.endswith("[0]"), json.loads(item.raw)) == (0, True, {"unheard_of": 1})
    assert "missing required field" in item.reason


@pytest.mark.parametrize("id_", [id_ for id_ in OBJECTS if MINIMUM.get(id_, {"id": 1})])
def test_the_identity_is_required(id_: str) -> None:
    endpoint = BY_ID[id_]
    with pytest.raises(InvalidResponseError) as caught:
        decoded(endpoint, wrapped(endpoint, {"unheard_of": 1}))
    assert caught.value.endpoint == endpoint.key
    assert caught.value.path.startswith("$")


def test_counters_of_the_envelope_are_read() -> None:
    for id_, counters in (
        ("recipes.list", {"per_page": 100}),
        ("project_roles.list", {"total": 2}),
        ("developer_api_clients.list", {"count": 2}),
        ("folders.list", {}),
    ):
        listing = BY_ID[id_].listing
        assert listing
        found = decode_page(BY_ID[id_], sample(id_), listing).envelope
        assert {name: value for name, value in found.items() if value is not None} == counters, id_


def test_counters_are_read_where_ids_are_numbers() -> None:
    body = b'{"data": [{"id": 401}], "total": 7, "page": {"number": 1, "size": 1}}'
    assert decode_page(BY_ID["project_roles.list"], body, PAGE_NUMBER).envelope == {"per_page": None, "total": 7}


def test_a_recipe_that_never_ran_lacks_its_last_job() -> None:
    never, ran = items("recipes.list")
    assert never.last_job_started_at is None
    assert ran.last_job_started_at == datetime(2025, 10, 15, 17, 50, tzinfo=UTC)
    assert ran.last_job_started_at.utcoffset() == timedelta(hours=-7)


def test_error_parts_belong_to_failed_jobs() -> None:
    succeeded, failed = items("jobs.list")
    assert succeeded.error_parts is None
    assert failed.error_parts.adapter == "marketo"
    assert failed.error_parts.inner_message is None
    assert failed.error_parts.error_at.utcoffset() == timedelta(hours=-8)


def test_durations_in_exponent_form_are_numbers() -> None:
    assert re.search(rb"\de-0\d", sample("jobs.get"))
    assert one("jobs.get").lines[0].line_stat.details[3].total == pytest.approx(0.00000890500086825341)


@pytest.mark.parametrize("id_", [id_ for id_ in OBJECTS if BY_ID[id_].single])
def test_an_array_of_one_is_unwrapped(id_: str) -> None:
    endpoint = BY_ID[id_]
    [(value, tree)] = decoded(endpoint, sample(id_))
    assert type(value) is endpoint.result
    bare = json.dumps({"data": tree} if endpoint.wrapper else tree).encode()
    assert one(id_, bare) == value


@pytest.mark.parametrize("count", [0, 2])
def test_an_array_of_another_length_is_an_error(count: int) -> None:
    with pytest.raises(InvalidResponseError, match=f"array of one, got an array of {count}"):
        one("on_prem_groups.get", json.dumps([{"id": 1}] * count).encode())


@pytest.mark.parametrize("body", [b"null", b'{"data": null}'])
def test_a_recipe_without_a_scan_has_no_health(body: bytes) -> None:
    assert one("recipes.health.get", body) is None


def test_the_health_report_has_its_impact_by_level() -> None:
    health = one("recipes.health.get")
    assert isinstance(health, RecipeHealth)
    assert health.report
    assert health.report.total_score == 95
    assert health.report.impact["low"].violations == 1
    assert [len(check.violations) for check in health.checks].count(1) == 1


def test_a_poll_under_way_is_told_in_a_message() -> None:
    poll = one("recipes.poll_now", b'{"message": "Poll in progress"}')
    assert (poll.success, poll.message) == (None, "Poll in progress")


def test_secrets_are_hidden() -> None:
    created = one("developer_api_clients.create")
    regenerated = one("developer_api_clients.regenerate")
    code = one("on_prem_agents.activation_code")
    for shown, secret in (
        (created, created.token.value),
        (regenerated, regenerated.token.value),
        (created.token, created.token.value),
        (code, code.code),
        (recipe := one("recipes.get", b'{"id": 1, "webhook_url": "https://example.com/hook/1"}'), recipe.webhook_url),
    ):
        assert secret
        for text in (repr(shown), str(shown), f"{shown}", repr([shown])):
            assert secret not in text
    assert items("developer_api_clients.list")[0].token.value is None


def test_unreadable_responses_do_not_quote_secrets() -> None:
    body = json.dumps({"result": {"value": "wrkaus-very-secret", "updated_at": ["x"]}}).encode()
    with pytest.raises(InvalidResponseError) as caught:
        one("developer_api_clients.regenerate", body)
    assert "very-secret" not in f"{caught.value!r} {caught.value} {vars(caught.value)}"
    assert caught.value.path == "$.result"


def test_the_schema_of_a_lookup_table_is_text_and_columns_is_what_it_says() -> None:
    countries, thresholds = items("lookup_tables.list")
    assert isinstance(countries.schema, str)
    assert [column["label"] for column in countries.columns] == ["Country", "Code"]
    assert thresholds.columns == ()
    [bare] = items("lookup_tables.list", b'[{"id": 1}]')
    assert bare.columns == ()
    [broken] = items("lookup_tables.list", b'[{"id": 1, "schema": "label,name"}]')
    with pytest.raises(ValueError, match="Expecting value"):
        _ = broken.columns


def test_unknown_fields_of_nested_objects_stand_under_the_name_of_the_field() -> None:
    profiles = [{"name": "a"}, {"name": "b", "connections": [{"id": 1, "new": 2}]}]
    status = {"agent_count": 1, "active_agent_count": 1, "profiles": profiles}
    assert one("on_prem_groups.status", json.dumps(status).encode()).extra == {
        "profiles": [{}, {"connections": [{"new": 2}]}]
    }
    token = {"result": {"id": 1, "token": {"updated_at": None, "expires_at": "2030-01-01"}}}
    client = one("developer_api_clients.create", json.dumps(token).encode())
    assert client.extra == {"token": {"expires_at": "2030-01-01"}}


def test_the_audit_log_keeps_what_only_some_resources_have() -> None:
    recipe, login = items("activity_logs.list")
    assert recipe.extra == {}
    assert recipe.details["request"]["ip_address"] == "198.51.100.10"
    assert login.extra["resource"]["email"] == "jennifer.diaz@example.com"
    [entry] = items("activity_logs.list", b'{"data": [{"id": 1, "user": null, "resource": {"id": "tag-1"}}]}')
    assert entry.user is None
    assert entry.resource.id == "tag-1"


def test_unknown_words_are_kept() -> None:
    [connection] = items("connections.list", b'[{"id": 1, "authorization_status": "delegated"}]')
    assert connection.authorization_status == "delegated"
    assert one("on_prem_agents.get", b'[{"id": 1, "state": "hibernating"}]').state == "hibernating"
    [deployment] = items("deployments.list", b'{"items": [{"id": 1, "environment_type": "uat", "state": "queued"}]}')
    assert (deployment.environment_type, deployment.state) == ("uat", "queued")


def test_numbers_and_text_may_change_places() -> None:
    roles = items("project_roles.list", b'{"data": [{"id": 401, "members_count": "3"}], "total": 1}')
    assert [(role.id, role.members_count) for role in roles] == [("401", 3)]
    assert one("recipes.get", b'{"id": "12389", "folder_id": "4724"}').folder_id == 4724
    [table] = items("lookup_tables.list", b'[{"id": 1, "project_id": 13595198}]')
    assert table.project_id == "13595198"
    assert one("projects.deploy", b'{"id": 1, "project_id": 2}').project_id == "2"
    assert one("connections.create", b'{"id": 1, "parent_id": "2"}').parent_id == 2


def test_null_is_an_empty_array() -> None:
    [role] = items("roles.list", b'[{"id": 1, "folder_ids": null, "privileges": null, "name": null}]')
    assert (role.folder_ids, role.privileges, role.name) == ((), {}, None)


def test_a_time_without_an_offset_is_utc() -> None:
    body = b'{"id": 1, "created_at": "2024-01-02T03:04:05.678", "updated_at": "2024-01-02T03:04:05Z"}'
    folder = one("folders.create", body)
    assert folder.created_at == datetime(2024, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
    assert folder.updated_at == datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("id_", "body", "path"),
    [
        ("recipes.list", b'{"items": {}}', "$.items"),
        ("recipes.list", b"{}", "$"),
        ("recipes.list", b'{"message": "Server is busy"}', "$"),
        ("folders.list", b"{}", "$"),
        ("folders.list", b'""', "$"),
        ("developer_api_clients.list", b'{"result": {"items": 1}}', "$.result.items"),
        ("on_prem_agents.get", b'[{"id": "x", "enabled": "perhaps"}]', "$[0].id"),
        ("jobs.get", b'{"id": [], "lines": null}', "$.id"),
        ("on_prem_groups.status", b"[]", "$"),
    ],
)  # fmt: skip
def test_a_wrong_shape_is_an_error_that_says_where(id_: str, body: bytes, path: str) -> None:
    with pytest.raises(InvalidResponseError) as caught:
        decoded(BY_ID[id_], body)
    assert caught.value.path == path
    assert caught.value.endpoint == BY_ID[id_].key
    assert path in str(caught.value)


@pytest.mark.parametrize("id_", LISTS + OBJECTS)
def test_pickling_keeps_fields_and_extra(id_: str) -> None:
    endpoint = BY_ID[id_]
    known = decoded(endpoint, sample(id_))[-1][1]
    [(value, _)] = decoded(endpoint, wrapped(endpoint, {**known, "color": "teal"}))
    copy = pickle.loads(pickle.dumps(value))
    assert copy == value
    assert type(copy) is type(value)
    assert copy.extra == value.extra
    assert copy.extra["color"] == "teal"

"""What other sources say differently from the documentation: each fact, with the response that shows it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.facts import BY_ID, FACTS
from tests.support.methods import method_named
from workato_async import InvalidResponseError, OperationRefusedError
from workato_async.api import Api
from workato_async.calls.caller import Caller
from workato_async.http.messages import Request, Response
from workato_async.resources.custom_connectors import ConnectorReply, CustomConnector
from workato_async.resources.iam import IamUser, IamUserGroup
from workato_async.resources.projects.models import DeploymentAuthor, DeploymentReview, DeploymentReviewer


class Canned:
    """A pipeline that records requests, and gives each the same response."""

    def __init__(self, body: Any, status: int = 200) -> None:
        self.requests: list[Request] = []
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.status = status
        self.api = Api(Caller(self, timeout=1.0))

    async def __call__(self, request: Request) -> Response:
        self.requests.append(request)
        return Response(self.status, self.body)

    @property
    def sent(self) -> Any:
        body = self.requests[-1].body
        return json.loads(body) if isinstance(body, bytes) else body

    @property
    def target(self) -> str:
        return self.requests[-1].target


CONNECTOR = {
    "id": 7,
    "name": "weather",
    "title": "Weather",
    "latest_version": 3,
    "latest_version_note": "third",
    "latest_shared_version": 2,
    "recent_released_versions": [{"version": 2, "version_note": "second"}],
    "logo": "aWNvbg==",
}


def enveloped(value: Any) -> list[Any]:
    return [{"data": value}, {"result": value}, value]


@pytest.mark.parametrize("form", range(3), ids=["data", "result", "bare"])
async def test_a_connector_in_any_envelope(form: int) -> None:
    one, several = Canned(enveloped(CONNECTOR)[form]), Canned(enveloped([CONNECTOR])[form])
    found: list[CustomConnector | ConnectorReply] = [
        await one.api.custom_connectors.create(title="Weather", code="{}"),
        await one.api.custom_connectors.update(7, title="Weather"),
        await one.api.custom_connectors.get(7),
        await one.api.custom_connectors.release(7),
        *await several.api.custom_connectors.search(title="Weather"),
        *await several.api.custom_connectors.list(),
    ]
    for connector in found:
        assert (connector.id, connector.title, connector.latest_version) == (7, "Weather", 3)
        assert connector.latest_shared_version == 2
        assert [release.version for release in connector.recent_released_versions] == [2]
        if not isinstance(connector, ConnectorReply):
            assert (connector.latest_version_note, connector.logo) == ("third", "aWNvbg==")
            assert connector.extra == {}


@pytest.mark.parametrize(
    "body", [{"message": "Connector was released"}, {"data": {"message": "Connector was released"}}]
)
async def test_a_release_may_say_no_more_than_that_it_worked(body: Any) -> None:
    reply = await Canned(body).api.custom_connectors.release(7)
    assert (reply.message, reply.id) == ("Connector was released", None)


async def test_findings_in_code() -> None:
    canned = Canned({"data": {"findings": [{"line": 3, "message": "unexpected end"}]}})
    validation = await canned.api.custom_connectors.validate_code(code="{")
    assert validation.findings == ({"line": 3, "message": "unexpected end"},)
    assert canned.sent == {"code": "{"}


WRITES: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {
    "genies.start": (("gin-1",), {}),
    "genies.clients.assign": (("gin-1",), {"genie_client_id": "gincl-1"}),
    "genies.clients.delete": (("gincl-1",), {}),
    "api_collections.delete": ((7,), {}),
    "iam.users.create": ((), {"email": "ann@example.com"}),
    "iam.users.update": (("u-1",), {"body": {}}),
    "iam.user_groups.create": ((), {"name": "Sales"}),
    "iam.users.add_to_group": (("u-1",), {"user_group_id": "g-1"}),
    "custom_connectors.release": ((7,), {}),
    "genie_clients.create": ((), {"client_name": "Widget", "auth": {"type": "api_key"}}),
    "deployments.assign_reviewers": ((7,), {"reviewer_ids": [1]}),
}


@pytest.mark.parametrize("name", WRITES)
@pytest.mark.parametrize(
    "body", [b"", b"null", b"{}", b'{"success": true}', b'{"data": null}', b"[]", b'[{"x": 1}, 2]']
)
async def test_a_write_that_was_done_does_not_raise(name: str, body: bytes) -> None:
    positional, keywords = WRITES[name]
    result = await method_named(Canned(body).api, name)(*positional, **keywords)
    sent = json.loads(body) if body else None
    shown = result if isinstance(result, dict) else result.extra
    if sent and sent != {"success": True} and sent != {"data": None}:
        assert shown == {"data": sent}, "what came is not lost"
    if sent == {"success": True}:
        assert shown == sent


@pytest.mark.parametrize("name", [name for name in WRITES if name != "genies.start"])
async def test_a_write_that_was_rejected_raises(name: str) -> None:
    positional, keywords = WRITES[name]
    with pytest.raises(OperationRefusedError):
        await method_named(Canned({"success": "false"}).api, name)(*positional, **keywords)


async def test_a_read_that_cannot_be_understood_raises() -> None:
    for body in (b"[1, 2]", b"7", b"{}", b""):
        with pytest.raises(InvalidResponseError):
            await Canned(body).api.iam.users.get("u-1")


@pytest.mark.parametrize("sent", ["192.0.2.1,192.0.2.2", ["192.0.2.1", "192.0.2.2"]])
async def test_allowed_addresses_and_the_environment_of_a_client(sent: Any) -> None:
    canned = Canned({"result": {"id": 1, "ip_allow_list": sent, "environment": "DEV"}})
    clients = canned.api.developer_api_clients
    client = await clients.create(name="x", api_privilege_group_id=1, all_folders=True, ip_allow_list=sent)
    assert canned.sent["ip_allow_list"] == "192.0.2.1,192.0.2.2"
    assert (client.environment, client.extra) == ("DEV", {})
    assert client.ip_allow_list == (sent if isinstance(sent, str) else tuple(sent))
    assert BY_ID["developer_api_clients.list"].listing is not None
    assert BY_ID["developer_api_clients.list"].listing.largest == 100


async def test_all_properties_by_an_empty_prefix_and_no_name_is_altered() -> None:
    properties = {"tf.a": "1", "": "odd", "a": None, "success": "false"}
    canned = Canned(properties)
    assert await canned.api.properties.list(prefix="") == properties
    assert canned.target == "/api/properties?prefix="
    assert await canned.api.properties.list(prefix="tf.", project_id=301) == properties
    assert canned.target == "/api/properties?prefix=tf.&project_id=301"


async def test_a_manifest_is_created_with_201() -> None:
    canned = Canned({"result": {"id": 7, "name": "x", "status": "working"}}, status=201)
    manifest = await canned.api.export_manifests.create(name="x", folder_id=5, auto_generate_assets=True)
    assert (manifest.id, manifest.status) == (7, "working")


async def test_folders() -> None:
    canned = Canned({"id": 5, "name": "x", "parent_id": None, "is_project": True, "project_id": 301})
    assert await canned.api.folders.update(5, name="x") == await canned.api.folders.create(name="x", parent_id=1)
    assert canned.sent == {"name": "x", "parent_id": "1"}
    folder = await canned.api.folders.get(5)
    assert (folder.is_project, folder.project_id, folder.extra) == (True, 301, {})
    done = Canned({"success": "true"})
    await done.api.folders.delete(5, force=True)
    assert done.target == "/api/folders/5?force=true"
    await done.api.projects.delete(301)


@pytest.mark.parametrize("success", ["false", "False", False, 0, "0"])
@pytest.mark.parametrize("name", ["projects.delete", "folders.delete", "recipes.delete", "recipes.start"])
async def test_a_rejection_may_be_text(name: str, success: Any) -> None:
    with pytest.raises(OperationRefusedError):
        await method_named(Canned({"success": success}).api, name)(7)


async def test_lists_may_begin_at_nothing() -> None:
    canned = Canned({"items": []})
    assert await canned.api.recipes.list(since_id=0, paging="since_id") == []
    assert canned.target == "/api/recipes?since_id=0&per_page=100"
    await canned.api.recipes.list(since_id=0)
    assert "since_id=0" in canned.target
    await canned.api.request("GET", "/api/folders", query={"page": 0})
    assert canned.target == "/api/folders?page=0"


async def test_the_folder_of_a_recipe_is_sent_as_text() -> None:
    """Wrapped, Workato takes a number, too; bare and in a copy only text."""
    canned = Canned({"success": True, "id": 7, "new_flow_id": 8})
    await canned.api.recipes.create(folder_id=5, code="{}")
    assert canned.sent["recipe"]["folder_id"] == "5"
    await canned.api.recipes.update(7, folder_id=5)
    assert canned.sent["recipe"]["folder_id"] == "5"
    await canned.api.recipes.copy(7, folder_id=5)
    assert canned.sent["folder_id"] == "5"


async def test_a_tool_may_be_a_skill() -> None:
    canned = Canned({"items": [{"id": "skl-1", "flow_id": 10001}, {"id": 7, "flow_id": 10002}]})
    tools = await canned.api.mcp_servers.tools.list("mcps-1")
    assert [(tool.id, tool.flow_id) for tool in tools] == [("skl-1", 10001), (7, 10002)]
    await Canned({}).api.mcp_servers.tools.delete("mcps-1", tools[0])


async def test_an_endpoint_of_a_list_may_name_its_recipe_otherwise() -> None:
    [endpoint] = await Canned([{"id": 7, "recipe_id": 10001}]).api.api_endpoints.list()
    assert (endpoint.recipe_id, endpoint.flow_id, endpoint.extra) == (10001, None, {})


FILTERS: dict[str, tuple[dict[str, Any], str]] = {
    "skills.list": ({"folder_id": 5}, "folder_id=5"),
    "knowledge_bases.list": ({"folder_id": 5}, "folder_id=5"),
    "iam.user_groups.list": ({"query": "ales"}, "query=ales"),
    "iam.users.list": ({"query": "ann"}, "query=ann"),
}


@pytest.mark.parametrize("name", FILTERS)
async def test_filters(name: str) -> None:
    keywords, query = FILTERS[name]
    canned = Canned({"data": []})
    assert await method_named(canned.api, name)(**keywords) == []
    assert query in canned.target.partition("?")[2].split("&")


async def test_a_genie_as_it_comes() -> None:
    canned = Canned(
        {
            "data": {
                "id": "gin-1",
                "ai_model": "a-model",
                "chat_interface": None,
                "user_groups": [{"id": "am-1", "name": "Sales"}],
                "skills": [{"id": "skl-1"}],
                "state": "active",
            }
        }
    )
    genie = await canned.api.genies.get("gin-1")
    assert (genie.ai_model, genie.chat_interface, genie.state) == ("a-model", None, "active")
    assert [(group.id, group.name) for group in genie.user_groups] == [("am-1", "Sales")]
    assert (genie.skills, genie.extra) == (({"id": "skl-1"},), {})
    await canned.api.genies.create(name="x" * 35, folder_id=5, matrix={})
    assert canned.sent == {"name": "x" * 35, "folder_id": 5, "matrix": {}}


async def test_a_knowledge_base_as_it_comes() -> None:
    canned = Canned({"data": {"id": "kb-1", "storage_size": 9, "active_recipes_count": 2}})
    base = await canned.api.knowledge_bases.get("kb-1")
    assert (base.storage_size, base.active_recipes_count, base.extra) == (9, 2, {})


async def test_a_client_of_genies() -> None:
    canned = Canned({"data": {"client_id": "gincl-1", "api_key": "once", "oauth_client_id": "o-1"}})
    auth = {"type": "oauth", "oauth_redirect_url": "https://example.com"}
    client = await canned.api.genie_clients.create(client_name="Widget", auth=auth)
    assert canned.sent == {"client_name": "Widget", "auth": auth}
    assert (client.api_key, client.oauth_client_id, client.extra) == ("once", "o-1", {})
    assert "once" not in repr(client)


async def test_users_and_groups() -> None:
    user = {"id": "u-1", "email": "ann@example.com", "name": "Ann"}
    one, several = Canned({"data": user}), Canned({"data": [user]})
    ann = IamUser(id="u-1", email="ann@example.com", name="Ann")
    assert await several.api.iam.users.list() == [ann]
    assert await one.api.iam.users.get(ann) == ann
    assert one.target == "/api/iam/users/u-1"
    assert await one.api.iam.users.create(email="ann@example.com", full_name="Ann") == ann
    assert one.sent == {"email": "ann@example.com", "full_name": "Ann"}
    sales = IamUserGroup(id="g-1", name="Sales")
    group = Canned({"data": {"id": "g-1", "name": "Sales", "members": 3}})
    assert await group.api.iam.user_groups.create(name="Sales") == sales
    assert group.sent == {"name": "Sales"}
    assert (await group.api.iam.user_groups.get("g-1")).extra == {"members": 3}
    await group.api.iam.users.add_to_group(ann, user_group_id=sales)
    assert (group.target, group.sent) == ("/api/iam/users/u-1/add_to_group", {"user_group_id": "g-1"})


async def test_the_review_of_a_deployment() -> None:
    reviewer = {"user_id": 1, "name": "Kim", "email": "kim@example.com"}
    review = {"reviewer": reviewer, "status": "approved", "comment": "fine"}
    author = {"user_id": 2, "user_name": "Lee", "user_email": "lee@example.com"}
    canned = Canned(
        {
            "id": 7,
            "state": "pending",
            "author": author,
            "reviews": [review],
            "target_folder": {"id": 5, "name": "x", "path": "/x"},
            "reviewed_at": "2026-01-02T03:04:05Z",
            "authors": [author],
        }
    )
    deployment = await canned.api.deployments.get(7)
    expected = DeploymentReview(
        reviewer=DeploymentReviewer(user_id=1, name="Kim", email="kim@example.com"), status="approved", comment="fine"
    )
    assert deployment.reviews == (expected,)
    assert deployment.author == DeploymentAuthor(user_id=2, user_name="Lee", user_email="lee@example.com")
    assert deployment.target_folder is not None
    assert (deployment.target_folder.id, deployment.target_folder.path) == (5, "/x")
    assert deployment.reviewed_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    reviews = await canned.api.deployments.assign_reviewers(7, reviewer_ids=[1])
    assert (reviews.reviews, reviews.authors) == ((expected,), (deployment.author,))


async def test_a_run_has_no_body_and_a_connection_has_a_project() -> None:
    canned = Canned({})
    await canned.api.recipes.force_run(7)
    assert canned.requests[-1].body is None
    [connection] = await Canned([{"id": 1, "project_id": 301}]).api.connections.list()
    assert (connection.project_id, connection.extra) == (301, {})


async def test_the_fields_of_a_table_of_records() -> None:
    canned = Canned(
        {"data": {"id": "t-1", "name": "x", "schema": [{"field_id": "f-1", "name": "n", "type": "string"}]}}
    )
    table = await canned.api.data_table_records.table("t-1")
    assert [(field.field_id, field.name, field.type) for field in table.schema] == [("f-1", "n", "string")]


async def test_the_events_of_a_conversation() -> None:
    canned = Canned({"data": [{"type": "message"}]})
    assert await canned.api.genies.conversation_events("gin-1", "conv-1") == [{"type": "message"}]
    assert canned.target == "/api/agentic/genies/gin-1/conversations/conv-1/events"


async def test_an_endpoint_of_a_collection() -> None:
    canned = Canned({"id": 9, "url": "https://apim.example/orders", "flow_id": 10001})
    endpoint = await canned.api.api_endpoints.create(7, name="x", method="GET", path="orders", flow_id=10001)
    assert (endpoint.id, endpoint.url, endpoint.flow_id) == (9, "https://apim.example/orders", 10001)
    assert canned.sent["flow_id"] == "10001"


def test_reads_that_are_asked_for_by_post() -> None:
    asked = {endpoint.id for endpoint in BY_ID.values() if endpoint.reads_by_post}
    usage = {"customers.statistics.usage", "customers.statistics.connection_usage"}
    assert asked - usage == {
        "insights.query",
        "insights.schema",
        "custom_connectors.validate_code",
        "connections.pick_list",
    }
    assert all(BY_ID[id_].is_read and FACTS[id_]["idempotent"] for id_ in asked)
    assert not BY_ID["genies.start"].is_read, "idempotent, and no read"


def test_what_shares_a_quota() -> None:
    shared = {
        e.shared_quota: {m.id for m in BY_ID.values() if m.shared_quota == e.shared_quota} for e in BY_ID.values()
    }
    del shared[""]
    assert shared == {
        "event_messages": {"event_messages.consume", "event_messages.publish", "event_messages.publish_batch"},
        "insights": {"insights.tables", "insights.schema", "insights.query"},
    }

"""The access review."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any, assert_type

import pytest

from workato_async import AuthenticationError, ConfigurationError, WorkatoSession
from workato_async.blocking import Workato
from workato_async.reports import AccessReview
from workato_async.testing import FakeWorkato, Status

ALWAYS = timedelta(days=9999)


def deny(fake: FakeWorkato, endpoint: str, times: int = 1000) -> None:
    fake.fail(endpoint, Status(403, '{"message": "Forbidden"}'), times=times)


async def test_it_says_who_may_do_what(workato: WorkatoSession, fake: FakeWorkato) -> None:
    group = await workato.user_groups.list().first()
    assert group
    review = await workato.access_review()
    assert review.workspace == "Example"
    assert review.unread == ()
    assert review.members
    first, second = review.members
    [environment] = first.environments
    assert (environment.environment, environment.role, environment.admin) == ("dev", "Admin", True)
    assert environment.privileges == {"Recipes": ["read", "run"], "Connections": ["read"]}
    assert first.projects
    [project] = first.projects
    assert (project.project, project.environment, project.role, project.group) == (
        "Sales",
        "dev",
        "Project admin",
        None,
    )
    assert project.admin
    assert project.privileges == {"Recipes": ["read", "run", "edit", "delete"], "Connections": ["read", "edit"]}
    assert first.groups == ()
    assert second.groups == (group.name,)
    assert second.projects
    [through] = second.projects
    assert (through.project, through.role, through.admin, through.group) == ("Finance", "Operator", False, group.name)
    assert review.groups
    assert review.groups[0].member_ids == (second.id,)
    assert review.roles
    assert [role.name for role in review.roles if role.scope == "environment"] == [
        "Environment admin",
        "Operator",
        "Auditor",
    ]


async def test_api_clients_have_scope_role_and_addresses(workato: WorkatoSession, fake: FakeWorkato) -> None:
    folder = next(iter(fake.state.projects.values()))["folder_id"]
    client = fake.state.add_api_client(
        "CI", folder_ids=[folder], environment="PROD", ip_allow_list="192.0.2.1, 198.51.100.0/24"
    )
    client["token"]["last_used_at"] = "2026-01-14T09:00:00Z"
    review = await workato.access_review()
    assert review.api_clients
    monitoring, *_, found = review.api_clients
    assert (found.name, found.environment, found.all_folders, found.folders) == ("CI", "PROD", False, ("Sales",))
    assert found.ip_allow_list == ("192.0.2.1", "198.51.100.0/24")
    assert (found.role, found.role_id, found.last_used_at) == ("name 1", 1, "2026-01-14T09:00:00Z")
    assert found.token_updated_at
    assert (monitoring.all_folders, monitoring.folders, monitoring.ip_allow_list) == (True, (), ())
    assert monitoring.last_used_at is None


async def test_sign_ins_come_from_the_activity_log(workato: WorkatoSession, fake: FakeWorkato) -> None:
    logins = [one for one in fake.state.activity_logs.values() if one["event_type"] == "user_login"]
    logins[0]["user"] = {"id": None, "name": "Member 2", "email": "member2@example.com"}
    review = await workato.access_review(sign_ins=ALWAYS)
    assert review.members
    first, second = review.members
    assert first.last_sign_in_at
    assert second.last_sign_in_at
    assert second.last_sign_in_at < first.last_sign_in_at
    assert first.last_sign_in_at == datetime.fromisoformat(logins[-1]["timestamp"])
    assert (first.last_activity, second.last_activity) == (
        [*fake.state.activity_logs.values()][-1]["event_type"],
        None,
    )
    assert review.sign_ins_since
    assert {
        dict(request.query).get("include_event_types[]") for request in fake.requests if "activity" in request.path
    } == {"user_login"}


async def test_without_sign_ins_the_log_is_not_read(workato: WorkatoSession, fake: FakeWorkato) -> None:
    review = await workato.access_review(sign_ins=None)
    assert review.sign_ins_since is None
    assert fake.sent("activity_logs.list") == 0


async def test_it_costs_two_requests_per_member_and_group(workato: WorkatoSession, fake: FakeWorkato) -> None:
    for number in range(70):  # more than one window of a minute
        fake.state.tables["members/"][9000 + number] = {
            **fake.state.tables["members/"][4848],
            "id": 9000 + number,
        }
    await workato.access_review()
    members, groups, roles = 72, 2, 6
    assert fake.refused == 0
    # Of the lists: members, groups, both kinds of roles, clients, their roles, the workspace, the sign-ins.
    assert len(fake.requests) == 2 * members + 2 * groups + roles + 8


@pytest.mark.parametrize(
    ("endpoint", "field"),
    [
        ("members.list", "members"),
        ("user_groups.list", "groups"),
        ("developer_api_clients.list", "api_clients"),
        ("activity_logs.list", "sign_ins_since"),
        ("workspace.me", "workspace"),
    ],
)
async def test_what_is_denied_is_none_and_not_empty(
    workato: WorkatoSession, fake: FakeWorkato, endpoint: str, field: str
) -> None:
    deny(fake, endpoint)
    review = await workato.access_review()
    assert getattr(review, field) is None
    assert review.to_dict()[field] is None
    [unread] = review.unread
    assert (unread.status, unread.of) == (403, ())
    assert unread.endpoint.startswith("GET /api/")
    assert "Forbidden" in unread.reason
    assert str(unread).startswith(unread.what)


async def test_one_member_that_cannot_be_read_costs_no_other(workato: WorkatoSession, fake: FakeWorkato) -> None:
    deny(fake, "members.privileges", times=1)
    review = await workato.access_review()
    assert review.members
    assert sorted(one.environments[0].privileges is None for one in review.members) == [False, True]
    [denied] = [one for one in review.members if one.environments[0].privileges is None]
    assert denied.environments[0].role == "Admin"  # the list of members says that
    [unread] = review.unread
    assert (unread.what, unread.of) == ("privileges of members", (denied.email,))


async def test_a_right_that_is_missing_is_found_out_once(workato: WorkatoSession, fake: FakeWorkato) -> None:
    for number in range(50):
        fake.state.tables["members/"][9000 + number] = {
            **fake.state.tables["members/"][4848],
            "id": 9000 + number,
            "email": f"{number}@example.com",
        }
    deny(fake, "members.project_grants")
    review = await workato.access_review()
    assert fake.sent("members.project_grants") == 3
    assert review.members
    assert {one.projects for one in review.members} == {None}
    [unread] = review.unread
    assert len(unread.of) == 52
    assert "and 49 more" in str(unread)
    assert {row["role"] for row in review.rows() if row["kind"] == "member"} == {"Admin", "?"}


async def test_members_of_a_group_without_ids_are_not_nobody(workato: WorkatoSession, fake: FakeWorkato) -> None:
    fake.fail("user_groups.members.list", Status(200, '{"data": [{"user": {"uuid": "x"}}]}'), times=1)
    review = await workato.access_review()
    assert review.groups
    assert [group.member_ids is None for group in review.groups].count(True) == 1
    [unread] = review.unread
    assert unread.what == "members of user groups"
    assert review.members
    assert {one.groups for one in review.members} == {None}, "any of them may be in that group"


@pytest.mark.parametrize(
    "endpoint",
    ["members.privileges", "members.project_grants", "user_groups.members.list", "user_groups.project_grants"],
)
async def test_half_a_list_of_one_object_is_not_all_of_it(
    workato: WorkatoSession, fake: FakeWorkato, endpoint: str
) -> None:
    fake.fail(endpoint, Status(200, '{"data": [7], "total": 1}'), times=1)
    review = await workato.access_review()
    [unread] = review.unread
    assert (unread.reason, len(unread.of)) == ("1 of 1 could not be decoded.", 1)


@pytest.mark.parametrize(
    ("endpoint", "kind"),
    [("members.list", "member"), ("user_groups.list", "group"), ("developer_api_clients.list", "api client")],
)
async def test_a_list_that_is_denied_has_a_row_with_a_question_mark(
    workato: WorkatoSession, fake: FakeWorkato, endpoint: str, kind: str
) -> None:
    deny(fake, endpoint)
    rows = [*(await workato.access_review()).rows()]
    assert [(row["name"], row["role"]) for row in rows if row["kind"] == kind] == [("?", "?")]
    assert len({*map(tuple, rows)}) == 1, "all rows have the same keys"


@pytest.mark.parametrize(
    "item", [{"id": 4849}, {"id": "4849"}, {"id": 1, "user_id": 4849}, {"id": "gm-1", "user": {"id": 4849}}]
)
async def test_members_of_groups_in_several_forms(
    workato: WorkatoSession, fake: FakeWorkato, item: dict[str, object]
) -> None:
    fake.fail("user_groups.members.list", Status(200, json.dumps({"data": [item], "total": 1})))
    review = await workato.access_review()
    assert review.groups
    assert (4849,) in [group.member_ids for group in review.groups]
    assert review.unread == ()


async def test_roles_of_neither_kind(workato: WorkatoSession, fake: FakeWorkato) -> None:
    deny(fake, "project_roles.list")
    review = await workato.access_review()
    assert review.roles
    assert {role.scope for role in review.roles} == {"environment"}
    assert review.members
    assert review.members[0].projects
    assert review.members[0].projects[0].privileges is None
    deny(fake, "environment_roles.list")
    assert (await workato.access_review()).roles is None


@pytest.mark.parametrize("sign_ins", [30, "30d", timedelta(days=-1)])
async def test_how_far_back_is_a_timedelta(workato: WorkatoSession, fake: FakeWorkato, sign_ins: Any) -> None:
    with pytest.raises(ConfigurationError, match="sign_ins must be a timedelta"):
        await workato.access_review(sign_ins=sign_ins)
    assert fake.requests == []


async def test_an_item_that_cannot_be_decoded_is_reported(workato: WorkatoSession, fake: FakeWorkato) -> None:
    fake.fail("members.list", Status(200, '{"data": [{"id": 4848, "name": "Kim"}, {"name": "Lee"}], "total": 2}'))
    review = await workato.access_review()
    assert review.members
    assert [one.name for one in review.members] == ["Kim"]
    [unread] = review.unread
    assert (unread.what, unread.reason) == ("members", "1 of 2 could not be decoded")


async def test_if_nothing_can_be_read_it_raises(workato: WorkatoSession, fake: FakeWorkato) -> None:
    for endpoint in (
        "workspace.me",
        "members.list",
        "user_groups.list",
        "developer_api_clients.list",
        "developer_api_client_roles.list",
        "environment_roles.list",
        "project_roles.list",
        "activity_logs.list",
    ):
        fake.fail(endpoint, Status(401, '{"message": "Unauthorized"}'))
    with pytest.raises(AuthenticationError):
        await workato.access_review()


async def test_a_closed_session_is_an_error(fake: FakeWorkato) -> None:
    workato = WorkatoSession("a-token", base_url=fake.url)
    await workato.close()
    with pytest.raises(ConfigurationError, match="closed"):
        await workato.access_review()


async def test_it_becomes_json_and_rows(workato: WorkatoSession) -> None:
    review = await workato.access_review()
    found = json.loads(review.to_json())
    assert found["members"][1]["projects"][0]["group"] == "name 1"
    assert found["members"][0]["last_sign_in_at"] is None
    rows = list(review.rows())
    assert len({tuple(row) for row in rows}) == 1
    assert [(row["kind"], row["project"], row["role"], row["group"]) for row in rows] == [
        ("member", None, "Admin", None),
        ("member", "Sales", "Project admin", None),
        ("member", None, "Admin", None),
        ("member", "Finance", "Operator", "name 1"),
        ("group", "Finance", "Operator", None),
        ("group", None, None, None),
        ("api client", "*", "name 1", None),
        ("api client", "*", "name 1", None),
    ]
    assert rows[0]["privileges"] == "Recipes: read, run; Connections: read"
    assert [member.id for member in review.admins] == [4848, 4849]


@pytest.mark.parametrize(
    ("role", "admin"),
    [
        ("Admin", True),
        ("Environment admin", True),
        ("Workspace administrators", True),
        ("Owner", True),
        ("Administrative assistant", False),
        ("Badminton", False),
        ("Operator", False),
        (None, False),
    ],
)
async def test_administrators_are_known_by_their_role(
    workato: WorkatoSession, fake: FakeWorkato, role: str | None, admin: bool
) -> None:
    fake.state.tables["members/"][4848]["roles"] = [{"environment_type": "prod", "role_name": role}]
    review = await workato.access_review(sign_ins=None)
    assert review.members
    assert review.members[0].admin is admin


def test_it_works_without_await() -> None:
    with FakeWorkato(recipes=1, jobs=0) as fake:
        deny(fake, "user_groups.list")
        with Workato("a-token", base_url=fake.url) as workato:
            review = workato.access_review()
            assert_type(review, AccessReview)
            assert review.groups is None
            assert review.members
            assert workato.options(priority="bulk").access_review(sign_ins=None).members

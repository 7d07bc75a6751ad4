"""Collaborators, their groups, and their roles in projects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.example import Example
from workato_async.testing.handlers.members import MEMBERS
from workato_async.testing.handlers.project_grants import grant
from workato_async.testing.handlers.user_groups import GROUPS

if TYPE_CHECKING:
    from workato_async.endpoint import JsonObject
    from workato_async.testing import FakeWorkato


def first_group(fake: FakeWorkato) -> tuple[Any, ...]:
    return (next(iter(GROUPS.rows(fake.state))),)


def first_grant(fake: FakeWorkato) -> tuple[Any, ...]:
    return (granted(fake)[0]["id"],)


def granted(fake: FakeWorkato) -> list[JsonObject]:
    """Assign the first collaborator and the first group a role in the first project."""
    state = fake.state
    role = {"project_role_id": next(iter(state.project_roles))}
    entries = [{"user_id": next(iter(MEMBERS.rows(state)))}, {"user_group_id": next(iter(GROUPS.rows(state)))}]
    return [grant(state, state.first_project(), {**role, **entry}) for entry in entries]


def in_a_group(fake: FakeWorkato) -> None:
    fake.state.tables[f"user_groups.members/{first_group(fake)[0]}"] = {4848: {"id": 4848}}


def with_a_role(fake: FakeWorkato) -> None:
    fake.state.project_roles["pr-1"] = {"id": "pr-1", "name": "Builder"}


ROLES = [{"environment_type": "dev", "name": "Operator", "role_type": "environment"}]

EXAMPLES = [
    Example("members.list"),
    Example("members.list", (), {"email": "member2@example.com"}),
    Example("members.get", (4848,)),
    Example("members.update", (4848,), {"env_roles": ROLES}),
    Example("members.delete", (4848,)),
    Example(
        "members.invite",
        (),
        {
            "name": "Lee Example",
            "email": "lee@example.com",
            "env_roles": ROLES,
            "role_name": "Operator",
            "user_group_ids": ["am-WxEKCibh-dTXBtz"],
        },
    ),
    Example("members.privileges", (4848,)),
    Example("members.project_grants", (4848,), prepare=granted),
    Example("members.projects_privileges", (4848,), prepare=granted),
    Example("user_groups.list", (), {"name": "name 2", "per_page": 50}),
    Example("user_groups.get", first_group),
    Example("user_groups.create", (), {"name": "Builders", "description": "Who builds"}),
    Example("user_groups.update", first_group, {"name": "Builders", "description": "Who builds"}),
    Example("user_groups.delete", first_group),
    Example("user_groups.members.list", first_group, prepare=in_a_group),
    Example("user_groups.members.add", first_group, {"user_ids": [4848, 4849]}),
    Example("user_groups.members.remove", first_group, {"user_ids": [4848]}),
    Example("user_groups.project_grants", first_group, prepare=granted),
    Example("project_grants.list", (301,), prepare=granted),
    Example(
        "project_grants.set",
        (301,),
        {"project_grants": [{"user_id": 4848, "project_role_id": "pr-1"}]},
        prepare=with_a_role,
    ),
    Example("project_grants.get", first_grant),
    Example("project_grants.update", first_grant, {"project_role_id": "pr-1"}, prepare=with_a_role),
    Example("project_grants.delete", first_grant),
]

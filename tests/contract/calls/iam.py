"""Workato Identity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.example import Example
from workato_async.testing.handlers.iam import GROUPS, LINKS, USERS

if TYPE_CHECKING:
    from workato_async.testing import FakeWorkato


def user(fake: FakeWorkato) -> tuple[Any, ...]:
    return (next(iter(USERS.rows(fake.state))),)


def group(fake: FakeWorkato) -> tuple[Any, ...]:
    return (next(iter(GROUPS.rows(fake.state))),)


def link(fake: FakeWorkato) -> tuple[Any, ...]:
    return (next(iter(LINKS.rows(fake.state))),)


def a_group(fake: FakeWorkato) -> None:
    GROUPS.rows(fake.state)["g-1"] = {"id": "g-1", "name": "Sales"}


NOT_DOCUMENTED: dict[str, Any] = {"body": {}}

EXAMPLES = [
    Example("iam.users.list"),
    Example(
        "iam.users.list",
        (),
        {
            "query": "ann",
            "emails": ["ann@example.com", "bob@example.com"],
            "user_ids": ["u-1", "u-2"],
            "name": "Ann",
            "user_group_ids": ["g-1"],
            "environment_id": "12",
        },
        empty=True,
    ),
    Example("iam.users.get", user),
    Example("iam.users.create", (), {"email": "ann@example.com", "full_name": "Ann"}),
    Example("iam.users.update", user, NOT_DOCUMENTED),
    Example("iam.users.delete", user),
    Example("iam.users.add_to_group", user, {"user_group_id": "g-1"}, prepare=a_group),
    Example("iam.users.remove_from_group", user, NOT_DOCUMENTED),
    Example("iam.user_groups.list"),
    Example("iam.user_groups.list", (), {"query": "ales"}, empty=True),
    Example("iam.user_groups.get", group),
    Example("iam.user_groups.create", (), {"name": "Sales"}),
    Example("iam.user_groups.update", group, NOT_DOCUMENTED),
    Example("iam.user_groups.delete", group),
    Example("iam.user_groups.add_users", group, NOT_DOCUMENTED),
    Example("iam.user_groups.remove_users", group, NOT_DOCUMENTED),
    Example("iam.user_groups.members", group),
    Example("iam.app_links.list"),
    Example("iam.app_links.create", (), NOT_DOCUMENTED),
    Example("iam.app_links.delete", link),
    Example("iam.app_links.delete_many", (), {"ids": ["l-1", "l-2"]}),
]

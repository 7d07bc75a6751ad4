"""Roles of collaborators: of projects, of environments, legacy ones and their migration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.example import Example

if TYPE_CHECKING:
    from workato_async.testing import FakeWorkato

ROLE: dict[str, Any] = {"name": "Tester", "privileges": {"Recipes": ["read", "run"]}}


def project_role(fake: FakeWorkato) -> tuple[str]:
    return (next(iter(fake.state.project_roles)),)


def environment_role(fake: FakeWorkato) -> tuple[str]:
    return (next(iter(fake.state.environment_roles)),)


def legacy_role(fake: FakeWorkato) -> tuple[int]:
    return (next(iter(fake.state.roles)),)


EXAMPLES = [
    Example("project_roles.get", project_role),
    Example("project_roles.create", (), ROLE),
    Example("project_roles.update", project_role, ROLE),
    Example("project_roles.delete", project_role),
    Example("environment_roles.list", (), {"name": "Auditor", "per_page": 2}),
    Example("environment_roles.get", environment_role),
    Example("environment_roles.create", (), ROLE),
    Example("environment_roles.update", environment_role, ROLE),
    Example("environment_roles.delete", environment_role),
    Example(
        "roles.update",
        legacy_role,
        {"all_folders": False, "folder_ids": [2001, 2004]},
        sent={"all_folders": "false"},
    ),
    Example("roles.copy", legacy_role, {"name": "Tester", "folder_ids": [2001]}),
    Example("roles_migration.system", (), {"dry_run": True}),
    Example("roles_migration.custom"),
]

"""Recipes with their versions and health, and jobs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tests.support.example import Example

if TYPE_CHECKING:
    from workato_async.testing import FakeWorkato

DATETIME = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
TIME = "2024-05-06T07:08:09Z"
RUNNING, STOPPED = 10_001, 10_002
RECIPE = {"name": "New", "code": "{}", "config": "[]", "folder_id": "2001", "description": "What for"}


def a_job(fake: FakeWorkato) -> tuple[int, str]:
    return RUNNING, next(iter(fake.state.jobs[RUNNING]))


EXAMPLES = [
    Example(
        "recipes.list",
        (),
        {
            "adapter_names_all": ["salesforce", "jira"],
            "adapter_names_any": "salesforce,jira",
            "folder_id": 2001,
            "with_subfolders": True,
            "order": "activity",
            "running": True,
            "stopped_after": DATETIME,
            "stop_cause": "trigger_errors_limit",
            "updated_after": DATETIME,
            "includes": ["tags"],
            "exclude_code": True,
            "per_page": 7,
        },
        sent={"adapter_names_all": "salesforce,jira", "stopped_after": TIME, "updated_after": TIME, "since_id": None},
        empty=True,
    ),
    Example("recipes.list", (), {"since_id": 10_003, "paging": "since_id"}, sent={"page": None, "since_id": 10_003}),
    Example("recipes.get", (RUNNING,), {"includes": ["tags"]}),
    Example("recipes.create", (), RECIPE),
    Example("recipes.update", (STOPPED,), RECIPE),
    Example("recipes.delete", (STOPPED,)),
    Example("recipes.copy", (RUNNING,), {"folder_id": 2001}, sent={"folder_id": "2001"}),
    Example("recipes.start", (STOPPED,)),
    Example("recipes.stop", (RUNNING,)),
    Example("recipes.reset_trigger", (STOPPED,)),
    Example("recipes.connect", (STOPPED,), {"adapter_name": "salesforce", "connection_id": 5001}),
    Example("recipes.poll_now", (RUNNING,)),
    Example("recipes.force_run", (RUNNING,)),
    Example("recipes.job_counts"),
    Example("recipes.versions.list", (RUNNING,)),
    Example("recipes.versions.get", lambda fake: (RUNNING, next(iter(fake.state.versions[RUNNING])))),
    Example(
        "recipes.versions.update",
        lambda fake: (RUNNING, next(iter(fake.state.versions[RUNNING]))),
        {"comment": "Fixed"},
    ),
    Example("recipes.health.get", (RUNNING,), empty=True),
    Example("recipes.health.analyze", (RUNNING,)),
    Example("jobs.list", (RUNNING,), {"status": "failed", "rerun_only": False}, sent={"offset_job_id": None}),
    Example(
        "jobs.list",
        (RUNNING,),
        {"prev": True, "offset_job_id": "j-unknown"},
        prepare=lambda fake: fake.state.jobs[RUNNING].update(
            {"j-unknown": {**next(iter(fake.state.jobs[RUNNING].values())), "id": "j-unknown"}}
        ),
        empty=True,
    ),
    Example("jobs.get", a_job),
    Example("jobs.resume", (), {"token": "a-resume-token", "data": {"approved": True}}),
    Example("jobs.repeat", (RUNNING, ["j-1"]), sent={"job_ids": ["j-1"]}),
    Example("jobs.cancel", (RUNNING, ["j-1"]), sent={"job_ids": ["j-1"]}),
]

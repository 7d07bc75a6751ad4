"""Projects, their builds, their deployments and reviews of these."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.example import Example

if TYPE_CHECKING:
    from workato_async.testing import FakeWorkato


def deployment(detailed_state: str) -> Any:
    def made(fake: FakeWorkato) -> tuple[int]:
        new = fake.state.add_deployment(301, state="pending")
        new["detailed_state"] = detailed_state
        return (new["id"],)

    return made


def build(fake: FakeWorkato) -> tuple[int]:
    return (fake.state.add_build(301)["id"],)


def empty_project(fake: FakeWorkato) -> tuple[int]:
    return (fake.state.add_project("Empty")["id"],)


PENDING, IN_REVIEW, APPROVED = deployment("pending"), deployment("pending_review"), deployment("approved")

EXAMPLES = [
    Example("projects.update", (301,), {"name": "Sales, all of it", "description": "Automations of sales"}),
    Example("projects.delete", empty_project),
    Example("projects.build", ("f2001",), {"description": "June", "include_tags": True, "include_test_cases": False}),
    Example("project_builds.get", build),
    Example(
        "project_builds.deploy",
        build,
        {"environment_type": "prod", "title": "June", "description": "release", "include_tags": True},
    ),
    Example("deployments.get", PENDING),
    Example("deployments.eligible_reviewers", PENDING),
    Example("deployments.assign_reviewers", PENDING, {"reviewer_ids": [4848, 4849]}),
    Example("deployments.submit_for_review", PENDING),
    Example("deployments.approve", IN_REVIEW, {"comment": "Well done"}),
    Example("deployments.reject", IN_REVIEW, {"comment": "Not yet"}),
    Example("deployments.reopen", APPROVED),
    Example("deployments.update_review_comment", IN_REVIEW, {"comment": "Well done, indeed"}),
    Example("deployments.deploy", APPROVED),
]

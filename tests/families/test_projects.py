"""Projects: changed and deleted, built, deployed and reviewed."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from workato_async import (
    BadRequestError,
    NotFoundError,
    OperationFailedError,
    OutcomeUnknownError,
    PermissionDeniedError,
    WaitTimeoutError,
    WorkatoSession,
)
from workato_async.testing import FakeWorkato, faults

if TYPE_CHECKING:
    from workato_async.resources.projects.models import Deployment, ProjectBuild


async def test_a_project_and_its_folder_have_one_name(workato: WorkatoSession) -> None:
    [first, *_] = await workato.projects.list().collect()
    assert first.folder_id is not None
    changed = await workato.projects.update(first, name="Sales, all of it", description="new")
    assert (changed.name, changed.description) == ("Sales, all of it", "new")
    assert (await workato.folders.get(first.folder_id)).name == "Sales, all of it"
    await workato.folders.update(first.folder_id, name="Sales")
    assert "Sales" in [one.name async for one in workato.projects.list()]
    with pytest.raises(BadRequestError, match="slashes"):
        await workato.projects.update(first, name="a/b")


async def test_a_project_goes_with_everything_in_it(fake: FakeWorkato, workato: WorkatoSession) -> None:
    project = fake.state.projects[303]
    inside = fake.state.inside(project["folder_id"])
    table = fake.state.add_lookup_table("Inside", columns=["a"], project_id=303)["id"]
    recipes = [fake.state.add_recipe(folder_id=folder, running=True)["id"] for folder in inside]
    with pytest.raises(PermissionDeniedError):
        await workato.projects.delete(303)
    assert fake.state.projects[303] is project
    for recipe in [one for one in fake.state.recipes.values() if one["folder_id"] in inside]:
        recipe["running"] = False
    await workato.projects.delete(303)
    assert 303 not in [one.id async for one in workato.projects.list()]
    assert fake.state.folders.keys().isdisjoint(inside)
    assert fake.state.recipes.keys().isdisjoint(recipes)
    assert table not in fake.state.lookup_tables


async def test_a_build_is_awaited_and_deployed(fake: FakeWorkato, workato: WorkatoSession) -> None:
    seen: list[ProjectBuild] = []
    build = workato.projects.build("f2001", description="June", include_test_cases=True)
    assert fake.requests == []
    started = await build
    assert (started.state, started.download_url, started.project_id) == ("pending", None, "301")
    assert started.include_test_cases
    built = await build.wait(on_progress=seen.append)
    assert [one.state for one in (seen[0], seen[-1])] == ["pending", "success"]
    assert urlsplit(str(built.download_url)).path in fake.state.storage
    assert str(built.download_url) not in repr(built)
    deployment = await workato.project_builds.deploy(built, environment_type="test", title="June").wait()
    assert (deployment.state, deployment.project_build_id, deployment.title) == ("success", built.id, "June")
    assert fake.sent("projects.build") == fake.sent("project_builds.deploy") == 1


async def test_a_build_under_way_cannot_be_deployed(workato: WorkatoSession) -> None:
    started = await workato.projects.build(301)
    with pytest.raises(NotFoundError):
        await workato.project_builds.deploy(started, environment_type="test")


async def test_awaiting_a_deployment_starts_it_and_wait_sees_it_through(
    fake: FakeWorkato, workato: WorkatoSession
) -> None:
    [project, *_] = await workato.projects.list().collect()
    seen: list[Deployment] = []
    deploy = workato.projects.deploy(project, environment_type="prod", description="release")
    started = await deploy
    assert started.state == "pending"
    ended = await deploy.wait(on_progress=seen.append)
    assert (ended.id, ended.state, ended.detailed_state) == (started.id, "success", "deploy_finished")
    assert seen[0] is started
    assert ended.project_build_id is not None
    assert (await workato.project_builds.get(ended.project_build_id)).state == "success"
    assert fake.sent("projects.deploy") == 1
    assert repr(deploy) == f"<Operation: the deployment of project {project.id} to prod, started>"


async def test_a_deployment_that_fails_says_so(fake: FakeWorkato, workato: WorkatoSession) -> None:
    deploy = workato.projects.deploy(301, environment_type="test")
    started = await deploy
    fake.state.deployments[started.id].update(state="failed", detailed_state="import_failed")
    with pytest.raises(OperationFailedError, match=r"project 301 to test failed: import_failed") as caught:
        await deploy.wait()
    assert isinstance(caught.value.result, type(started))
    assert caught.value.result.id == started.id


async def test_a_build_that_fails_says_so(fake: FakeWorkato, workato: WorkatoSession) -> None:
    build = workato.projects.build(301)
    fake.state.builds[(await build).id]["state"] = "failed"
    with pytest.raises(OperationFailedError, match="the build of project 301 failed"):
        await build.wait()


async def test_no_deployment_is_begun_twice(fake: FakeWorkato, workato: WorkatoSession) -> None:
    fake.fail("projects.deploy", faults.Reset("after"))
    deploy = workato.projects.deploy(301, environment_type="test")
    for _ in range(2):
        with pytest.raises(OutcomeUnknownError):
            await deploy.wait()
    assert fake.sent("projects.deploy") == 1


async def test_a_deployment_is_reviewed_before_it_is_carried_out(fake: FakeWorkato, workato: WorkatoSession) -> None:
    new = fake.state.add_deployment(301, state="pending")["id"]
    assert await workato.deployments.eligible_reviewers(new)
    assigned = await workato.deployments.assign_reviewers(new, reviewer_ids=[4849])
    assert len(assigned.reviews) == len(assigned.authors) == 1
    await workato.deployments.submit_for_review(new)
    assert (await workato.deployments.get(new)).detailed_state == "pending_review"
    with pytest.raises(BadRequestError):
        await workato.deployments.deploy(new)
    await workato.deployments.reject(new, comment="Not yet")
    await workato.deployments.reopen(new, body={"why": "it is better now"})
    assert fake.requests[-1].json == {"why": "it is better now"}
    await workato.deployments.approve(new, comment="Well done")
    await workato.deployments.update_review_comment(new, comment="Well done, indeed")
    deploy = workato.deployments.deploy(new)
    assert (await deploy).id == new
    ended = await deploy.wait()
    assert (ended.state, ended.detailed_state) == ("success", "deploy_finished")
    assert fake.sent("deployments.deploy") == 2, "the rejected one and the other"


async def test_a_deployment_that_waits_for_its_reviewers_ends_the_patience(
    fake: FakeWorkato, workato: WorkatoSession
) -> None:
    deploy = workato.projects.deploy(301, environment_type="test")
    await workato.deployments.submit_for_review(await deploy)
    with pytest.raises(WaitTimeoutError, match="60 s"):
        await deploy.wait(timeout=60)
    assert fake.state.deployments[(await deploy).id]["state"] == "pending"


async def test_reviewers_are_set_again_when_the_response_is_lost(fake: FakeWorkato, workato: WorkatoSession) -> None:
    new = fake.state.add_deployment(301, state="pending")["id"]
    fake.fail("deployments.assign_reviewers", faults.Reset("after"))
    assert (await workato.deployments.assign_reviewers(new, reviewer_ids=[4848, 4849])).reviews
    assert fake.sent("deployments.assign_reviewers") == 2


async def test_a_workspace_without_environments_says_so() -> None:
    async with (
        FakeWorkato(0, 0, environments=False) as fake,
        WorkatoSession("a-token", base_url=fake.url) as workato,
    ):
        for start in (
            lambda: workato.projects.build(301),
            lambda: workato.projects.deploy(301, environment_type="test"),
            lambda: workato.project_builds.deploy(801, environment_type="test"),
            lambda: workato.deployments.deploy(701),
        ):
            with pytest.raises(BadRequestError, match="Environments not provisioned"):
                await start()

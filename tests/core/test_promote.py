"""A project is promoted once, whatever happens on the way, and the report says what is left to do."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest

from workato_async import (
    BadRequestError,
    ConfigurationError,
    InvalidResponseError,
    NotFoundError,
    OperationFailedError,
    OutcomeUnknownError,
    QuotaWaitError,
    RetryPolicy,
    WaitTimeoutError,
    WorkatoError,
    WorkatoSession,
    is_retryable,
    operations,
)
from workato_async.blocking import Workato
from workato_async.resources.packages import contents_of
from workato_async.resources.transfers import BETWEEN_IMPORTS
from workato_async.testing import FakeWorkato, faults

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from workato_async.models import PromoteReport

TOKEN = "a-t0ken-0f-dev"


@pytest.fixture
async def fake() -> AsyncIterator[FakeWorkato]:
    async with FakeWorkato(recipes=3, jobs=0, connections=1, customers=0, token=TOKEN) as fake:
        yield fake


@pytest.fixture
async def prod() -> AsyncIterator[FakeWorkato]:
    async with FakeWorkato(recipes=3, jobs=0, connections=1, customers=0, token=TOKEN) as fake:
        yield fake


@pytest.fixture
async def workato(fake: FakeWorkato) -> AsyncIterator[WorkatoSession]:
    async with WorkatoSession(TOKEN, base_url=fake.url, retry=RetryPolicy(attempts=1)) as workato:
        yield workato


@pytest.fixture
async def target(prod: FakeWorkato) -> AsyncIterator[WorkatoSession]:
    async with WorkatoSession(TOKEN, base_url=prod.url) as workato:
        yield workato


def project_of(fake: FakeWorkato) -> int:
    return int(fake.state.first_project()["id"])


def calls(fake: FakeWorkato, method: str, ending: str = "") -> list[str]:
    """Return the paths of the writes that reached the server."""
    return [one.path for one in fake.requests if one.method == method and one.path.endswith(ending)]


async def test_a_project_is_built_tested_deployed_and_looked_at(fake: FakeWorkato, workato: WorkatoSession) -> None:
    seen: list[PromoteReport] = []
    project = project_of(fake)
    report = await workato.projects.promote(
        project, to="test", run_tests=True, title="Release 7", on_progress=seen.append
    )
    assert report.ok
    assert [one.split("/")[-1] for one in calls(fake, "POST")] == ["build", "run_requests", "deploy"]
    steps = list(dict.fromkeys(one.step for one in seen))
    assert steps == ["build", "test", "deploy", "verify", "done"]
    assert seen[-1] == report
    assert report.build is not None
    assert report.deployment is not None
    assert report.deployment.project_build_id == report.build.id
    assert (report.deployment.environment_type, report.deployment.title) == ("test", "Release 7")
    assert report.tests is not None
    assert report.tests.results
    assert report.tests.coverage is not None
    assert report.seconds == pytest.approx(3 * 2.5, abs=3)
    told = report.to_dict()
    assert told["ok"] is True
    assert told["deployment"]["id"] == report.deployment.id
    assert "download_url" not in told["build"]
    assert not report.checked


async def test_new_connections_need_a_person(fake: FakeWorkato, workato: WorkatoSession) -> None:
    folder = fake.state.first_project()["folder_id"]
    await asyncio.sleep(1)  # what was there from the beginning is deployed already
    new = fake.state.add_connection(provider="jira", name="Jira", folder_id=folder)
    report = await workato.projects.promote(project_of(fake), to="prod")
    assert ("connection", new["id"], "Jira") in [(one.kind, one.id, one.name) for one in report.to_do]
    assert report.ok, "a person has something to do, but nothing failed"


@pytest.mark.parametrize("argument", ["run_tests", "require_tests"])
async def test_a_failed_test_ends_it_before_anything_is_deployed(
    fake: FakeWorkato, workato: WorkatoSession, argument: str
) -> None:
    run = await workato.test_cases.run(project_id=project_of(fake)).wait()
    assert all(result.passed for result in run.results)
    failing = run.results[1].test_case
    assert failing is not None
    fake.state.failing_tests.add(str(failing.id))
    arguments: dict[str, Any] = {argument: True}
    report = await workato.projects.promote(project_of(fake), to="prod", **arguments)
    assert not report.ok
    assert report.problem == f"1 of {len(run.results)} tests failed, so it was not deployed"
    assert report.deployment is None
    assert calls(fake, "POST", "/deploy") == []
    assert report.tests is not None
    assert [result.status for result in report.tests.results if not result.passed] == ["failed"]


async def test_required_tests_must_exist(fake: FakeWorkato, workato: WorkatoSession) -> None:
    empty = fake.state.add_project("Empty")["id"]
    report = await workato.projects.promote(empty, to="test", require_tests=True)
    assert (report.ok, report.problem) == (False, "the project has no test cases, so it was not deployed")
    assert (await workato.projects.promote(empty, to="test", run_tests=True)).ok


async def test_a_failed_build_is_not_deployed(fake: FakeWorkato, workato: WorkatoSession) -> None:
    def fail(report: PromoteReport) -> None:
        if report.build is not None:
            fake.state.builds[report.build.id]["state"] = "failed"

    report = await workato.projects.promote(project_of(fake), to="test", on_progress=fail)
    assert not report.ok
    assert "the build of project" in report.problem
    assert calls(fake, "POST", "/deploy") == []


async def test_a_package_that_is_too_large_is_not_deployed(fake: FakeWorkato, workato: WorkatoSession) -> None:
    small = await workato.projects.promote(project_of(fake), to="test")
    assert small.build is not None
    link = fake.state.builds[small.build.id]["download_url"]
    assert small.package_bytes == len(fake.state.storage[link]) > 100
    assert all("authorization" not in map(str.lower, one.headers) for one in fake.requests if one.path == link)
    report = await workato.projects.promote(project_of(fake), to="prod", max_bytes=100)
    assert not report.ok
    assert report.problem.endswith("is larger than 100 bytes, so it was not deployed")
    assert report.deployment is None
    assert calls(fake, "POST", "/deploy") == [f"/api/project_builds/{small.build.id}/deploy"]
    assert (await workato.projects.promote(project_of(fake), to="prod", max_bytes=None)).ok


async def test_a_size_that_is_not_known_does_not_matter(fake: FakeWorkato, workato: WorkatoSession) -> None:
    def remove(report: PromoteReport) -> None:
        fake.state.storage.clear()

    report = await workato.projects.promote(project_of(fake), to="test", on_progress=remove)
    assert report.ok
    assert report.package_bytes is None


async def test_a_build_is_downloaded(fake: FakeWorkato, workato: WorkatoSession, tmp_path: Path) -> None:
    build = await workato.projects.build(project_of(fake)).wait()
    path = await workato.project_builds.download(build, tmp_path / "build.zip")
    assert {asset.kind for asset in contents_of(path)} == {"recipe", "connection"}
    fake.state.builds[build.id]["download_url"] = None
    with pytest.raises(InvalidResponseError, match="has no download_url"):
        await workato.project_builds.download(build, path)
    fake.state.builds[build.id]["download_url"] = "http://files.example.com/package.zip"
    with pytest.raises(InvalidResponseError, match="refers to a URL that is not https") as raised:
        await workato.project_builds.download(build, path)
    assert "files.example.com" not in str(raised.value)
    assert contents_of(path)


async def test_a_failed_deployment_is_reported(fake: FakeWorkato, workato: WorkatoSession) -> None:
    def fail(report: PromoteReport) -> None:
        if report.deployment is not None:
            fake.state.deployments[report.deployment.id].update(state="failed", detailed_state="import_failed")

    report = await workato.projects.promote(project_of(fake), to="test", on_progress=fail)
    assert (report.ok, report.step) == (False, "done")
    assert report.problem.endswith("failed: import_failed")


LOST = {
    "no response": faults.Reset("after"),
    "half a response": faults.Truncated(),
    "a server error": faults.Status(502, processed=True),
    "garbage": faults.Mangled(lambda _: b"<html>"),
}


def deployed(fake: FakeWorkato, to: str = "prod") -> list[int]:
    """Return the ids of the deployments that were not there at the beginning."""
    return [one["id"] for one in fake.state.deployments.values() if one["id"] > 703 and one["environment_type"] == to]


@pytest.mark.parametrize("fault", LOST.values(), ids=LOST.keys())
async def test_a_lost_response_never_deploys_twice(
    fake: FakeWorkato, workato: WorkatoSession, fault: faults.Fault, caplog: pytest.LogCaptureFixture
) -> None:
    fake.fail("project_builds.deploy", fault)
    report = await workato.projects.promote(project_of(fake), to="prod")
    assert report.ok
    assert report.deployment is not None
    assert deployed(fake) == [report.deployment.id]
    assert f"was lost; it started deployment {report.deployment.id}" in caplog.text


async def test_what_was_not_carried_out_is_not_repeated(fake: FakeWorkato, workato: WorkatoSession) -> None:
    fake.fail("project_builds.deploy", faults.Status(502))
    with pytest.raises(WorkatoError) as raised:
        await workato.projects.promote(project_of(fake), to="prod")
    assert not is_retryable(raised.value)
    assert deployed(fake) == []
    build = max(fake.state.builds)
    assert f"pass build={build} to search for that first" in str(raised.value)
    report = await workato.projects.promote(project_of(fake), to="prod", build=build)
    assert report.ok
    assert len(deployed(fake)) == 1
    assert len(calls(fake, "POST", "/build")) == 1


async def test_an_error_after_the_start_is_not_retryable(fake: FakeWorkato, workato: WorkatoSession) -> None:
    fake.fail("deployments.get", faults.Reset())
    with pytest.raises(OutcomeUnknownError) as raised:
        await workato.projects.promote(project_of(fake), to="prod")
    (started,) = deployed(fake)
    assert not is_retryable(raised.value)
    assert f"pass deployment={started} to wait for it" in str(raised.value)
    report = await workato.projects.promote(project_of(fake), to="prod", deployment=started)
    assert report.ok
    assert report.build is None
    assert deployed(fake) == [started]


async def test_a_build_that_is_deployed_already_is_not_deployed_again(
    fake: FakeWorkato, workato: WorkatoSession
) -> None:
    first = await workato.projects.promote(project_of(fake), to="prod")
    assert first.build is not None
    again = await workato.projects.promote(project_of(fake), to="prod", build=first.build, require_tests=True)
    assert again.ok
    assert again.deployment == first.deployment
    assert len(deployed(fake)) == 1
    elsewhere = await workato.projects.promote(project_of(fake), to="test", build=first.build.id)
    assert elsewhere.ok
    assert len(deployed(fake, "test")) == 1


async def test_an_older_build_is_deployed_again_to_go_back_to_it(fake: FakeWorkato, workato: WorkatoSession) -> None:
    first = await workato.projects.promote(project_of(fake), to="prod")
    second = await workato.projects.promote(project_of(fake), to="prod")
    await asyncio.sleep(BETWEEN_IMPORTS)
    fake.fail("project_builds.deploy", faults.Reset("after"))
    back = await workato.projects.promote(project_of(fake), to="prod", build=first.build)
    assert back.ok
    assert back.deployment is not None
    assert len(deployed(fake)) == 3
    assert back.deployment.id not in {one.deployment.id for one in (first, second) if one.deployment}


async def test_cancelling_says_what_goes_on(
    fake: FakeWorkato, workato: WorkatoSession, caplog: pytest.LogCaptureFixture
) -> None:
    started = asyncio.Event()

    def follow(report: PromoteReport) -> None:
        if report.deployment is not None:
            started.set()

    task = asyncio.create_task(workato.projects.promote(project_of(fake), to="prod", on_progress=follow))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError) as raised:
        await task
    (deployment,) = deployed(fake)
    text = f"Deployment {deployment} to prod continues at Workato: pass deployment={deployment} to wait for it."
    assert text in caplog.text
    assert text in raised.value.__notes__
    assert (await workato.deployments.wait(deployment)).state == "success"


async def test_cancelling_the_call_that_deploys_leaves_a_doubt(
    fake: FakeWorkato, workato: WorkatoSession, caplog: pytest.LogCaptureFixture
) -> None:
    fake.fail("project_builds.deploy", faults.Slow(30))
    task = asyncio.create_task(workato.projects.promote(project_of(fake), to="prod"))
    await asyncio.sleep(20)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    build = max(fake.state.builds)
    assert f"Build {build} may have been deployed to prod: pass build={build} to search" in caplog.text
    assert (await workato.projects.promote(project_of(fake), to="prod", build=build)).ok
    assert len(deployed(fake)) == 1


@pytest.mark.parametrize("wrong_clock", [False, True])
async def test_the_next_import_waits_for_its_turn(
    fake: FakeWorkato, workato: WorkatoSession, caplog: pytest.LogCaptureFixture, wrong_clock: bool
) -> None:
    """The fake lives in January, far from the clock of this machine, and it counts for itself."""
    fake.state.spaces_deployments = True
    clock = asyncio.get_running_loop().time
    first = await workato.projects.promote(project_of(fake), to="prod")
    begun, waits = clock(), list[Any]()
    if wrong_clock:  # the list shows nothing, so it is only found out from the rejection
        for one in fake.state.deployments.values():
            one.update(created_at="2025-01-15T09:00:00.000-08:00", updated_at="2025-01-15T09:00:00.000-08:00")
    second = await workato.projects.promote(
        project_of(fake), to="prod", on_progress=lambda now: waits.append((now.step, now.waiting_until))
    )
    assert first.ok
    assert second.ok
    assert BETWEEN_IMPORTS - 10 < clock() - begun < BETWEEN_IMPORTS + 30
    assert [until is not None for step, until in waits if step == "wait"][:1] == [True]
    assert waits[-1] == ("done", None)
    assert "Workato requires 15 minutes between two imports into one environment: prod waits until" in caplog.text
    other = clock()
    assert (await workato.projects.promote(project_of(fake), to="test")).ok
    assert clock() - other < 60


async def test_what_may_not_wait_is_not_begun(fake: FakeWorkato, workato: WorkatoSession) -> None:
    build = (await workato.projects.promote(project_of(fake), to="prod")).build
    assert build is not None
    with pytest.raises(QuotaWaitError, match="Workato requires 15 minutes between two imports") as raised:
        await workato.projects.promote(project_of(fake), to="prod", max_wait=60)
    assert len(calls(fake, "POST", "/build")) <= 2
    assert 800 < raised.value.wait <= BETWEEN_IMPORTS
    assert "Nothing was deployed" in str(raised.value)
    assert is_retryable(raised.value)
    await asyncio.sleep(BETWEEN_IMPORTS)
    assert (await workato.projects.promote(project_of(fake), to="prod", max_wait=0)).ok


async def test_a_failed_deployment_need_not_be_waited_for(fake: FakeWorkato, workato: WorkatoSession) -> None:
    failed = (await workato.projects.promote(project_of(fake), to="prod")).deployment
    assert failed is not None
    fake.state.deployments[failed.id].update(state="failed")
    assert (await workato.projects.promote(project_of(fake), to="prod", max_wait=0)).ok


async def test_a_review_is_left_to_a_person(fake: FakeWorkato, workato: WorkatoSession) -> None:
    fake.state.reviewed.add("prod")
    report = await workato.projects.promote(project_of(fake), to="prod")
    assert not report.ok
    assert report.deployment is not None
    id_ = report.deployment.id
    assert [(one.kind, one.id) for one in report.to_do] == [("review", id_)]
    assert report.problem == f"deployment {id_} is pending review"
    assert report.seconds < 60
    waiting = await workato.projects.promote(project_of(fake), to="prod", deployment=id_)
    assert not waiting.ok
    await workato.deployments.approve(id_)
    done = await workato.projects.promote(project_of(fake), to="prod", deployment=id_)
    assert done.ok
    assert deployed(fake) == [id_]


async def test_the_target_is_looked_at(
    fake: FakeWorkato, workato: WorkatoSession, prod: FakeWorkato, target: WorkatoSession
) -> None:
    lost = prod.state.add_connection(provider="jira", name="Jira", folder_id=2001, connected=False)
    await workato.properties.upsert(properties={"url": "https://dev"}, project_id=301)
    await target.properties.upsert(properties={"other": "1"}, project_id=301)
    ran = prod.state.recipes[10001]
    assert ran["running"]

    def stop(report: PromoteReport) -> None:
        if report.deployment is not None:
            prod.state.set_running(10001, False)

    report = await workato.projects.promote(301, to="prod", target=target, on_progress=stop)
    assert report.checked
    assert not report.ok
    assert [(one.id, one.name) for one in report.not_restarted] == [(10001, ran["name"])]
    found = {(one.kind, one.id or one.name) for one in report.to_do}
    assert {("recipe", 10001), ("connection", lost["id"]), ("property", "url")} <= found
    assert ("connection", 5001) not in found
    assert [one.method for one in prod.requests if one.method != "GET"] == ["POST"]  # the property above


@pytest.mark.parametrize("unreadable", ["recipes.list", "connections.list", "properties.list", "projects.list"])
async def test_what_cannot_be_looked_at_does_not_undo_it(
    fake: FakeWorkato, workato: WorkatoSession, prod: FakeWorkato, target: WorkatoSession, unreadable: str
) -> None:
    def lock(report: PromoteReport) -> None:
        if report.step == "verify":
            prod.fail(unreadable, faults.Status(403, '{"message": "Not permitted"}'))

    report = await workato.projects.promote(301, to="prod", target=target, on_progress=lock)
    assert report.ok
    (found,) = [one for one in report.to_do if one.kind == "check"]
    assert "Not permitted" in found.text


async def test_a_list_that_may_not_be_read(fake: FakeWorkato, workato: WorkatoSession) -> None:
    """Then it is not known when the last import was, and Workato itself decides."""
    fake.fail("deployments.list", faults.Status(403))
    assert (await workato.projects.promote(301, to="prod", max_wait=0)).ok


async def test_a_project_that_does_not_exist(
    fake: FakeWorkato, workato: WorkatoSession, target: WorkatoSession
) -> None:
    with pytest.raises(ConfigurationError, match="there is no project 9"):
        await workato.projects.promote(9, to="prod", target=target)
    with pytest.raises(NotFoundError, match="Nothing was deployed"):
        await workato.projects.promote(9, to="prod")


async def test_a_project_that_is_new_in_the_target(
    fake: FakeWorkato, workato: WorkatoSession, target: WorkatoSession
) -> None:
    new = fake.state.add_project("New")
    report = await workato.projects.promote(f"f{new['folder_id']}", to="prod", target=target, run_tests=True)
    assert report.ok
    assert report.checked


async def test_workspaces_without_environments(fake: FakeWorkato) -> None:
    async with (
        FakeWorkato(recipes=0, jobs=0, environments=False, token=TOKEN) as fake,
        WorkatoSession(TOKEN, base_url=fake.url) as workato,
    ):
        with pytest.raises(
            BadRequestError, match=r"Environments not provisioned.*Nothing was deployed.*import_and_check"
        ):
            await workato.projects.promote(project_of(fake), to="prod")


@pytest.mark.parametrize(
    "arguments",
    [
        {"to": ""},
        {"to": None},
        {"max_wait": -1},
        {"timeout": 0},
        {"max_bytes": 0},
        {"on_progress": 1},
        {"build": "x/y"},
    ],
)
async def test_invalid_arguments_send_nothing(
    fake: FakeWorkato, workato: WorkatoSession, arguments: dict[str, Any]
) -> None:
    with pytest.raises(ConfigurationError):
        await workato.projects.promote(301, **{"to": "prod", **arguments})
    assert fake.requests == []


async def test_a_step_that_takes_too_long(fake: FakeWorkato, workato: WorkatoSession) -> None:
    def hold(report: PromoteReport) -> None:
        if report.deployment is not None:
            fake.state.deployments[report.deployment.id]["detailed_state"] = "importing"

    with pytest.raises(WaitTimeoutError, match="continues at Workato"):
        await workato.projects.promote(301, to="prod", timeout=30, on_progress=hold)


async def test_waits_go_on_from_an_id(fake: FakeWorkato, workato: WorkatoSession) -> None:
    seen: list[object] = []
    build = await workato.projects.build(301)
    assert (await workato.project_builds.wait(build, on_progress=seen.append)).state == "success"
    run = await workato.test_cases.run(project_id=301)
    assert (await workato.test_cases.wait(run.id, on_progress=seen.append)).status == "completed"
    deployment = await workato.project_builds.deploy(build, environment_type="test")
    assert (await workato.deployments.wait(deployment, on_progress=seen.append)).state == "success"
    fake.state.deployments[deployment.id].update(state="failed", detailed_state="import_failed")
    with pytest.raises(OperationFailedError, match="import_failed"):
        await workato.deployments.wait(deployment.id)
    fake.state.builds[build.id]["state"] = "failed"
    with pytest.raises(OperationFailedError):
        await workato.project_builds.wait(build.id)
    assert len(seen) >= 6


def test_the_target_without_await(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "FIRST_PAUSE", 0.01)
    with (
        FakeWorkato(recipes=1, jobs=0, customers=0, token=TOKEN, time_scale=0.01) as fake,
        Workato(TOKEN, base_url=fake.url) as workato,
        Workato(TOKEN, base_url=fake.url) as target,
    ):
        assert workato.projects.promote(301, to="prod", target=target.session).checked


def test_without_await(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "FIRST_PAUSE", 0.01)
    with (
        FakeWorkato(recipes=1, jobs=0, customers=0, token=TOKEN, time_scale=0.01) as fake,
        Workato(TOKEN, base_url=fake.url) as workato,
    ):
        threads = set[str]()
        report = workato.projects.promote(
            301, to="prod", on_progress=lambda _: threads.add(threading.current_thread().name)
        )
    assert report.ok
    assert threads == {threading.current_thread().name}


async def test_what_belongs_to_another_project_or_environment_is_not_deployed(
    fake: FakeWorkato, workato: WorkatoSession
) -> None:
    """Whoever was asked whether to deploy one project must not have deployed another one."""
    project, other = project_of(fake), int(fake.state.add_project("Other")["id"])
    first = await workato.projects.promote(other, to="test")
    assert first.build is not None
    assert first.deployment is not None
    before = len(calls(fake, "POST"))
    cases: tuple[tuple[dict[str, Any], str], ...] = (
        ({"build": first.build}, f"build {first.build.id} is of project {other}, not {project}"),
        ({"deployment": first.deployment, "to": "test"}, f"is of project {other}, not {project}"),
        ({"deployment": first.deployment}, f"deployment {first.deployment.id} is for test, not prod"),
        ({"deployment": first.deployment, "build": first.build}, "pass either build or deployment"),
    )
    for given, text in cases:
        with pytest.raises(ConfigurationError, match=text):
            await workato.projects.promote(project, **{"to": "prod", **given})
    assert len(calls(fake, "POST")) == before
    folder = f"f{fake.state.projects[other]['folder_id']}"
    assert (await workato.projects.promote(folder, to="test", build=first.build)).ok

"""Promoting a project: build, test, deploy, check the result. Called by ``workato.projects.promote``."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar, cast

import attrs

from workato_async._backoff import sleep
from workato_async._checks import require_count, require_listener, require_seconds
from workato_async.base_model import Part
from workato_async.errors import (
    ConfigurationError,
    InvalidResponseError,
    OperationFailedError,
    OutcomeUnknownError,
    PermissionDeniedError,
    ServerError,
    WorkatoError,
    is_retryable,
)
from workato_async.operations import Operation
from workato_async.resources._base import polled
from workato_async.resources.projects.builds import GET as GET_BUILD
from workato_async.resources.projects.builds import ProjectBuilds
from workato_async.resources.projects.deployments import GET, Deployments
from workato_async.resources.projects.models import Deployment, ProjectBuild  # noqa: TC001 - in the hints of a model
from workato_async.resources.properties import Properties
from workato_async.resources.testcases import TestCases, TestRun
from workato_async.resources.transfers import (
    RecipeNotRestarted,
    ToDo,
    in_turn,
    logger,
    missing_properties,
    recipes_inside,
    remaining,
    stopped,
    too_soon,
    unauthorized,
    unread,
    wait_for_turn,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from workato_async.calls.caller import Caller
    from workato_async.resources.projects.models import Project
    from workato_async.resources.recipes.models import Recipe
    from workato_async.resources.transfers import ProjectList, Target

T = TypeVar("T")

_TOO_LARGE = "exceeds"
"""In the error of a download that is larger than its sink permits."""
_LOOKS = (1.0, 5.0, 15.0)
"""Seconds before each search for a deployment whose response was lost."""
_MAY_BE_DONE = (OutcomeUnknownError, ServerError, InvalidResponseError)
"""Errors of a write that may have been carried out."""


@attrs.frozen(kw_only=True)
class PromoteReport(Part):
    """What became of a promotion.

    Attributes:
        project: the id of the project, as it was given.
        to: the environment.
        step: the current step: ``"build"``, ``"test"``, ``"wait"``, ``"deploy"``, ``"verify"``, and ``"done"`` at the
            end.
        build: the build, None if a deployment was given.
        package_bytes: the size of the build's package, None if it could not be found out.
        tests: the run of the test cases with results and coverage, None if none was requested.
        deployment: the deployment, None if there was none.
        not_restarted: recipes of the target that ran before and do not run now; known only with ``target``.
        to_do: what a person must still do.
        ok: whether it was deployed, and all recipes that ran before run again, as far as that is known.
        problem: why nothing was deployed successfully; empty if something was.
        waiting_until: when the current wait ends, for the 15 minutes between two imports; None if it is not waiting.
        checked: whether the target was checked.
        seconds: how long it took, in seconds.
    """

    project: int | str
    to: str
    step: str
    build: ProjectBuild | None = None
    package_bytes: int | None = None
    tests: TestRun | None = None
    deployment: Deployment | None = None
    not_restarted: tuple[RecipeNotRestarted, ...] = ()
    to_do: tuple[ToDo, ...] = ()
    problem: str = ""
    waiting_until: datetime | None = None
    checked: bool = False
    seconds: float = 0.0
    ok: bool

    def to_dict(self) -> dict[str, Any]:
        """Return the fields that are set, as plain JSON types, without the link to the build."""
        build = self.build and attrs.evolve(self.build, download_url=None)  # anyone who has it can download the build
        return super(PromoteReport, attrs.evolve(self, build=build)).to_dict()


class Promotion:
    """One run of a promotion.

    Args:
        caller: makes the calls.
        project: the id of the project.
        projects: lists the projects.
        make: returns a build of it that was not started.
        to: the environment, like all that follow an argument of ``Projects.promote``.
        about: title, description and tags of the deployment.
        tests: ``"required"``, ``"run"``, or empty.
        target: a session of the environment.
        max_bytes: the largest package, None to skip the check.
        max_wait: seconds to wait at most until an import is permitted.
        timeout: seconds for each step.
        on_progress: called with each report.
    """

    def __init__(
        self,
        caller: Caller,
        *,
        project: int | str,
        projects: ProjectList,
        make: Callable[[], Operation[ProjectBuild]],
        to: str,
        about: Mapping[str, Any],
        tests: str,
        target: Target | None,
        max_bytes: int | None,
        max_wait: float | None,
        timeout: float,
        on_progress: Callable[[PromoteReport], object] | None,
    ) -> None:
        if not isinstance(to, str) or not to.strip():
            raise ConfigurationError(f"to must be the environment to deploy to, e.g. 'test' or 'prod', not {to!r}")
        if max_bytes is not None:
            require_count("max_bytes", max_bytes)
        require_seconds("max_wait", max_wait, zero=True, none=True)
        require_seconds("timeout", timeout)
        require_listener("on_progress", on_progress, "a report", none=True)
        self._caller = caller
        self._projects = projects
        self._make = make
        self._deployments = Deployments(caller)
        self._about = about
        self._tests = tests
        self._target = target
        self._max_bytes = max_bytes
        self._max_wait = max_wait
        self._timeout = timeout
        self._on_progress = on_progress
        self._clock = asyncio.get_running_loop().time
        self._begun = self._clock()
        self._server_time = datetime.now(UTC)
        """The server's time when it began, as far as it is known."""
        self._known: set[int] = set()
        """Ids of the deployments that there were before, if it goes on with an earlier build."""
        self._in_doubt = False
        """The call that deploys was sent, and there is no response yet."""
        self._report = PromoteReport(project=project, to=to, step="build", ok=False)

    async def run(self, *, build: int | str | None, deployment: int | str | None) -> PromoteReport:
        """Go through the steps, from those that were done before.

        Args:
            build: a build that was made before.
            deployment: a deployment that was started before.
        """
        if build is not None and deployment is not None:
            raise ConfigurationError("pass either build or deployment: a deployment has its build")
        try:
            before = await self._recipes_of_target()
            if await self._is_deployed(build, deployment):
                self._tell(step="verify")
                try:
                    await self._verify(before)
                except WorkatoError as error:  # it is deployed nevertheless
                    self._tell(to_do=(*self._report.to_do, unread(self._report.to, error)))
            ok = not self._report.problem and not self._report.not_restarted
            self._tell(step="done", ok=ok, seconds=round(self._clock() - self._begun, 3))
        except BaseException as error:
            self._explain(error)
            if self._report.deployment is not None and isinstance(error, Exception) and is_retryable(error):
                unknown = OutcomeUnknownError(
                    f"deployment {self._report.deployment.id} was started, and its end is not known: {error}",
                    advice=self._how_to_go_on(),
                )
                raise unknown from error
            raise
        return self._report

    async def _is_deployed(self, build_id: int | str | None, deployment_id: int | str | None) -> bool:
        """Build, test and deploy, and return whether that ended well; else the report says why not."""
        if deployment_id is not None:
            deployment = await self._deployments.get(cast("int", deployment_id))
            await self._require_own(f"deployment {deployment.id}", deployment.project_id, deployment.environment_type)
            return await self._is_deployment_done(deployment, given=True)
        if build_id is None and self._max_wait is not None:
            await self._seconds_to_wait()
        build = await self._build(build_id)
        if build is None:
            return False
        if build_id is not None and (earlier := await self._current(build)):
            return await self._is_deployment_done(earlier, given=True)
        if not (await self._fits(build) and await self._tests_passed(build)):
            return False
        seconds = await self._seconds_to_wait()
        if seconds > 0:
            await wait_for_turn(self._report.to, seconds, self._wait)
        self._tell(step="deploy", waiting_until=None)
        started = await in_turn(
            lambda: self._deploy(build), self._report.to, max_wait=self._max_wait, on_wait=self._wait
        )
        return await self._is_deployment_done(started)

    async def _build(self, build_id: int | str | None) -> ProjectBuild | None:
        """Make a build, or wait for one; None if it failed."""
        self._tell(step="build")
        if build_id is not None:
            given = await ProjectBuilds(self._caller).get(cast("int", build_id))
            await self._require_own(f"build {given.id}", given.project_id)
            waiting = ProjectBuilds(self._caller).wait(
                cast("int", build_id), timeout=self._timeout, on_progress=lambda now: self._tell(build=now)
            )
        else:
            building = self._make()
            self._tell(build=(first := await building))
            if first.created_at is not None:  # so the clock of this machine may be wrong
                self._server_time = first.created_at - timedelta(seconds=self._clock() - self._begun)
            waiting = building.wait(timeout=self._timeout, on_progress=lambda now: self._tell(build=now))
        try:
            return await waiting
        except OperationFailedError as error:
            self._tell(problem=error.reason)
            return None

    async def _require_own(self, what: str, project_id: int | str | None, environment: str | None = None) -> None:
        """Raise an error if what was given is of another project or for another environment.

        Raises:
            ConfigurationError: if it is.
        """
        if environment is not None and environment != self._report.to:
            raise ConfigurationError(f"{what} is for {environment}, not {self._report.to}")
        own = str(self._report.project)
        if project_id is not None and str(project_id) != (own if own.isdigit() else str(await self._project_id())):
            raise ConfigurationError(f"{what} is of project {project_id}, not {own}")

    async def _fits(self, build: ProjectBuild) -> bool:
        """Whether the package of a build is not too large, as far as that can be found out: by fetching it."""
        if self._max_bytes is None:
            return True
        size = _Size(self._max_bytes)
        try:
            await self._caller.save(size, GET_BUILD, (build.id,), link="download_url")
        except InvalidResponseError as error:
            if _TOO_LARGE not in error.reason:
                return True
            limit = f"{self._max_bytes:,} bytes"
            self._tell(problem=f"the package of build {build.id} is larger than {limit}, so it was not deployed")
            return False
        except WorkatoError:  # the storage host cannot be reached from here
            return True
        self._tell(package_bytes=size.bytes)
        return True

    async def _tests_passed(self, build: ProjectBuild) -> bool:
        """Run the test cases of the project, if that was asked for, and return whether it may be deployed."""
        if not self._tests:
            return True
        self._tell(step="test")
        project = build.project_id or await self._project_id()
        run = (
            await TestCases(self._caller)
            .run(project_id=int(project))
            .wait(timeout=self._timeout, on_progress=lambda now: self._tell(tests=now))
        )
        failed = [result for result in run.results if not result.passed]
        if failed:
            self._tell(problem=f"{len(failed)} of {len(run.results)} tests failed, so it was not deployed")
        elif not run.results and self._tests == "required":
            self._tell(problem="the project has no test cases, so it was not deployed")
        return not self._report.problem

    async def _deploy(self, build: ProjectBuild) -> Deployment:
        """Start the deployment of a build. If its response was lost, search for what it started."""
        self._in_doubt = True
        try:
            started = await ProjectBuilds(self._caller).deploy(build, environment_type=self._report.to, **self._about)
        except _MAY_BE_DONE:
            found = await self._lost(build)
            if found is None:
                raise
            logger.warning("the response to deploying build %d was lost; it started deployment %d", build.id, found.id)
            started = found
        except WorkatoError:
            self._in_doubt = False
            raise
        self._in_doubt = False
        return started

    async def _is_deployment_done(self, deployment: Deployment, *, given: bool = False) -> bool:
        """Wait for a deployment, or start it if it was given and its review has approved it."""
        self._tell(step="deploy", deployment=deployment, waiting_until=None)
        if given and deployment.detailed_state == "approved":
            deploying = self._deployments.deploy(deployment)
            await deploying
            deployment = await self._deployments.get(deployment)
        last = await Operation(
            lambda: _returned(deployment),
            self._deployments.get,
            ended=lambda now: now.state in ("success", "failed") or _in_review(now),
            failed=lambda _: "",
            what=f"deployment {deployment.id}",
            polled=lambda now: polled(self._caller, GET, now),
        ).wait(timeout=self._timeout, on_progress=lambda now: self._tell(deployment=now))
        if last.state == "failed":
            self._tell(problem=f"deployment {last.id} failed: {last.detailed_state or 'no reason given'}")
        elif _in_review(last):
            self._tell(problem=f"deployment {last.id} is {str(last.detailed_state).replace('_', ' ')}")
            self._tell(to_do=(ToDo(kind="review", id=last.id, name=last.title, text=_review_of(last)),))
        return last.state == "success"

    async def _current(self, build: ProjectBuild) -> Deployment | None:
        """Return the deployment of a build that the environment has now, or is about to have; None if it has another.

        An older one of the same build does not count: to deploy it again takes the project back to it.
        """
        deployments = await self._deployments_so_far(build)
        self._known = {one.id for one in deployments}
        newest = max(deployments, key=lambda one: one.id, default=None)
        return newest if newest is not None and newest.project_build_id == build.id else None

    async def _lost(self, build: ProjectBuild) -> Deployment | None:
        """Return the deployment that was started by a call whose response was lost, None if it is not found."""
        for seconds in _LOOKS:
            await sleep(seconds)
            try:
                found = await self._deployments_so_far(build)
            except WorkatoError:
                return None
            for one in found:
                if one.project_build_id == build.id and one.id not in self._known:
                    return one
        return None

    async def _deployments_so_far(self, build: ProjectBuild) -> list[Deployment]:
        project = build.project_id or self._report.project
        listed = self._deployments.list(project_id=project, environment_type=self._report.to)
        return [one async for one in listed if one.state != "failed"]

    async def _seconds_to_wait(self) -> float:
        """Return the seconds until the next import into the environment is permitted.

        Raises:
            QuotaWaitError: if they are more than ``max_wait``.
        """
        now = self._server_time + timedelta(seconds=self._clock() - self._begun)
        try:
            seconds = await seconds_until_permitted(self._deployments, self._report.to, now)
        except PermissionDeniedError:
            return 0.0  # then Workato itself rejects what comes too soon
        if self._max_wait is not None and seconds > self._max_wait:
            raise too_soon(self._report.to, seconds, self._max_wait)
        return seconds

    async def _recipes_of_target(self) -> Mapping[int, Recipe]:
        """Return the recipes of the project in the other environment, as they are before the deployment."""
        if self._target is None:
            return {}
        project = await self._project_in_target()
        return await recipes_inside(self._target.recipes, project.folder_id if project else None)

    async def _project_in_target(self) -> Project | None:
        """Return the project with the same name there, None if there is none yet."""
        if self._target is None:
            return None
        name = (await self._project()).name
        return next(iter([one async for one in self._target.projects.list() if one.name == name]), None)

    async def _project(self) -> Project:
        async for project in self._projects.list():
            if str(self._report.project) in (str(project.id), f"f{project.folder_id}"):
                return project
        raise ConfigurationError(f"there is no project {self._report.project}, or the token cannot see it")

    async def _project_id(self) -> int:
        return (await self._project()).id

    async def _verify(self, before: Mapping[int, Recipe]) -> None:
        """Check the other environment; without a session for it, what the deployment itself says."""
        deployment = cast("Deployment", self._report.deployment)
        if self._target is None:
            new = [one for one in deployment.assets if one.type == "connection" and one.state == "new"]
            text = f"it is new in {self._report.to}, so it has no authorization"
            self._tell(to_do=tuple(ToDo(kind="connection", id=one.id, name=one.name, text=text) for one in new))
            return
        project = await self._project_in_target()
        folder_id = project.folder_id if project else None
        after = await recipes_inside(self._target.recipes, folder_id)
        not_restarted = stopped(before, after)
        to_do = [ToDo(kind="recipe", id=one.id, name=one.name, text="it did not restart") for one in not_restarted]
        folders = {folder_id, *(recipe.folder_id for recipe in after.values())} - {None}
        to_do += await unauthorized(self._target.connections, after.values(), folders)
        to_do += await missing_properties(
            Properties(self._caller),
            self._target.properties,
            int(deployment.project_id or await self._project_id()),
            project.id if project else None,
        )
        self._tell(not_restarted=not_restarted, to_do=tuple(to_do), checked=True)

    def _wait(self, until: datetime) -> None:
        self._tell(step="wait", waiting_until=until)

    def _tell(self, **changes: Any) -> None:
        """Change the report, and report the progress."""
        report = attrs.evolve(self._report, **changes)
        if report != self._report:
            self._report = report
            if self._on_progress is not None:
                self._on_progress(report)

    def _explain(self, error: BaseException) -> None:
        """Add to an error what was started and how to go on."""
        text = self._how_to_go_on()
        if isinstance(error, WorkatoError):
            if "not provisioned" in error.reason:
                text += " workato.packages.export_folder and import_and_check promote without environments."
            error.advice = f"{error.advice} {text}".strip()
        else:
            error.add_note(text)
            logger.warning(
                "promoting project %s to %s was interrupted. %s", self._report.project, self._report.to, text
            )

    def _how_to_go_on(self) -> str:
        report = self._report
        if report.deployment is not None:
            id_ = report.deployment.id
            return f"Deployment {id_} to {report.to} continues at Workato: pass deployment={id_} to wait for it."
        if report.build is None:
            return "Nothing was deployed."
        build = report.build.id
        if self._in_doubt:
            return f"Build {build} may have been deployed to {report.to}: pass build={build} to search for that first."
        return f"Nothing was deployed. Build {build} is kept: pass build={build} to continue from it."


async def seconds_until_permitted(deployments: Deployments, to: str, now: datetime) -> float:
    """Return the seconds until the next import into an environment is permitted, as far as deployments show it.

    Args:
        deployments: lists them: ``workato.deployments``.
        to: the environment.
        now: the current time.
    """
    recent = deployments.list(environment_type=to, from_=now - timedelta(hours=1))
    imported = [one async for one in recent if one.state != "failed" and not _in_review(one)]
    times = [time for one in imported if (time := one.updated_at or one.created_at) is not None]
    return remaining(max(times, default=None), now)


class _Size:
    """A sink that only counts."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.bytes = 0

    async def begin(self) -> None:
        """Count from 0."""
        self.bytes = 0

    async def write(self, chunk: bytes) -> None:
        """Count a chunk."""
        self.bytes += len(chunk)


async def _returned(value: T) -> T:
    return value


def _in_review(deployment: Deployment) -> bool:
    """Whether a deployment waits for a person."""
    state = deployment.detailed_state or ""
    return deployment.state == "pending" and ("review" in state or state in ("approved", "rejected"))


def _review_of(deployment: Deployment) -> str:
    reviewers = [
        f"{review.reviewer.name or review.reviewer.email} ({review.status})"
        for review in deployment.reviews
        if review.reviewer is not None
    ]
    comments = [review.comment for review in deployment.reviews if review.comment]
    who = f"; reviewers: {', '.join(reviewers)}" if reviewers else ""
    return f"{deployment.detailed_state}{who}{''.join(f'; {comment}' for comment in comments)}"

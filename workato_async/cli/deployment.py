"""Deploying a project: what would be done, what is being done, and what is left to do."""

from __future__ import annotations

import logging
import os
import re
import shlex
from contextlib import AsyncExitStack, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import attrs
import typer

from workato_async import WorkatoError
from workato_async._files import atomic_write
from workato_async.cli.command_runner import CommandError, ExitStatus, interruptible
from workato_async.cli.confirmation import confirm_change
from workato_async.cli.junit import junit_xml
from workato_async.cli.output import Format, Rows, print_json, print_record
from workato_async.cli.sessions import open_session
from workato_async.cli.settings import SETTINGS
from workato_async.cli.terminal import echo_err
from workato_async.resources.projects.promotion import seconds_until_permitted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from workato_async import WorkatoSession
    from workato_async.resources.projects import Project
    from workato_async.resources.projects.promotion import PromoteReport
    from workato_async.resources.testcases import TestResult, TestRun
    from workato_async.resources.transfers import ToDo

_ARGUMENT = re.compile(r"pass (build|deployment)=(\d+)")
UNASKED = "test"
"""The environment that is deployed to without a question."""
EXPLAINED = 20
"""Failed tests whose jobs are read for their errors."""


@attrs.frozen(kw_only=True)
class Deployer:
    """One run of the command; the attributes are its options."""

    workato: WorkatoSession = attrs.field(kw_only=False)
    project: int
    to: str
    target_profile: str | None
    run_tests: bool
    require_tests: bool
    junit: Path | None
    build: int | None
    deployment: int | None
    title: str | None
    description: str | None
    max_bytes: int
    max_wait: float | None
    timeout: float
    output: Format

    async def dry_run(self) -> ExitStatus:
        """Show the steps, and what has changed since the last deployment."""
        self._require_place_for_junit()
        project = await find_project(self.workato, self.project)
        earlier = [
            one
            async for one in self.workato.deployments.list(project_id=self.project, environment_type=self.to)
            if one.state == "success"
        ]
        last = max(earlier, key=lambda one: one.id, default=None)
        since = last.created_at if last is not None else None
        recipes = [
            one
            async for one in self.workato.recipes.list(
                folder_id=project.folder_id, with_subfolders=True, updated_after=since, exclude_code=True
            )
        ]
        with Rows(("step", "id", "name", "detail"), self.output) as rows:
            for recipe in recipes:
                changed = f"changed {recipe.updated_at:%Y-%m-%d %H:%MZ}" if since and recipe.updated_at else "new"
                rows.add({"step": "recipe", "id": recipe.id, "name": recipe.name, "detail": changed})
            for step, detail in self._steps(
                await seconds_until_permitted(self.workato.deployments, self.to, datetime.now(UTC))
            ):
                rows.add({"step": step, "id": project.id, "name": project.name, "detail": detail})
        when = f"since deployment {last.id}" if last is not None else "and nothing was deployed before"
        echo_err(f"would deploy {project.name} to {self.to}: {plural(len(recipes), 'recipe')} changed {when}")
        return ExitStatus.DONE

    async def run(self, *, yes: bool) -> ExitStatus:
        """Deploy, with a line for each step, and print the report.

        Args:
            yes: whether it was confirmed.
        """
        self._require_place_for_junit()
        project = await find_project(self.workato, self.project)
        if self.to != UNASKED:
            await confirm_change(self.workato, f"Deploy project {project.name} to {self.to}", yes=yes)
        lines = _Lines()
        async with AsyncExitStack() as resources:
            target = None
            if self.target_profile is not None:
                target = await resources.enter_async_context(open_session(self.target_profile))
            try:
                with interruptible(lambda: self._how_to_go_on(lines.report)), shown_by_us():
                    report = await self.workato.projects.promote(
                        self.project,
                        to=self.to,
                        build=self.build,
                        deployment=self.deployment,
                        title=self.title,
                        description=self.description,
                        run_tests=self.run_tests,
                        require_tests=self.require_tests,
                        target=target,
                        max_bytes=self.max_bytes,
                        max_wait=self.max_wait,
                        timeout=self.timeout,
                        on_progress=lines.show,
                    )
            except BaseException as error:
                if isinstance(error, WorkatoError):  # its advice is for programs
                    error.advice = _ARGUMENT.sub(r"add --\1 \2", error.advice)
                if lines.report is not None and self.output is Format.JSON:  # to go on from
                    print_json({"name": project.name, **attrs.evolve(lines.report, problem=str(error)).to_dict()})
                raise
            finally:
                if lines.report is not None and lines.report.tests is not None and self.junit is not None:
                    reasons = await self._reasons(lines.report.tests)
                    atomic_write(
                        self.junit, junit_xml(lines.report.tests, suite=project.name or "tests", reasons=reasons)
                    )
        return self._end(project, report)

    def _require_place_for_junit(self) -> None:
        if self.junit is not None and not os.access(self.junit.parent, os.W_OK):
            raise typer.BadParameter(
                f"{self.junit.parent} is not a folder that can be written to", param_hint="--junit"
            )

    def _end(self, project: Project, report: PromoteReport) -> ExitStatus:
        """Print what became of it, and what is left to do."""
        if self.output is Format.JSON:
            print_json({"name": project.name, **report.to_dict()})
        else:
            print_record(_summary(project, report), self.output)
        if report.tests is not None:
            for result in report.tests.results:
                if not result.passed:
                    echo_err(f"failed: test {_name_of(result)}: {result.status}")
        show_to_do(report.to_do)
        if report.problem:
            echo_err(f"error: {report.problem}")
        if report.to_do and not report.ok and report.deployment is not None and report.deployment.state == "pending":
            echo_err(f"then: {self._again(f'--deployment {report.deployment.id}')}")
        return ExitStatus.DONE if report.ok else ExitStatus.PARTLY_FAILED

    def _how_to_go_on(self, report: PromoteReport | None) -> str:
        if report is None or (report.build is None and report.deployment is None):
            return "nothing was deployed"
        if report.deployment is not None:
            again = self._again(f"--deployment {report.deployment.id}")
            return f"deployment {report.deployment.id} continues at Workato; to wait for it: {again}"
        assert report.build is not None  # noqa: S101 - see above
        again = self._again(f"--build {report.build.id}")
        if report.step == "deploy":
            return f"build {report.build.id} may have been deployed; this searches for it first: {again}"
        return f"nothing was deployed; to continue: {again}"

    def _again(self, option: str) -> str:
        """Return the command that goes on, with the options that decide where and whether it deploys."""
        settings = SETTINGS.get()
        more = {
            "--profile": settings.profile,
            "--host": settings.host,
            "--data-center": settings.data_center,
            "--target-profile": self.target_profile,
        }
        words = ["workato-async", "deploy", str(self.project), "--to", self.to, *option.split()]
        words += [word for name, value in more.items() if value is not None for word in (name, value)]
        if option.startswith("--build"):
            words += ["--require-tests"] * self.require_tests or ["--run-tests"] * self.run_tests
            words += ["--junit", str(self.junit)] if self.junit is not None else []
        return shlex.join(words)

    def _steps(self, seconds: float) -> Iterator[tuple[str, str]]:
        if self.deployment is not None:
            yield "deploy", f"continue deployment {self.deployment}"
            return
        yield "build", "make a build" if self.build is None else f"use build {self.build}"
        if self.run_tests or self.require_tests:
            yield "test", "run all test cases; continue only if they pass"
        if seconds > 0:
            yield "wait", f"{seconds:.0f} s, for the 15 minutes between two imports"
        yield "deploy", f"to {self.to}"
        if self.target_profile is not None:
            yield "verify", f"recipes, connections and properties, by profile {self.target_profile}"

    async def _reasons(self, run: TestRun) -> dict[str, str]:
        """Return the errors of failed tests by job id, as far as they can be read."""
        found: dict[str, str] = {}
        for result in [one for one in run.results if not one.passed][:EXPLAINED]:
            if result.recipe is None or result.job is None or result.recipe.id is None or result.job.id is None:
                continue
            try:
                job = await self.workato.jobs.get(result.recipe.id, result.job.id)
            except WorkatoError:
                continue
            if job.error:
                found[result.job.id] = str(job.error)
        return found


class _Lines:
    """Prints a line on stderr whenever a step changes."""

    def __init__(self) -> None:
        self.report: PromoteReport | None = None
        self._last = ""

    def show(self, report: PromoteReport) -> None:
        self.report = report
        line = _line(report)
        if line != self._last:
            self._last = line
            if line:
                echo_err(line)


def _line(report: PromoteReport) -> str:
    """Return what to say of a step, empty if there is nothing yet."""
    match report.step:
        case "build" if report.build is not None:
            return f"build {report.build.id}: {report.build.state}"
        case "test" if report.tests is not None:
            done = sum(result.status != "running" for result in report.tests.results)
            failed = sum(result.status != "running" and not result.passed for result in report.tests.results)
            coverage = report.tests.coverage.value if report.tests.coverage is not None else None
            covered = f", coverage {coverage:g} %" if coverage is not None else ""
            return f"tests: {done} of {len(report.tests.results)} done, {failed} failed{covered}"
        case "wait" if report.waiting_until is not None:
            until = report.waiting_until.astimezone()
            return f"waiting until {until:%H:%M:%S}: Workato requires 15 minutes between two imports into {report.to}"
        case "deploy" if report.deployment is not None:
            return f"deployment {report.deployment.id}: {report.deployment.detailed_state or report.deployment.state}"
        case "verify":
            return f"checking {report.to}"
    return ""


def _summary(project: Project, report: PromoteReport) -> dict[str, object]:
    """Return the row of a report."""
    tests = report.tests
    return {
        "project": project.name,
        "to": report.to,
        "ok": report.ok,
        "build": report.build.id if report.build is not None else None,
        "tests": len(tests.results) if tests is not None else None,
        "tests_failed": sum(not result.passed for result in tests.results) if tests is not None else None,
        "coverage": tests.coverage.value if tests is not None and tests.coverage is not None else None,
        "deployment": report.deployment.id if report.deployment is not None else None,
        "state": report.deployment.detailed_state if report.deployment is not None else "not deployed",
        "not_restarted": [one.name or one.id for one in report.not_restarted],
        "to_do": len(report.to_do),
        "seconds": report.seconds,
    }


async def find_project(workato: WorkatoSession, project_id: int) -> Project:
    """Return a project.

    Raises:
        CommandError: if there is none.
    """
    async for project in workato.projects.list():
        if project.id == project_id:
            return project
    raise CommandError(f"error: there is no project {project_id}, or the token cannot see it", ExitStatus.USAGE)


def show_to_do(to_do: Sequence[ToDo]) -> None:
    """Print a line for each thing that a person must still do."""
    for one in to_do:
        name = " ".join(filter(None, (one.name, f"({one.id})" if one.id is not None else "")))
        echo_err(f"to do: {one.kind} {name}: {one.text}")


@contextmanager
def shown_by_us() -> Iterator[None]:
    """Leave out the log lines of what is shown here in other words."""
    log = logging.getLogger("workato_async.transfers")
    before, log.disabled = log.disabled, True
    try:
        yield
    finally:
        log.disabled = before


def _name_of(result: TestResult) -> str:
    case = (result.test_case.name or result.test_case.id) if result.test_case is not None else "?"
    return f"{case} of {result.recipe.name}" if result.recipe is not None else str(case)


def plural(number: int, word: str) -> str:
    """Return a number with a word, which has an s unless it is one."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"

"""``deploy``: nothing is deployed that failed a test, nothing twice, and what is left to do is said."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from tests.cli.conftest import TOKEN
from tests.support.ctrl_c import press_ctrl_c_after
from workato_async.cli.junit import junit_xml
from workato_async.models import TestCoverage, TestedCase, TestedRecipe, TestResult, TestRun
from workato_async.testing import FakeWorkato, faults

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Shell


@pytest.fixture
def project(shell: Shell) -> int:
    """A project with a recipe, whose two test cases pass."""
    row = shell.fake.state.add_project("Invoices")
    shell.fake.state.add_recipe(name="Orders", folder_id=row["folder_id"])
    return int(row["id"])


def test_a_project_is_deployed(shell: Shell, project: int, tmp_path: Path) -> None:
    xml = tmp_path / "junit.xml"
    result = shell("deploy", "invoices", "--to", "test", "--require-tests", "--title", "Release 7", "--junit", xml)
    lines = result.stderr.splitlines()
    (build,) = [id_ for id_, row in shell.fake.state.builds.items() if row["project_id"] == str(project)]
    (deployment,) = [row for row in shell.fake.state.deployments.values() if row["project_id"] == str(project)]
    assert (deployment["title"], deployment["project_build_id"]) == ("Release 7", build)
    assert lines == [
        f"build {build}: pending",
        f"build {build}: success",
        "tests: 0 of 2 done, 0 failed",
        "tests: 2 of 2 done, 0 failed, coverage 100 %",
        f"deployment {deployment['id']}: pending",
        f"deployment {deployment['id']}: deploy_finished",
        "checking test",
    ]
    rows = dict(line.split(None, 1) for line in result.stdout.splitlines())
    assert (rows["ok"], rows["tests"], rows["deployment"]) == ("yes", "2", str(deployment["id"]))
    root = ET.fromstring(xml.read_text())
    assert (root.get("tests"), root.get("failures")) == ("2", "0")
    assert float(root.get("time") or 0) > 0


def test_the_report_as_json(shell: Shell, project: int) -> None:
    (report,) = shell.json("deploy", project, "--to", "prod", "--yes")
    assert report["ok"]
    assert report["name"] == "Invoices"
    assert report["deployment"]["environment_type"] == "prod"
    assert "download_url" not in report["build"]
    assert "storage" not in str(report)


def test_what_was_interrupted_can_go_on_from_its_json(shell: Shell, project: int) -> None:
    shell.fake.fail("deployments.get", faults.Status(403))
    (report,) = shell.json("deploy", project, "--to", "test", status=1)
    assert (report["ok"], report["step"]) == (False, "deploy")
    assert "403" in report["problem"]
    again = shell.json("deploy", project, "--to", "test", "--deployment", report["deployment"]["id"])
    assert again[0]["ok"]


def test_a_package_that_is_too_large(shell: Shell, project: int) -> None:
    shell.fake.state.recipes[max(shell.fake.state.recipes)]["code"] = '{"a": "' + random_text(1_500_000) + '"}'
    result = shell("deploy", project, "--to", "test", "--max-mb", 1, status=1)
    assert "is larger than 1,048,576 bytes, so it was not deployed" in result.stderr
    assert shell.sent("project_builds.deploy") == 0


def random_text(length: int) -> str:
    """Return text that cannot be compressed to less than two thirds."""
    return "".join(Random(0).choices("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", k=length))


def test_a_failed_test_ends_it(shell: Shell, project: int, tmp_path: Path) -> None:
    (report,) = shell.json("deploy", project, "--to", "test", "--run-tests")
    failing = report["tests"]["results"][0]["test_case"]
    shell.fake.state.failing_tests.add(failing["id"])
    xml = tmp_path / "junit.xml"
    result = shell("deploy", project, "--to", "prod", "--junit", xml, "--yes", status=1)
    assert f"failed: test {failing['name']} of Orders: failed" in result.stderr
    assert "error: 1 of 2 tests failed, so it was not deployed" in result.stderr
    assert "not deployed" in result.stdout
    assert shell.sent("project_builds.deploy") == 1
    root = ET.fromstring(xml.read_text())
    assert (root.get("tests"), root.get("failures")) == ("2", "1")
    assert len(root.findall(".//testcase/failure")) == 1


def test_required_tests(shell: Shell) -> None:
    shell.fake.state.add_project("Empty")
    result = shell("deploy", "Empty", "--to", "test", "--require-tests", status=1)
    assert "error: the project has no test cases, so it was not deployed" in result.stderr


def test_only_test_is_deployed_to_without_a_question(shell: Shell, project: int) -> None:
    result = shell("deploy", project, "--to", "prod", status=2)
    assert "Deploy project Invoices to prod? There is no terminal to ask; add --yes" in result.stderr
    assert shell.sent("projects.build") == 0


def test_a_dry_run_changes_nothing(shell: Shell, project: int) -> None:
    rows = shell.json("deploy", project, "--to", "prod", "--require-tests", "--dry-run")
    assert [row["step"] for row in rows] == ["recipe", "build", "test", "deploy"]
    assert rows[0]["name"] == "Orders"
    assert rows[0]["detail"] == "new"
    result = shell("deploy", project, "--to", "prod", "--dry-run")
    assert "would deploy Invoices to prod: 1 recipe changed and nothing was deployed before" in result.stderr
    assert {one.method for one in shell.fake.requests} == {"GET"}


def test_a_dry_run_shows_waits_and_checks(shell: Shell, project: int) -> None:
    now = datetime.now(UTC).isoformat()
    shell.fake.state.add_deployment(project, environment_type="prod").update(created_at=now, updated_at=now)
    rows = shell.json("deploy", project, "--to", "prod", "--build", 7, "--target-profile", "prod", "--dry-run")
    steps = {row["step"]: row["detail"] for row in rows}
    assert [*steps] == ["build", "wait", "deploy", "verify"]
    assert steps["build"] == "use build 7"
    assert 800 < int(steps["wait"].split()[0]) <= 900
    (row,) = shell.json("deploy", project, "--to", "prod", "--deployment", 9, "--dry-run")
    assert row["detail"] == "continue deployment 9"


def test_why_a_test_failed(shell: Shell, project: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (report,) = shell.json("deploy", project, "--to", "test", "--run-tests")
    state, recipe = shell.fake.state, report["tests"]["results"][0]["recipe"]["id"]
    state.failing_tests.add(report["tests"]["results"][0]["test_case"]["id"])
    job = state.add_job(recipe, status="failed", error="no such order")

    handle = state.handle
    monkeypatch.setattr(state, "handle", lambda prefix: job["id"] if prefix == "j" else handle(prefix))
    xml = tmp_path / "junit.xml"
    shell("deploy", project, "--to", "prod", "--junit", xml, "--yes", status=1)
    failure = ET.fromstring(xml.read_text()).find(".//failure")
    assert failure is not None
    assert failure.get("message") == "no such order"
    assert str(job["id"]) in str(failure.text)


def test_a_review_is_left_to_a_person(shell: Shell, project: int) -> None:
    shell.fake.state.reviewed.add("prod")
    result = shell("deploy", project, "--to", "prod", "--yes", status=1)
    id_ = max(shell.fake.state.deployments)
    assert f"to do: review ({id_}): pending_review" in result.stderr
    assert f"error: deployment {id_} is pending review" in result.stderr
    assert f"then: workato-async deploy {project} --to prod --deployment {id_}" in result.stderr
    shell("request", "POST", f"/api/deployments/{id_}/approve")
    shell("deploy", project, "--to", "prod", "--deployment", id_, "--yes")
    assert shell.fake.state.deployments[id_]["state"] == "success"


def test_the_15_minutes(shell: Shell, project: int) -> None:
    shell("deploy", project, "--to", "test")
    rejected = shell("deploy", project, "--to", "test", "--no-wait", status=1)
    assert "Workato requires 15 minutes between two imports into one environment" in rejected.stderr
    assert "Nothing was deployed" in rejected.stderr
    waited = shell("deploy", project, "--to", "test")
    (line,) = [line for line in waited.stderr.splitlines() if line.startswith("waiting until")]
    assert line.endswith(": Workato requires 15 minutes between two imports into test")


def test_a_lost_response_deploys_once(shell: Shell, project: int) -> None:
    shell.fake.fail("project_builds.deploy", faults.Reset("after"))
    shell("deploy", project, "--to", "test")
    assert sum(row["project_id"] == str(project) for row in shell.fake.state.deployments.values()) == 1


@pytest.mark.parametrize(
    ("step", "text"),
    [
        ("deployments.get", "interrupted: deployment {deployment} continues at Workato; to wait for it: workato-async"),
        ("projects.build", "interrupted: nothing was deployed"),
        ("project_builds.get", "interrupted: nothing was deployed; to continue: workato-async deploy"),
        ("project_builds.deploy", "interrupted: build {build} may have been deployed; this searches for it first"),
    ],
)
def test_ctrl_c_says_how_to_go_on(
    shell: Shell, project: int, monkeypatch: pytest.MonkeyPatch, step: str, text: str
) -> None:
    shell.fake.fail(step, faults.Stall(processed=True))
    press_ctrl_c_after(monkeypatch, 20.0)
    result = shell("deploy", project, "--to", "test", status=130)
    ids = {"deployment": max(shell.fake.state.deployments), "build": max(shell.fake.state.builds)}
    assert text.format(**ids) in result.stderr
    assert "was interrupted." not in result.stderr, "the log line says the same in other words"


def test_the_other_environment_is_looked_at(shell: Shell, project: int, monkeypatch: pytest.MonkeyPatch) -> None:
    config = shell.home / ".config" / "workato-async"
    config.mkdir(parents=True)
    with FakeWorkato(recipes=0, jobs=0, connections=0, token=TOKEN, environments=False) as prod:
        folder = prod.state.add_project("Invoices")["folder_id"]
        prod.state.add_connection(provider="jira", name="Jira", folder_id=folder, connected=False)
        (config / "config.toml").write_text(f'[prod]\ntoken = "{TOKEN}"\nhost = "{prod.url}"\n')
        (config / "config.toml").chmod(0o600)
        result = shell("deploy", project, "--to", "prod", "--target-profile", "prod", "--yes")
    assert "to do: connection Jira (" in result.stderr


def test_usage(shell: Shell, project: int, tmp_path: Path) -> None:
    assert "no project is named 'Invoice'" in shell("deploy", "Invoice", "--to", "test", status=2).stderr
    assert "there is no project 9" in shell("deploy", 9, "--to", "test", status=2).stderr
    for dry_run in ((), ("--dry-run",)):
        missing = shell("deploy", project, "--to", "test", "--junit", tmp_path / "no" / "junit.xml", *dry_run, status=2)
        assert "is not a folder that can be written to" in missing.stderr
    assert shell.sent("projects.build") == 0


def test_junit_xml_is_valid_whatever_the_names_are() -> None:
    run = TestRun(
        id="cirr-1",
        results=(
            TestResult(
                recipe=TestedRecipe(id=1, name='<\x00&\ufffe\ud800">'),
                test_case=TestedCase(id="citc-1"),
                status="failed",
            ),
            TestResult(status="succeeded"),
        ),
        coverage=TestCoverage(value=12.5),
    )
    root = ET.fromstring(junit_xml(run, suite="\x1b[31m", reasons={}))
    assert (root.get("tests"), root.get("failures"), root.get("time")) == ("2", "1", "0.000")
    first, second = root.findall(".//testcase")
    assert first.get("classname") == '<\ufffd&\ufffd\ufffd">'
    assert first.get("name") == "citc-1"
    assert second.find("failure") is None
    found = root.find(".//property")
    assert found is not None
    assert found.get("value") == "12.5"

"""``examples/github/deploy.yml`` is a workflow; ``tests/cli/test_shown_commands.py`` runs its command.

The workflows of this repository, which run only after a push, are at least well formed.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.support.program import ROOT

WORKFLOWS = [ROOT / "examples" / "github" / "deploy.yml", *(ROOT / ".github" / "workflows").glob("*.yml")]
OF_A_WORKFLOW = {"name", True, "permissions", "concurrency", "env", "jobs"}  # YAML 1.1 takes the key `on` for true
OF_A_JOB = {
    *("name", "needs", "if", "runs-on", "environment", "permissions", "timeout-minutes", "strategy", "steps", "env"),
    *("concurrency", "outputs", "uses", "with", "secrets"),
}
OF_A_STEP = {"name", "id", "if", "uses", "run", "with", "env", "shell", "working-directory", "continue-on-error"}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_have_only_keys_that_exist(path: Path) -> None:
    yaml: Any = pytest.importorskip("yaml")
    text = path.read_text("utf-8")
    workflow = yaml.safe_load(text)
    assert workflow.keys() <= OF_A_WORKFLOW
    for job in workflow["jobs"].values():
        assert job.keys() <= OF_A_JOB
        assert ("uses" in job) or {"runs-on", "steps"} <= job.keys()
        needs = job.get("needs", [])
        assert {*([needs] if isinstance(needs, str) else needs)} <= workflow["jobs"].keys()
        for step in job.get("steps", ()):
            assert step.keys() <= OF_A_STEP
            assert ("uses" in step) != ("run" in step), step
            assert "with" not in step or "uses" in step, step
    inputs = re.findall(r"\$\{\{ inputs\.(\w+)", text)
    assert not inputs or {*inputs} <= workflow[True]["workflow_dispatch"]["inputs"].keys()


def test_the_workflow_deploys_a_project() -> None:
    yaml: Any = pytest.importorskip("yaml")
    workflow = yaml.safe_load((ROOT / "examples" / "github" / "deploy.yml").read_text("utf-8"))
    assert workflow["permissions"] == {}
    # YAML 1.1 takes the key `on` for true.
    assert workflow[True]["workflow_dispatch"]["inputs"]["project"]["required"] is True
    [job] = workflow["jobs"].values()
    steps = {step.get("name", step.get("uses", step.get("run"))): step for step in job["steps"]}
    assert "pip install 'workato-async[cli]'" in steps
    deploy = steps["Deploy"]
    assert "${{" not in deploy["run"], "an input inside the script would be run as a part of it"
    assert deploy["env"]["PROJECT"] == "${{ inputs.project }}"
    assert shlex.split(deploy["run"])[:3] == ["workato-async", "deploy", "$PROJECT"]
    kept = steps["actions/upload-artifact@v4"]["with"]["path"].split()
    assert kept == ["tests.xml", "report.json"]
    assert all(name in deploy["run"] for name in kept)

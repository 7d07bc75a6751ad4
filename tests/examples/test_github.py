"""``examples/github/deploy.yml`` is a workflow; ``tests/cli/test_shown_commands.py`` runs its command."""

from __future__ import annotations

import shlex
from typing import Any

import pytest

from tests.support.program import ROOT


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

"""The official command line against the fake server: a project pulled, changed and pushed, and its other commands.

Left out are what waits for a browser (``connections create``, ``connections create-oauth``) and what fails by its own
doing: ``connections update`` and ``connections get-oauth-url`` pass wrong arguments to their own client, and the lists
of data tables, custom connectors and API keys demand the fields in ``test_official_client.TOO_STRICT``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.support.cli_process import HANGS
from workato_async.testing import FakeWorkato

pytestmark = pytest.mark.skipif(not find_spec("workato_platform_cli"), reason="nox -s strangers installs it")

# Between two looks at a package it sleeps for seconds; its progress indicator sleeps in another thread.
PROGRAM = """
import threading, time
sleep = time.sleep
time.sleep = lambda seconds: threading.current_thread() is threading.main_thread() or sleep(seconds)
from workato_platform_cli.cli import cli
cli()
"""


class Workspace:
    """A directory with a project that was pulled from a fake Workato."""

    def __init__(self, fake: FakeWorkato, home: Path) -> None:
        self.fake, self.home = fake, home
        self.project = home
        self.run(
            "init --non-interactive --profile p --region custom --api-token x --project-id 301 --api-url", fake.url
        )
        self.project = home / "Sales"

    def run(self, command: str, *more: str) -> str:
        """Run a command in the project's directory and return what it prints; fail if it does."""
        environment = {
            **os.environ,
            "HOME": str(self.home),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            "WORKATO_DISABLE_DEPRECATION_WARNING": "1",
            "WORKATO_DISABLE_UPDATE_CHECK": "1",
        }
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, *command.split(), *more],
            cwd=self.project,
            env=environment,
            input="y\n",  # a pull asks before it removes files
            capture_output=True,
            text=True,
            timeout=HANGS,
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr
        return done.stdout

    def recipe_files(self) -> dict[str, Path]:
        """Return the pulled recipes by name."""
        files = self.project.rglob("*.recipe.json")
        return {json.loads(file.read_text("utf-8"))["name"]: file for file in files}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with FakeWorkato(recipes=12, jobs=20, window=None, time_scale=0.001) as fake:
        for recipe in fake.state.recipes.values():
            recipe["description"] = "text"  # TOO_STRICT
        yield Workspace(fake, tmp_path_factory.mktemp("workspace"))


def test_a_project_is_pulled_changed_and_pushed(workspace: Workspace) -> None:
    recipes = {
        recipe["name"]: recipe for recipe in workspace.fake.state.recipes.values() if recipe["project_id"] == 301
    }
    pulled = {name: file.read_bytes() for name, file in workspace.recipe_files().items()}
    assert pulled.keys() == recipes.keys()
    workspace.run("pull")
    assert {name: file.read_bytes() for name, file in workspace.recipe_files().items()} == pulled
    name, file = next(iter(workspace.recipe_files().items()))
    changed = json.loads(file.read_text("utf-8")) | {"description": "pushed"}
    file.write_text(json.dumps(changed), "utf-8")
    assert "Import completed successfully" in workspace.run("push")
    assert recipes[name]["description"] == "pushed"
    assert len(workspace.fake.state.recipes) == 12
    workspace.run("pull")
    assert json.loads(workspace.recipe_files()[name].read_text("utf-8"))["description"] == "pushed"


def test_recipes_are_started_and_stopped(workspace: Workspace) -> None:
    running = {id_ for id_, recipe in workspace.fake.state.recipes.items() if recipe["running"]}
    stopped = next(id_ for id_ in workspace.fake.state.recipes if id_ not in running)
    assert "started successfully" in workspace.run(f"recipes start --id {stopped}")
    assert workspace.fake.state.recipes[stopped]["running"]
    assert "stopped successfully" in workspace.run(f"recipes stop --id {stopped}")
    assert not workspace.fake.state.recipes[stopped]["running"]


def test_properties_are_set_and_listed(workspace: Workspace) -> None:
    assert "upserted successfully" in workspace.run("properties upsert --property sync.email=a@example.com")
    assert "sync.email = a@example.com" in workspace.run("properties list --prefix sync")


@pytest.mark.parametrize(
    ("command", "endpoint", "shown"),
    [
        (
            "api-clients create --name partner --auth-type token --api-collection-ids 1201",
            "api_clients.create",
            "partner",
        ),
        ("api-clients create-key --api-client-id 1601 --name partner", "api_keys.create", "partner"),
        ("api-clients list", "api_clients.list", "name 1"),
        (
            "api-clients refresh-secret --api-client-id 1601 --api-key-id 1701 --force",
            "api_keys.refresh_secret",
            "name 1",
        ),
        ("api-collections enable-endpoint --api-endpoint-id 1301", "api_endpoints.enable", "enabled successfully"),
        ("api-collections list", "api_collections.list", "name 1"),
        ("api-collections list-endpoints --api-collection-id 1201", "api_endpoints.list", "name 1"),
        ("assets", "export_manifests.folder_assets", "ID: 10001"),
        ("connections list --provider jira", "connections.list", "ID: 5002"),
        ("connections pick-list --id 5001 --pick-list-name objects", "connections.pick_list", "objects_1"),
        ("connectors list --platform", "connectors.list", "salesforce"),
        ("projects list --source remote", "projects.list", "Project ID: 301"),
        ("recipes list --folder-id 2001", "recipes.list", "ID: 10001"),
        (
            "recipes update-connection 10002 --adapter-name salesforce --connection-id 5001",
            "recipes.connect",
            "Successfully updated",
        ),
        ("workspace", "workspace.me", "team@example.com"),
    ],
    ids=lambda value: value.partition(" --")[0],
)
def test_a_command(workspace: Workspace, command: str, endpoint: str, shown: str) -> None:
    before = workspace.fake.sent(endpoint)
    assert shown in workspace.run(command)
    assert workspace.fake.sent(endpoint) > before

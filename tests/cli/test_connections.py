"""``workato-async connections``: what does not work, who uses it, and taking one out of use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from workato_async.testing import FakeWorkato, Status

if TYPE_CHECKING:
    from tests.cli.conftest import Shell

TOKEN = "wrkaus-secret-0123456789"


@pytest.fixture
def busy(shell: Shell) -> Shell:
    shell.fake = FakeWorkato(recipes=120, jobs=0, connections=8, lost_connections=3, token=TOKEN)
    return shell


def users(shell: Shell, connection_id: int) -> list[dict[str, object]]:
    recipes = shell.fake.state.recipes.values()
    return [recipe for recipe in recipes if any(entry["account_id"] == connection_id for entry in recipe["config"])]


def test_lost_connections_and_what_they_stop(busy: Shell) -> None:
    rows = busy.json("connections", "list", "--lost")
    assert len(rows) == 3
    for row in rows:
        expected = users(busy, row["id"])
        assert {recipe["id"] for recipe in row["recipes"]} == {recipe["id"] for recipe in expected}
        assert row["running_recipes"] == sum(recipe["running"] is True for recipe in expected)
        assert row["lost_reason"] == row["connection_lost_reason"]
    assert [row["running_recipes"] for row in rows] == sorted((row["running_recipes"] for row in rows), reverse=True)
    assert busy.sent("connections.list") == 1
    assert busy.sent("recipes.list") <= 3, "one walk for all connections"
    together = {recipe["id"] for row in rows for recipe in row["recipes"] if recipe["running"]}
    table = busy("connections", "list", "--lost")
    assert f"3 lost connections, used by {len(together)} running recipes" in table.stderr
    assert table.stdout.splitlines()[0].split() == ["id", "name", "running", "recipes", "lost"]
    assert f" and {len(rows[0]['recipes']) - 3} more  " in table.stdout.splitlines()[1]
    first = rows[0]
    assert f"{first['running_recipes']} of {len(first['recipes'])}  {first['recipes'][0]['name']}, " in table.stdout
    assert len(busy("connections", "list", "--lost", "--csv").stdout.splitlines()) == 4
    assert len(busy.json("connections", "list", "--lost", "--limit", "1")) == 1
    assert len(busy.json("connections", "list", "--lost", "--provider", rows[0]["provider"])) >= 1


def test_no_lost_connections(shell: Shell) -> None:
    shell.fake.state.add_connection(provider="slack")
    assert "no lost connections" in shell("connections", "list", "--lost").stderr
    assert shell.sent("recipes.list") == 0


def test_one_connection_and_its_recipes(busy: Shell) -> None:
    row = busy.json("connections", "list", "--lost")[0]
    assert busy.json("connections", "show", row["id"])[0]["name"] == row["name"]
    assert "recipes" not in busy.json("connections", "show", row["name"])[0]
    [shown] = busy.json("connections", "show", row["name"], "--recipes")
    assert len(shown["recipes"]) == len(row["recipes"])
    running = [recipe["running"] for recipe in shown["recipes"]]
    assert running == sorted(running, reverse=True)
    result = busy("connections", "show", row["id"], "--recipes")
    assert "connection_lost_reason" in result.stdout
    assert f"{len(row['recipes'])} recipes, {row['running_recipes']} running" in result.stderr
    assert len(busy("connections", "show", row["id"], "--recipes", "--csv").stdout.splitlines()) == 1 + len(running)


def test_a_connection_that_is_not_there(shell: Shell) -> None:
    assert "no connection 99 in this environment" in shell("connections", "show", "99", status=1).stderr
    assert "no connection is named 'CRM'" in shell("connections", "show", "CRM", status=2).stderr


def test_the_connection_of_a_runtime_user(shell: Shell) -> None:
    found = shell.fake.state.add_connection(provider="slack", runtime=True)
    assert shell.json("connections", "show", found["id"])[0]["id"] == found["id"]


def test_disconnecting(shell: Shell) -> None:
    first = shell.fake.state.add_connection(provider="slack", name="Used")
    second = shell.fake.state.add_connection(provider="jira", name="Unused")
    shell.fake.state.add_recipe(running=True, applications=("clock", "slack"))
    names = ("Used", "Unused")
    result = shell("connections", "disconnect", *names, status=2)
    assert "Disconnect 2 connections (used by 1 running recipe)?" in result.stderr
    assert "2 connections\n" in shell("connections", "disconnect", *names, "--dry-run", "--force").stderr
    assert "1 connection\n" in shell("connections", "disconnect", "Unused", "--dry-run").stderr
    result = shell("connections", "disconnect", *names, "--dry-run", status=1)
    assert "would disconnect 2 connections; 1 of them used by running recipes, which takes --force" in result.stderr
    assert shell.sent("connections.disconnect") == 0

    rows = shell.json("connections", "disconnect", *names, "--yes", status=1)
    assert {row["id"]: row["outcome"] for row in rows} == {first["id"]: "failed", second["id"]: "disconnected"}
    assert second["authorization_status"] is None
    result = shell("connections", "disconnect", "-", "--yes", "--force", stdin=f'{{"id": {first["id"]}}}\n')
    assert "disconnected" in result.stdout
    assert first["authorization_status"] is None


def test_a_token_that_is_rejected_half_way(shell: Shell) -> None:
    shell.fake.state.add_connection(provider="slack", name="One")
    shell.fake.fail("connections.disconnect", Status(401, '{"message": "Unauthorized"}'))
    shell("connections", "disconnect", "One", "--yes", status=3)

"""Commands for jobs take the name of a recipe, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Shell


SINCE = ("--since", "2020-01-01")


@pytest.fixture
def shell(shell: Shell) -> Shell:
    """Run commands in a workspace with two recipes, each with a job that failed."""
    for recipe_id, name in ((42, "Orders"), (43, "Refunds")):
        shell.fake.state.add_recipe(id=recipe_id, name=name, running=True)
        shell.fake.state.add_job(recipe_id, id=f"j-{name}", status="failed")
    return shell


def test_jobs_of_a_recipe_by_its_name(shell: Shell) -> None:
    assert [row["id"] for row in shell.json("jobs", "list", "orders")] == ["j-Orders"]
    assert [row["id"] for row in shell.json("jobs", "show", "Refunds", "j-Refunds")] == ["j-Refunds"]
    assert [row["recipe_id"] for row in shell.json("jobs", "failed", *SINCE, "--recipe", "Orders")] == [42]
    assert len(shell.json("jobs", "failed", *SINCE, "--recipe", "Orders", "--recipe", "43")) == 2
    rows = shell.json("jobs", "repeat-failed", *SINCE, "--recipe", "Refunds", "--yes")
    assert [row["job_id"] for row in rows] == ["j-Refunds"]


def test_a_name_that_is_not_there(shell: Shell) -> None:
    for command in (("list", "Ordres"), ("failed", "--recipe", "Ordres"), ("repeat-failed", "--recipe", "Ordres")):
        assert "no recipe is named 'Ordres'; did you mean 'Orders'?" in shell("jobs", *command, status=2).stderr

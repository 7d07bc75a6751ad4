"""``workato-async properties``: listed by whole names, set in one call, replaced only after a question."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
import typer

from workato_async.cli.property_changes import given_properties

if TYPE_CHECKING:
    from tests.cli.conftest import Shell


def held(shell: Shell, project_id: int | None = None) -> dict[str, Any]:
    table = shell.fake.state.tables.get(f"properties/{project_id or ''}", {})
    return {str(name): row["value"] for name, row in table.items()}


def test_setting_and_listing(shell: Shell) -> None:
    assert "no properties found" in shell("properties", "list").stderr
    rows = shell.json("properties", "set", "crm_host=a=b", "tax=", "crm_port=443")
    assert [row["outcome"] for row in rows] == ["created"] * 3
    assert held(shell) == {"crm_host": "a=b", "tax": "", "crm_port": "443"}
    assert shell.sent("properties.upsert") == 1
    assert [row["name"] for row in shell.json("properties", "list", "crm_")] == ["crm_host", "crm_port"]
    assert shell("properties", "list", "--csv").stdout == "name,value\ncrm_host,a=b\ncrm_port,443\ntax,\n"


def test_a_value_is_replaced_only_after_a_question(shell: Shell) -> None:
    shell("properties", "set", "a=1", "b=2")
    result = shell("properties", "set", "a=9", "b=2", "c=3", status=2)
    assert "~ a: 1 -> 9" in result.stderr
    assert "Replace the value of property a in the environment?" in result.stderr
    assert held(shell) == {"a": "1", "b": "2"}
    rows = shell.json("properties", "set", "a=9", "b=2", "c=3", "--dry-run")
    assert [row["outcome"] for row in rows] == ["would be replaced", "unchanged", "would be created"]
    assert shell.sent("properties.upsert") == 1
    rows = shell.json("properties", "set", "a=9", "b=2", "c=3", "--yes")
    assert [(row["outcome"], row["before"]) for row in rows] == [
        ("replaced", "1"), ("unchanged", "2"), ("created", None),
    ]  # fmt: skip
    assert json.loads(shell.fake.requests[-1].body or b"") == {"properties": {"a": "9", "c": "3"}}
    shell("properties", "set", "a=9", "b=2")  # and nothing to confirm or to send
    assert shell.sent("properties.upsert") == 2
    assert "values of 2 properties" in shell("properties", "set", "a=0", "b=0", status=2).stderr


def test_those_of_a_project(shell: Shell) -> None:
    project = shell.fake.state.add_project("Logistics")
    shell("properties", "set", "a=1", "--project", "Logistics")
    assert (held(shell), held(shell, project["id"])) == ({}, {"a": "1"})
    assert shell.json("properties", "list", "--project", project["id"]) == [{"name": "a", "value": "1"}]
    assert (
        f"in project {project['id']}?" in shell("properties", "set", "a=2", "--project", "Logistics", status=2).stderr
    )


def test_what_was_listed_can_be_set_again(shell: Shell) -> None:
    shell("properties", "set", "a=1", "b==x")
    before = shell("properties", "list", "--json").stdout
    shell("properties", "set", "a=2", "b=3", "--yes")
    shell("properties", "set", "-", "--yes", stdin=before)
    assert held(shell) == {"a": "1", "b": "=x"}
    shell("properties", "set", "-", "--yes", stdin="a=5\n\nc=6\n")
    assert held(shell) == {"a": "5", "b": "=x", "c": "6"}


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["a"], "expected NAME=VALUE, not 'a'"),
        (["=1"], "a name has 1 to 100 characters"),
        ([f"{'n' * 101}=1"], "1 to 100 characters"),
        ([f"a={'v' * 1025}"], "at most 1,024 characters"),
        (["a=1", "a=2"], "a is given with two values"),
    ],
)
def test_what_cannot_be_meant(arguments: list[str], text: str) -> None:
    with pytest.raises(typer.BadParameter, match=text):
        given_properties(arguments)


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        ("", "standard input has no properties"),
        ('{"name": "a", "value": 7}', "has no text as its value"),
        ('{"value": "7"}', "expected NAME=VALUE"),
    ],
)
def test_lines_that_cannot_be_meant(monkeypatch: pytest.MonkeyPatch, lines: str, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(lines.encode())))
    with pytest.raises(typer.BadParameter, match=text):
        given_properties(["-"])


def test_an_argument_that_is_none(shell: Shell) -> None:
    assert "expected NAME=VALUE" in " ".join(shell("properties", "set", "a", status=2).stderr.split())
    assert shell.fake.requests == []

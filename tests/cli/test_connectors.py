"""``workato-async connectors``: code is compared, checked and pushed; released only if asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from workato_async.testing import Reset, Status

if TYPE_CHECKING:
    from tests.cli.conftest import Shell

FIRST = 653
CODE = '{\n  title: "Acme",\n  connection: {},\n}\n'


class Connectors:
    """The custom connectors of a workspace, and a file."""

    def __init__(self, shell: Shell, folder: Path) -> None:
        self.shell = shell
        self.file = folder / "acme.rb"

    def push(self, code: str | bytes, *options: object, status: int = 0) -> Any:
        self.file.write_bytes(code.encode() if isinstance(code, str) else code)
        return self.shell("connectors", "push", self.file, *options, status=status)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The connectors but those that the workspace had at the start."""
        return [row for row in self.shell.fake.state.tables["custom_connectors/"].values() if row["id"] >= FIRST]

    @property
    def sent(self) -> list[str]:
        names = ("create", "update", "release")
        return [name for name in names for _ in range(self.shell.sent(f"custom_connectors.{name}"))]


@pytest.fixture
def connectors(shell: Shell, tmp_path: Path) -> Connectors:
    return Connectors(shell, tmp_path)


def test_created_updated_released(connectors: Connectors) -> None:
    result = connectors.push(CODE, "--dry-run")
    assert result.stdout.splitlines()[:4] == ["--- /dev/null", f"+++ {connectors.file}", "@@ -0,0 +1,4 @@", "+{"]
    assert "Acme: would be created" in result.stderr
    assert connectors.sent == []
    [row] = [json.loads(line) for line in connectors.push(CODE, "--json").stdout.splitlines()]
    assert row == {"id": FIRST, "title": "Acme", "outcome": "created", "version": 1}

    assert "Acme: unchanged" in connectors.push(CODE, "--dry-run").stderr
    assert "unchanged" in connectors.push(CODE.replace("\n", "\r\n").rstrip()).stdout
    assert connectors.sent == ["create"]

    changed = CODE.replace("{},", "{ a: 1 },")
    assert "Update connector Acme (version 1)?" in connectors.push(changed, status=2).stderr
    result = connectors.push(changed, "--dry-run", "--release")
    assert "-  connection: {},\n+  connection: { a: 1 },\n" in result.stdout
    assert "Acme: would be updated and released" in result.stderr
    assert connectors.sent == ["create"]
    connectors.push(changed, "--yes", "--note", "more")
    assert connectors.sent == ["create", "update"]
    assert (connectors.rows[0]["latest_version"], connectors.rows[0]["latest_version_note"]) == (2, "more")

    assert "Release connector Acme (version 2)?" in connectors.push(changed, "--release", status=2).stderr
    assert "released" in connectors.push(changed, "--release", "--yes").stdout
    assert connectors.rows[0]["latest_released_version"] == 2
    connectors.push(changed, "--release")  # it is the same, and released
    assert connectors.sent == ["create", "update", "release"]


def test_the_list(connectors: Connectors) -> None:
    connectors.push(CODE)
    assert connectors.shell.json("connectors", "list")[-1]["title"] == "Acme"
    assert "Acme" in connectors.shell("connectors", "list").stdout


def test_which_connector_is_meant(connectors: Connectors) -> None:
    no_title = "{ connection: {} }"
    assert "has no title: pass --title or --connector" in connectors.push(no_title, status=2).stderr
    connectors.push(no_title, "--title", "Acme")
    connectors.push("{ title: 'Other' }", "--connector", "acme", "--yes")
    assert [(row["title"], row["latest_version"]) for row in connectors.rows] == [("Acme", 2)]
    connectors.push("{ title: 'Other' }", "--title", "Renamed", "--connector", FIRST, "--yes")
    connectors.push("{ title: 'Third' }", "--title", "Renamed", "--yes")
    assert [row["title"] for row in connectors.rows] == ["Renamed"]
    assert "no custom connector 99" in connectors.push(CODE, "--connector", "99", status=1).stderr
    connectors.push(CODE)
    connectors.rows[0]["title"] = "Acme"
    assert "2 custom connectors have the title 'Acme'" in connectors.push(CODE, status=2).stderr


def test_code_with_errors_is_not_pushed(connectors: Connectors) -> None:
    result = connectors.push(CODE.replace("{},", "{,"), status=1)
    assert f"{connectors.file}: severity error, message {{}} do not match, line 1" in result.stderr
    assert "Acme: the code has errors; nothing was changed" in result.stderr
    result = connectors.push(CODE.replace("{},", "{,"), "--dry-run", status=1)
    assert "+  connection: {,\n" in result.stdout
    assert connectors.sent == []
    connectors.shell.fake.fail("custom_connectors.validate_code", Status(403, '{"message": "no"}'))
    assert "the code is not checked" in connectors.push(CODE).stderr
    assert connectors.sent == ["create"]


def test_a_lost_response(connectors: Connectors) -> None:
    connectors.shell.fake.fail("custom_connectors.create", Reset("after"))
    assert "Run the command again: it finds the connector" in connectors.push(CODE, status=1).stderr
    connectors.push(CODE)
    assert len(connectors.rows) == 1
    connectors.shell.fake.fail("custom_connectors.release", Reset("after"))
    connectors.push(CODE, "--release", "--yes")
    assert connectors.rows[0]["latest_released_version"] == 1
    connectors.shell.fake.fail("custom_connectors.release", Status(400, '{"message": "code errors"}'))
    result = connectors.push(CODE + "# more", "--release", "--yes", status=1)
    assert "Acme was pushed, and not released: " in result.stderr


@pytest.mark.parametrize(("code", "text"), [(b"", "is empty"), (b" \n", "is empty"), (b"\xff\xfe\xff", "not UTF-8")])
def test_files_that_cannot_be_meant(connectors: Connectors, code: bytes, text: str) -> None:
    assert text in connectors.push(code, status=2).stderr
    assert connectors.shell.fake.requests == []


def test_a_file_that_is_not_there(shell: Shell, tmp_path: Path) -> None:
    assert "No such file" in shell("connectors", "push", tmp_path / "no.rb", status=2).stderr

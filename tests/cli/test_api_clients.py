"""``workato-async api-clients``: the new token has a place before the old one stops working."""

from __future__ import annotations

import os
import stat
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from workato_async.testing import Reset, Status

if TYPE_CHECKING:
    from tests.cli.conftest import Shell


@pytest.fixture
def client_id(shell: Shell) -> int:
    found: int = shell.fake.state.add_api_client("Nightly export")["id"]
    return found


def test_the_list(shell: Shell, client_id: int) -> None:
    [row, *_] = [row for row in shell.json("api-clients", "list") if row["id"] == client_id]
    assert row["token_updated_at"] == row["token"]["updated_at"]
    assert "Nightly export" in shell("api-clients", "list").stdout
    assert len(shell.json("api-clients", "list", "--limit", "1")) == 1


@pytest.mark.parametrize("there", [False, True])
def test_the_new_token_is_in_a_file_of_its_owner(shell: Shell, client_id: int, tmp_path: Path, there: bool) -> None:
    path = tmp_path / "token"
    if there:
        path.write_text("the old one")
        path.chmod(0o644)
    old = shell.fake.state.tokens[client_id]
    result = shell("api-clients", "rotate", "nightly export", "--to", path, "--yes")
    new = shell.fake.state.tokens[client_id]
    assert new != old
    assert path.read_text() == f"{new}\n"
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert new not in result.output
    assert "the old one has stopped working" in result.stderr
    assert [entry.name for entry in tmp_path.iterdir() if entry.name.startswith(".token")] == []
    [row] = shell.json("api-clients", "rotate", client_id, "--to", path, "--yes")
    assert row == {"id": client_id, "name": "Nightly export", "outcome": "rotated", "file": str(path)}


def test_it_is_printed_only_if_asked(shell: Shell, client_id: int) -> None:
    assert "--to FILE" in shell("api-clients", "rotate", client_id, "--yes", status=2).stderr
    assert shell.sent("developer_api_clients.regenerate") == 0
    result = shell("api-clients", "rotate", client_id, "--to", "-", "--yes")
    assert result.stdout == f"{shell.fake.state.tokens[client_id]}\n"
    [row] = shell.json("api-clients", "rotate", client_id, "--to", "-", "--yes")
    assert row == {"id": client_id, "token": shell.fake.state.tokens[client_id]}


def test_it_asks_and_looks_for_its_place_first(shell: Shell, client_id: int, tmp_path: Path) -> None:
    result = shell("api-clients", "rotate", client_id, "--to", tmp_path / "token", status=2)
    assert "Replace the token of API client Nightly export?" in result.stderr
    missing = tmp_path / "no such folder" / "token"
    assert "No such file" in shell("api-clients", "rotate", client_id, "--to", missing, "--yes", status=1).stderr
    assert "is not a file" in shell("api-clients", "rotate", client_id, "--to", tmp_path, "--yes", status=2).stderr
    assert shell.sent("developer_api_clients.regenerate") == 0
    assert "no API client is named" in shell("api-clients", "rotate", "x", "--to", "-", "--yes", status=2).stderr


def test_a_profile_keeps_the_new_token(shell: Shell, client_id: int) -> None:
    """With which the next command works, if it is the client of the profile itself."""
    [row] = shell.json("api-clients", "rotate", client_id, "--save-profile", "nightly", "--yes")
    new = shell.fake.state.tokens[client_id]
    assert row["profile"] == "nightly"
    config = shell.home / ".config" / "workato-async" / "config.toml"
    profile = tomllib.loads(config.read_text())["nightly"]
    assert (profile["token"], profile["host"]) == (new, row["host"])
    if os.name == "posix":
        assert stat.S_IMODE(config.stat().st_mode) == 0o600


def test_a_profile_that_is_for_something_else(shell: Shell, client_id: int) -> None:
    config = shell.home / ".config" / "workato-async" / "config.toml"
    config.parent.mkdir(parents=True)
    config.touch(0o600)
    config.write_text('[eu]\ntoken = "x"\ndata_center = "eu"\n[op]\ntoken_command = ["op"]\n')
    for name, text in {"eu": "is for https://app.eu.workato.com", "op": "takes its token from a command"}.items():
        result = shell("api-clients", "rotate", client_id, "--save-profile", name, "--yes", status=2)
        assert text in result.stderr
    shell("api-clients", "rotate", client_id, "--save-profile", "a", "--to", "-", "--yes", status=2)
    assert shell.sent("developer_api_clients.regenerate") == 0


@pytest.mark.parametrize("fault", [Reset("after"), Status(500), Status(200, "{}")])
def test_a_lost_response(shell: Shell, client_id: int, tmp_path: Path, fault: Reset | Status) -> None:
    shell.fake.fail("developer_api_clients.regenerate", fault)
    path = tmp_path / "token"
    result = shell("api-clients", "rotate", client_id, "--to", path, "--yes", status=1)
    assert "run the command again, which replaces it once more" in result.stderr
    assert shell.sent("developer_api_clients.regenerate") == 1
    assert list(tmp_path.glob("*token*")) == []


def test_a_disk_that_is_full(shell: Shell, client_id: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("workato_async.cli.token_rotation.atomic_write", full)
    result = shell("api-clients", "rotate", client_id, "--to", tmp_path / "token", "--yes", status=1)
    assert "could not be written to" in result.stderr
    assert "The old one no longer works: run the command again" in result.stderr
    assert shell.fake.state.tokens[client_id] not in result.output

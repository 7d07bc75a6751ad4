"""``workato-async auth``: tokens are checked, kept, chosen, shown nowhere, and removed."""

from __future__ import annotations

import json
import os
import socket
import sys
import tomllib
from pathlib import Path
from typing import Any

import platformdirs
import pytest

from tests.cli.conftest import TOKEN, Shell
from tests.cli.test_profiles_more import Keyring
from tests.support.cli_process import HANGS, served, start
from workato_async.cli.profile_names import profile_names
from workato_async.testing import FakeWorkato, Status


@pytest.fixture
def config(shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return the path of the config file, which does not exist; nothing is in the environment but the host.

    The fake listens on the same port for every command, since profiles hold its address.
    """
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    shell.fake = FakeWorkato(recipes=0, jobs=0, token=TOKEN, port=port)
    for name in ("API_TOKEN", "PROFILE", "DATA_CENTER"):
        monkeypatch.delenv(f"WORKATO_{name}", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(platformdirs, "user_config_path", lambda name, appauthor: tmp_path / "config" / name)
    monkeypatch.setitem(sys.modules, "keyring", None)
    return tmp_path / "config" / "workato-async" / "config.toml"


def host(shell: Shell) -> str:
    return "{}:{}".format(*shell.fake.address)


def tables(config: Path) -> dict[str, Any]:
    return tomllib.loads(config.read_text())


def write(config: Path, text: str) -> None:
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(text)
    config.chmod(0o600)


def test_signing_in_with_a_token_from_standard_input(shell: Shell, config: Path) -> None:
    result = shell("auth", "login", "--profile", "sandbox", "--with-token", "--json", stdin=f"{TOKEN}\n")
    assert json.loads(result.stdout) == {
        "profile": "sandbox",
        "workspace": "Example",
        "workspace_id": 77,
        "host": host(shell),
        "token_in": str(config),
        "default": True,
    }
    assert tables(config) == {
        "default_profile": "sandbox",
        "sandbox": {"token": TOKEN, "host": f"http://{host(shell)}"},
    }
    assert os.name != "posix" or config.stat().st_mode & 0o777 == 0o600
    assert shell.json("auth", "status")[0]["profile"] == "sandbox"


@pytest.mark.skipif(os.name != "posix", reason="making a link needs a privilege on Windows")
def test_nothing_is_asked_or_sent_if_the_file_cannot_be_written(shell: Shell, config: Path, tmp_path: Path) -> None:
    write(tmp_path / "mine.toml", "")
    config.parent.mkdir(parents=True)
    config.symlink_to(tmp_path / "mine.toml")
    assert "is a symbolic link" in shell("auth", "login", stdin=TOKEN, status=2).stderr
    assert shell.fake.requests == []


def test_a_second_profile_is_not_the_default(shell: Shell, config: Path) -> None:
    shell("auth", "login", stdin=TOKEN)
    result = shell("auth", "login", "--profile", "sandbox", stdin=TOKEN)
    assert "use it with --profile sandbox, or for every command after `workato-async auth switch" in result.stderr
    assert [row["name"] for row in shell.json("auth", "list") if row["default"]] == ["default"]
    assert "sandbox is now the default" in shell("auth", "switch", "sandbox").stderr
    assert [row["name"] for row in shell.json("auth", "list") if row["default"]] == ["sandbox"]
    assert shell.json("auth", "status")[0]["profile"] == "sandbox"


def test_a_rejected_token_is_not_kept(shell: Shell, config: Path) -> None:
    result = shell("auth", "login", stdin="another-token", status=3)
    assert "HTTP 401" in result.stderr
    assert "another-token" not in result.output
    assert not config.exists()


@pytest.mark.parametrize("text", ["", "\n", "two words", "t\u00f6ken", "keyring:", "one\ntwo"])
def test_what_cannot_be_a_token(shell: Shell, config: Path, text: str) -> None:
    result = shell("auth", "login", "--with-token", stdin=text, status=2)
    assert "tored" in result.stderr  # "nothing was stored"
    assert not config.exists()
    assert shell.sent("workspace.me") == 0


def test_a_byte_order_mark_before_the_token(shell: Shell, config: Path) -> None:
    shell("auth", "login", stdin=f"\ufeff{TOKEN}\r\n")
    assert tables(config)["default"]["token"] == TOKEN


@pytest.mark.parametrize("name", ["x" * 41, "default_profile", " x", "a\x1bb"])
def test_what_cannot_be_a_name(shell: Shell, config: Path, name: str) -> None:
    result = shell("auth", "login", "--profile", name, stdin=TOKEN, status=2)
    assert "the name of a profile has 1 to 40 printable characters" in result.stderr
    assert name not in result.output.replace("default_profile\n", "")


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_token_that_may_not_see_its_workspace(shell: Shell, config: Path, status: int) -> None:
    """Clients of the environments TEST and PROD may not."""
    shell.fake.fail("workspace.me", Status(status), times=2)
    result = shell("auth", "login", stdin=TOKEN)
    assert "may not read the name of its workspace" in result.stderr
    assert tables(config)["default"]["token"] == TOKEN
    (row,) = shell.json("auth", "status")
    assert (row["token"], row["workspace"]) == ("valid", None)


def test_a_token_whose_role_may_nearly_nothing(shell: Shell, config: Path) -> None:
    for endpoint in ("workspace.me", "recipes.list", "projects.list", "folders.list", "connections.list"):
        status = 403 if endpoint == "projects.list" else 401
        shell.fake.fail(endpoint, Status(status), times=2)
    assert "may not read the name" in shell("auth", "login", stdin=TOKEN).stderr
    assert tables(config)["default"]["token"] == TOKEN


def test_a_host_that_is_not_workato(shell: Shell, config: Path) -> None:
    for endpoint in ("workspace.me", "recipes.list", "projects.list", "folders.list", "connections.list"):
        shell.fake.fail(endpoint, Status(404), times=2)
    assert "HTTP 404" in shell("auth", "login", stdin=TOKEN, status=1).stderr
    assert not config.exists()


def test_the_host_of_a_profile_stays(shell: Shell, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new token for a profile goes where that profile says, not where the environment does."""
    write(config, '[sandbox]  # mine\ntoken = "old"\nhost = "http://127.0.0.1:1"\n')
    result = shell("auth", "login", "--profile", "sandbox", stdin=TOKEN, status=1)
    assert "127.0.0.1:1" in result.stderr
    assert shell.sent("workspace.me") == 0
    result = shell("auth", "login", "--profile", "sandbox", "--host", "http://127.0.0.1:2", stdin=TOKEN, status=1)
    assert "127.0.0.1:2" in result.stderr
    assert tables(config)["sandbox"]["token"] == "old"


def test_a_host_that_cannot_be_meant(shell: Shell, config: Path) -> None:
    assert "unknown data center" in shell("auth", "login", "--data-center", "mars", stdin=TOKEN, status=2).stderr
    assert "use one" in shell("auth", "login", "--data-center", "eu", "--host", "x.y", stdin=TOKEN, status=2).stderr
    assert not config.exists()


def test_the_environment_goes_before_profiles_and_that_is_said(
    shell: Shell, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKATO_API_TOKEN", TOKEN)
    result = shell("auth", "login", stdin=TOKEN)
    assert "WORKATO_API_TOKEN is set and takes precedence over the default profile" in result.stderr
    (row,) = shell.json("auth", "status")
    assert (row["profile"], row["token_from"], row["host_from"]) == (None, "WORKATO_API_TOKEN", "WORKATO_HOST")


def test_the_keyring_holds_the_token(shell: Shell, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keyring = Keyring()
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    assert "keyring" in shell("auth", "login", stdin=TOKEN).stdout
    assert keyring.kept == {("workato-async", "default"): TOKEN}
    assert tables(config)["default"] == {"token": "keyring:", "host": f"http://{host(shell)}"}
    assert shell.json("whoami")[0]["name"] == "Example"
    (row,) = shell.json("auth", "status")
    assert (row["token_from"], row["token"]) == ("the keyring of the system", "valid")
    assert "and its token from the keyring" in shell("auth", "logout").stderr
    assert keyring.kept == {}
    assert tables(config) == {}


def test_a_keyring_that_does_not_work(shell: Shell, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keyring = Keyring()
    keyring.locked = True
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    result = shell("auth", "login", stdin=TOKEN)
    assert f"the keyring cannot be used (RuntimeError); the token is in {config} instead" in result.stderr
    assert tables(config)["default"]["token"] == TOKEN


def test_signing_out(shell: Shell, config: Path) -> None:
    write(config, 'default_profile = "eu"\n\n[eu]\ntoken = "x"\ndata_center = "eu"\n\n# Mine.\n[us]\ntoken = "y"\n')
    assert "removed the profile eu from" in shell("auth", "logout").stderr
    assert tables(config) == {"us": {"token": "y"}}
    assert "# Mine." in config.read_text()
    assert f"that is not a profile in {config}; name one with --profile: us" in shell("auth", "logout", status=2).stderr
    assert "choose one of its profiles with --profile" in shell("auth", "status", status=3).stderr
    shell("auth", "logout", "--profile", "us")
    assert "no profiles in" in shell("auth", "list").stderr


def test_a_list_names_what_is_wrong(shell: Shell, config: Path) -> None:
    write(
        config,
        '[a]\ntoken = "x"\ndata_center = "eu"\n[b]\nregion = "eu"\n[c]\ntoken_command = ["op"]\n[d]\ntoken = "x"\n'
        'data_center = "mars"\n[e]\ntoken = "keyring:"\n',
    )
    rows = {row.pop("name"): row for row in shell.json("auth", "list")}
    assert rows["a"] == {"default": False, "host": "app.eu.workato.com", "token_in": "file", "problem": None}
    assert "did you mean 'data_center'?" in rows["b"]["problem"]
    assert (rows["c"]["token_in"], rows["c"]["host"]) == ("command", "www.workato.com")
    assert "unknown data center" in rows["d"]["problem"]
    assert rows["e"]["token_in"] == "keyring"
    assert shell.fake.requests == []


def test_status_shows_what_it_knows_of_a_rejected_token(shell: Shell, config: Path) -> None:
    write(config, f'[default]\ntoken = "other-token-{"x" * 20}"\n')
    result = shell("auth", "status", "--json", status=3)
    row = json.loads(result.stdout)
    assert (row["token"], row["host_from"], row["workspace"]) == ("rejected", "WORKATO_HOST", None)
    assert "other-token" not in result.output


def test_switching_to_nothing(shell: Shell, config: Path) -> None:
    write(config, '[eu]\ntoken = "x"\n')
    assert "profiles: eu" in shell("auth", "switch", "us", status=2).stderr
    write(config, '[eu]\ntoken = "x"\nregion = "eu"\n')
    assert "did you mean" in shell("auth", "switch", "eu", status=2).stderr


def test_completion(config: Path) -> None:
    assert profile_names("") == []
    write(config, '[eu]\ntoken = "x"\n[eu-test]\nregion = "x"\n[us]\n')
    assert profile_names("eu") == ["eu", "eu-test"]
    write(config, "[")
    assert profile_names("") == []


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX terminals")
@pytest.mark.parametrize(("typed", "status"), [(f"{TOKEN}\n", 0), ("\x03", 130)])
def test_the_token_is_typed_and_not_shown(tmp_path: Path, typed: str, status: int) -> None:
    import fcntl
    import pty
    import termios

    ours, theirs = pty.openpty()

    def own_terminal() -> None:
        os.setsid()
        fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)

    fake = FakeWorkato(recipes=0, jobs=0, token=TOKEN)
    with served(fake):
        process = start(
            fake,
            tmp_path,
            *("auth", "login", "--profile", "mine"),
            env={"WORKATO_API_TOKEN": "", "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            preexec_fn=own_terminal,
        )
        os.close(theirs)
        shown = b""
        try:
            while b"profile mine: " not in shown:
                shown += os.read(ours, 1024)
            os.write(ours, typed.encode())
            while part := os.read(ours, 1024):
                shown += part
        except OSError:  # the process has closed it
            pass
        finally:
            os.close(ours)
        assert process.wait(HANGS) == status
    assert TOKEN.encode() not in shown
    assert (b"Example" if status == 0 else b"nothing was changed") in shown
    assert b"Traceback" not in shown
    assert len([*tmp_path.rglob("config.toml")]) == (status == 0)

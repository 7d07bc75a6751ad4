"""Signing in when something goes wrong: no token is lost, shown, or ends up beside the host of another."""

from __future__ import annotations

import sys
import threading
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.cli.conftest import TOKEN, Shell
from tests.cli.test_auth import config, host, write  # noqa: F401 - a fixture
from tests.cli.test_profiles_more import Keyring
from workato_async._files import FileLock
from workato_async.cli import config_file, token_sources
from workato_async.cli.app import app
from workato_async.cli.command_runner import CommandError, ExitStatus
from workato_async.cli.config_file import ConfigFile
from workato_async.cli.profiles import load_profile
from workato_async.cli.settings import Settings
from workato_async.cli.sign_in import chosen_place
from workato_async.cli.token_sources import TokenCommand
from workato_async.testing import FakeWorkato
from workato_async.testing.serving import greeting


class Forgetful(Keyring):
    """A keyring that is switched off: it takes passwords, and has none afterwards."""

    def set_password(self, service: str, name: str, password: str) -> None:
        pass


def test_a_keyring_that_keeps_nothing_is_not_trusted(
    shell: Shell,
    config: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "keyring", Forgetful())
    result = shell("auth", "login", "--with-token", stdin=TOKEN)
    assert "does not keep passwords" in result.stderr
    assert tomllib.loads(config.read_text())["default"]["token"] == TOKEN


@pytest.mark.parametrize("before", [None, "token-of-the-old-host"])
def test_the_keyring_goes_back_if_the_file_cannot_name_the_host(
    shell: Shell,
    config: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    before: str | None,
) -> None:
    """Otherwise the next command sends the new token to the host that the profile had."""
    keyring = Keyring()
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    if before:
        keyring.kept["workato-async", "eu"] = before
    write(config, '[eu]\ntoken = "keyring:"\ndata_center = "eu"\n')

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(config_file, "_write_private", full)
    place = f"http://{host(shell)}"
    result = shell("auth", "login", "--profile", "eu", "--host", place, "--with-token", stdin=TOKEN, status=1)
    assert "No space left" in result.stderr
    assert keyring.kept.get(("workato-async", "eu")) == before


@pytest.mark.parametrize("problem", ['region = "eu"', 'host = "app.eu.workato.com"\ndata_center = "eu"', "token = 1"])
def test_a_token_is_not_sent_to_the_default_host_because_that_of_the_profile_is_misspelled(
    shell: Shell,
    config: Path,  # noqa: F811
    problem: str,
) -> None:
    write(config, f"[eu]\n{problem}\n")
    result = shell("auth", "login", "--profile", "eu", "--with-token", stdin=TOKEN, status=2)
    assert "[eu]" in result.stderr
    assert "--data-center" in result.stderr
    assert not shell.fake.requests
    shell("auth", "login", "--profile", "eu", "--host", f"http://{host(shell)}", "--with-token", stdin=TOKEN)
    assert tomllib.loads(config.read_text())["eu"]["token"] == TOKEN


def test_the_environment_does_not_move_a_profile_that_was_named(
    config: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Commands with --profile do not look at it either: one without a host is for the default one."""
    write(config, '[old]\ntoken = "x"\n')
    monkeypatch.setenv("WORKATO_HOST", "app.jp.workato.com")
    file = ConfigFile.read(config)

    def root(name: str, settings: Settings) -> str:
        return chosen_place(file, name, settings, ask=False).root

    assert root("old", Settings(profile="old")) == "https://www.workato.com"
    assert root("old", Settings()) == "https://app.jp.workato.com"
    assert root("new", Settings(profile="new")) == "https://app.jp.workato.com"
    assert root("old", Settings(profile="old", data_center="eu")) == "https://app.eu.workato.com"


def test_an_empty_token_is_not_replaced_by_that_of_a_profile(
    config: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A pipeline that forgot to set it would otherwise work on another workspace."""
    write(config, '[default]\ntoken = "of-a-profile"\n[eu]\ntoken = "eu-token"\ndata_center = "eu"\n')
    for empty in ("", " "):
        monkeypatch.setenv("WORKATO_API_TOKEN", empty)
        with pytest.raises(CommandError, match="WORKATO_API_TOKEN is empty") as caught:
            load_profile(None)
        assert caught.value.status is ExitStatus.USAGE
    monkeypatch.setenv("WORKATO_PROFILE", "")
    assert load_profile("eu").token == "eu-token"  # the environment is not looked at


def test_commands_that_edit_at_once_lose_nothing(config: Path) -> None:  # noqa: F811
    names = [f"p{number}" for number in range(12)]
    files = {name: ConfigFile.read(config) for name in names}
    start = threading.Barrier(len(names))

    def sign_in(name: str) -> None:
        start.wait()
        files[name].put(name, {"token": f"of-{name}"})

    threads = [threading.Thread(target=sign_in, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    written = ConfigFile.read(config)
    assert {name: table["token"] for name, table in written.profiles.items()} == {name: f"of-{name}" for name in names}


def test_the_first_profile_stays_the_default_of_commands_that_read_before(config: Path) -> None:  # noqa: F811
    first, second = ConfigFile.read(config), ConfigFile.read(config)
    first.put("one", {"token": "x"})
    second.put("two", {"token": "x"})
    assert ConfigFile.read(config).default == "one"


def test_a_command_that_goes_on_editing(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    write(config, '[eu]\ntoken = "x"\n')
    before = config.read_text()
    lock = FileLock(config.with_name(f".{config.name}.lock"))
    assert lock.acquire()
    monkeypatch.setattr(config_file, "PATIENCE", 0)
    with pytest.raises(CommandError, match="another command is editing"):
        ConfigFile.read(config).make_default("eu")
    assert config.read_text() == before
    lock.release()
    ConfigFile.read(config).make_default("eu")


@pytest.mark.parametrize(
    ("said", "printed"),
    [
        (f"+ echo {TOKEN}", TOKEN),
        (f"+ echo {TOKEN} later", f"{TOKEN}\nand more"),
        (f"> GET /me Authorization: Bearer {TOKEN}", ""),
        (f"token={TOKEN}", ""),
        ("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", ""),
        ("0123456789abcdef" * 4, ""),
    ],
)
def test_no_token_in_what_a_command_wrote_to_standard_error(said: str, printed: str) -> None:
    shown = token_sources._last_lines(f"cannot read the vault\n{said}\n", printed)
    assert shown.startswith("cannot read the vault")
    assert "***" in shown
    assert not any(secret in shown for secret in (TOKEN, "eyJ", "0123456789abcdef"))


async def test_a_token_in_place_of_a_command_is_not_shown() -> None:
    source = TokenCommand((TOKEN,), "[eu]")
    assert TOKEN not in f"{source} {source!r}"
    with pytest.raises(CommandError, match="cannot be started") as caught:
        await source.get()
    assert TOKEN not in str(caught.value)
    assert str(TokenCommand(("/usr/local/bin/op", "read"), "[eu]")) == "token_command (/usr/local/bin/op)"


async def test_the_fake_shows_how_to_use_it_without_the_token_it_was_given() -> None:
    async with FakeWorkato(recipes=0, jobs=0, token=TOKEN) as fake:
        text = greeting(fake)
    assert TOKEN not in text
    assert "any" not in text  # it would be rejected
    assert text.count("TOKEN") == 4


@pytest.mark.parametrize("words", ["whoami --profile e", "diff --from e", "diff --from eu --to e", "auth switch e"])
def test_profiles_are_completed_wherever_one_is_named(config: Path, words: str) -> None:  # noqa: F811
    write(config, '[eu]\ntoken = "x"\n[us]\ntoken = "x"\n')
    environment = {
        "COMP_WORDS": f"workato-async {words}",
        "COMP_CWORD": str(len(words.split())),
        "_WORKATO_ASYNC_COMPLETE": "complete_bash",
    }
    assert CliRunner().invoke(app, [], env=environment, prog_name="workato-async").stdout.strip() == "eu"

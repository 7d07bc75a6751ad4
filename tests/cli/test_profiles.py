"""Where token and host come from."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import platformdirs
import pytest

from tests.cli.conftest import TOKEN, Shell
from workato_async import ConfigurationError
from workato_async.cli.command_runner import CommandError, ExitStatus
from workato_async.cli.profiles import config_path, load_profile, state_path

CONFIG = """
[default]
token = "default-token"

[eu]
token = "eu-token"
data_center = "eu"

[private]
token = "private-token"
host = "workato.example.com/api"
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr(platformdirs, "user_config_path", lambda name, appauthor: tmp_path / name)
    path = tmp_path / "workato-async" / "config.toml"
    path.parent.mkdir()
    path.write_text(CONFIG)
    path.chmod(0o600)
    return path


def base_url(name: str | None = None) -> str:
    return load_profile(name).session().base_url


def failure(name: str | None = None) -> CommandError:
    with pytest.raises(CommandError) as caught:
        load_profile(name)
    return caught.value


def test_the_environment_goes_before_the_default_profile(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKATO_API_TOKEN", "from-outside")
    assert (load_profile(None).token, base_url()) == ("from-outside", "https://www.workato.com")
    monkeypatch.setenv("WORKATO_HOST", "app.eu.workato.com")
    assert base_url() == "https://app.eu.workato.com"


def test_a_named_profile_goes_before_the_environment(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKATO_API_TOKEN", "from-outside")
    monkeypatch.setenv("WORKATO_HOST", "app.jp.workato.com")
    found = {name: load_profile(name) for name in ("default", "eu", "private")}
    assert {name: profile.token for name, profile in found.items()} == {
        "default": "default-token",
        "eu": "eu-token",
        "private": "private-token",
    }
    assert {name: base_url(name) for name in found} == {
        "default": "https://www.workato.com",
        "eu": "https://app.eu.workato.com",
        "private": "https://workato.example.com",
    }


def test_the_default_profile(config: Path) -> None:
    assert load_profile(None) == load_profile("default")
    assert "token'" not in repr(load_profile(None))
    assert "default-token" not in repr(load_profile(None))


@pytest.mark.skipif(os.name != "posix", reason="other systems have no such modes")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o620])
def test_a_file_open_to_others_is_an_error(config: Path, mode: int) -> None:
    config.chmod(mode)
    error = failure()
    assert str(error) == f"error: {config} contains tokens and is accessible to other users; run chmod 600 {config}"
    assert error.status is ExitStatus.USAGE


def test_no_token_anywhere(config: Path) -> None:
    config.unlink()
    error = failure()
    assert error.status is ExitStatus.AUTHENTICATION
    assert "WORKATO_API_TOKEN" in str(error)
    assert str(config) in str(error)


def test_an_unknown_profile_is_not_repeated(config: Path) -> None:
    error = failure(TOKEN)
    assert error.status is ExitStatus.USAGE
    assert str(error) == f"error: no such profile in {config}; profiles: default, eu, private"


@pytest.mark.parametrize(
    ("text", "said", "status"),
    [
        ("[default", "is not TOML", ExitStatus.USAGE),
        ("[default]\ntoken = 7", "must have text as token, in quotation marks", ExitStatus.USAGE),
        (
            '[default]\ntoken = "x"\ncolor = "red"',
            "unknown key 'color'; a profile may have token, token_command, host, data_center",
            ExitStatus.USAGE,
        ),
        ('[default]\ntoken = "x"\nhost = "a"\ndata_center = "eu"', "both host and data_center", ExitStatus.USAGE),
        ('[default]\nhost = "a"', "has no token", ExitStatus.AUTHENTICATION),
        ('default = "x"', "no such profile", ExitStatus.USAGE),
        ("", "no token", ExitStatus.AUTHENTICATION),
    ],
)
def test_files_that_cannot_be_meant(config: Path, text: str, said: str, status: ExitStatus) -> None:
    config.write_text(text)
    error = failure()
    assert said in str(error)
    assert error.status is status


def test_a_file_that_is_no_text(config: Path) -> None:
    config.write_bytes(b"\xff\xfe")
    assert str(failure()) == f"error: {config} is not TOML"


def test_a_host_that_cannot_be_meant(config: Path) -> None:
    config.write_text('[default]\ntoken = "x"\ndata_center = "mars"')
    with pytest.raises(ConfigurationError, match="unknown data center"):
        load_profile(None).session()


@pytest.mark.skipif(sys.platform in ("darwin", "win32"), reason="those have other folders")
def test_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for variable in ("XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(variable, "not/absolute")
    assert config_path() == tmp_path / ".config/workato-async/config.toml"
    assert state_path() == tmp_path / ".local/state/workato-async"
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert state_path() == tmp_path / "state/workato-async"


def test_commands_take_a_profile(shell: Shell, config: Path) -> None:
    shell.fake.state.add_recipe()
    config.write_text('[broken]\ntoken = "two words"\nhost = "http://127.0.0.1:1"\n')
    result = shell("recipes", "list", "--profile", "broken", status=2)
    assert "white space" in result.stderr
    assert "two words" not in result.output
    assert "no such profile" in shell("recipes", "list", "--profile", "other", status=2).stderr

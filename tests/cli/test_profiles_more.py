"""Profiles beyond the simple ones: what goes before what, commands, keyrings, editing, and folders."""

from __future__ import annotations

import logging
import os
import shutil
import stat
import sys
import tempfile
import tomllib
from pathlib import Path
from types import ModuleType

import platformdirs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cli.conftest import TOKEN, Shell
from workato_async import AuthenticationError, ConfigurationError
from workato_async.cli import token_sources
from workato_async.cli.command_runner import CommandError, ExitStatus
from workato_async.cli.config_file import ConfigFile
from workato_async.cli.profiles import Profile, config_path, load_profile, state_path
from workato_async.testing import FakeWorkato

posix = pytest.mark.skipif(os.name != "posix", reason="other systems have no such modes or links")
US = "https://www.workato.com"
APP = "https://app.workato.com"
EU = "https://app.eu.workato.com"
JP = "https://app.jp.workato.com"
CONFIG = """
[default]
token = "default-token"

[eu]
token = "eu-token"
data_center = "EU"
"""


class Config:
    """A config file in a folder that nothing else uses."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, text: str | bytes) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_bytes(text.encode() if isinstance(text, str) else text)
        self.path.chmod(0o600)


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    for name in ("API_TOKEN", "HOST", "DATA_CENTER", "PROFILE"):
        monkeypatch.delenv(f"WORKATO_{name}", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr(platformdirs, "user_config_path", lambda name, appauthor: tmp_path / name)
    found = Config(tmp_path / "workato-async" / "config.toml")
    found.write(CONFIG)
    return found


class Keyring(ModuleType):
    """What the package ``keyring`` has, as a dictionary."""

    def __init__(self) -> None:
        super().__init__("keyring")
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, name: str) -> str | None:
        if self.locked:
            raise RuntimeError(f"locked; {TOKEN}")
        return self.kept.get((service, name))

    def set_password(self, service: str, name: str, password: str) -> None:
        if self.locked:
            raise RuntimeError(f"locked; {password}")
        self.kept[service, name] = password

    def delete_password(self, service: str, name: str) -> None:
        del self.kept[service, name]


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> Keyring:
    module = Keyring()
    monkeypatch.setitem(sys.modules, "keyring", module)
    return module


def found(profile: Profile) -> tuple[object, str]:
    return profile.token, profile.session().base_url


def failure(*arguments: str | None) -> CommandError:
    with pytest.raises(CommandError) as caught:
        load_profile(arguments[0], *arguments[1:])
    return caught.value


@pytest.mark.parametrize(
    ("environment", "options", "token", "host"),
    [
        ({}, (None,), "default-token", US),
        ({"PROFILE": "eu"}, (None,), "eu-token", EU),
        ({"PROFILE": "eu"}, ("default",), "default-token", US),
        ({"API_TOKEN": "outside"}, (None,), "outside", US),
        ({"API_TOKEN": "outside", "HOST": "app.jp.workato.com"}, (None,), "outside", JP),
        ({"API_TOKEN": "outside", "DATA_CENTER": "jp"}, (None,), "outside", JP),
        ({"API_TOKEN": "outside", "DATA_CENTER": "JP", "HOST": "app.jp.workato.com/api"}, (None,), "outside", JP),
        ({"API_TOKEN": "outside", "DATA_CENTER": " jp "}, (None,), "outside", JP),
        # The American data center has two names.
        ({"API_TOKEN": "outside", "DATA_CENTER": "us", "HOST": "app.workato.com"}, (None,), "outside", APP),
        ({"API_TOKEN": "outside", "DATA_CENTER": "jp"}, ("eu",), "eu-token", EU),
        ({"API_TOKEN": "outside", "PROFILE": "eu"}, ("default",), "default-token", US),
        # A profile that was not named on the command line and has no host takes that of the environment.
        ({"DATA_CENTER": "jp"}, (None,), "default-token", JP),
        ({"HOST": "app.jp.workato.com"}, ("default",), "default-token", US),
        ({"PROFILE": "eu", "HOST": "app.eu.workato.com"}, (None,), "eu-token", EU),
        # Options replace the host, whatever the environment says.
        ({"API_TOKEN": "outside", "HOST": "app.eu.workato.com"}, (None, None, "jp"), "outside", JP),
        ({"PROFILE": "eu", "HOST": "app.sg.workato.com"}, (None, "app.jp.workato.com"), "eu-token", JP),
        ({}, ("eu", "https://app.jp.workato.com"), "eu-token", JP),
    ],
)
def test_the_order(
    config: Config,
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    options: tuple[str | None, ...],
    token: str,
    host: str,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(f"WORKATO_{name}", value)
    assert found(load_profile(options[0], *options[1:])) == (token, host)


@pytest.mark.parametrize(
    ("environment", "options", "named"),
    [
        ({"API_TOKEN": "outside", "PROFILE": "eu"}, (None,), ("WORKATO_API_TOKEN", "WORKATO_PROFILE", "--profile")),
        ({"PROFILE": "eu", "HOST": "app.jp.workato.com"}, (None,), ("[eu]", EU, "WORKATO_HOST", JP)),
        ({"PROFILE": "eu", "DATA_CENTER": "us"}, (None,), ("[eu]", EU, "WORKATO_DATA_CENTER", US)),
        (
            {"API_TOKEN": "outside", "HOST": "app.jp.workato.com", "DATA_CENTER": "eu"},
            (None,),
            ("WORKATO_HOST", JP, "WORKATO_DATA_CENTER", EU),
        ),
        ({"PROFILE": " "}, (None,), ("WORKATO_PROFILE is empty",)),
        ({"API_TOKEN": "outside", "DATA_CENTER": ""}, (None,), ("WORKATO_DATA_CENTER is empty",)),
        ({"API_TOKEN": "outside", "HOST": ""}, (None,), ("WORKATO_HOST is empty",)),
        ({}, (None, "app.eu.workato.com", "eu"), ("--host", "--data-center")),
        ({"PROFILE": "nobody"}, (None,), ("no such profile", "default, eu")),
    ],
)
def test_no_token_goes_to_a_host_that_it_may_not_be_for(
    config: Config,
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    options: tuple[str | None, ...],
    named: tuple[str, ...],
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(f"WORKATO_{name}", value)
    error = failure(*options)
    assert error.status is ExitStatus.USAGE
    assert all(part in str(error) for part in named), error
    assert "outside" not in str(error)


HOSTS = st.sampled_from([None, "us", "eu", "jp"])
NAMES = {"us": "www.workato.com", "eu": "app.eu.workato.com", "jp": "app.jp.workato.com"}


@given(
    token=st.booleans(),
    wanted=st.sampled_from([None, "default", "eu"]),
    host=HOSTS,
    data_center=HOSTS,
    named=st.sampled_from([None, "default", "eu"]),
)
def test_every_mixture_sends_a_token_where_its_own_place_says_or_nowhere(
    token: bool, wanted: str | None, host: str | None, data_center: str | None, named: str | None
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        variables = {
            "API_TOKEN": "outside" if token else None,
            "PROFILE": wanted,
            "HOST": NAMES[host] if host else None,
            "DATA_CENTER": data_center,
        }
        for name, value in variables.items():
            if value is None:
                patch.delenv(f"WORKATO_{name}", raising=False)
            else:
                patch.setenv(f"WORKATO_{name}", value)
        tables = {"default": {"token": "default-token"}, "eu": {"token": "eu-token", "data_center": "eu"}}
        patch.setattr(ConfigFile, "read", lambda path: ConfigFile(path, tables, None, frozenset(tables)))
        try:
            secret, root = found(load_profile(named))
        except CommandError:
            return
    said = {f"https://{NAMES[name]}" for name in (host, data_center) if name}
    if secret == "eu-token":
        assert root == EU
    elif secret == "default-token" and named:
        assert root == US
    else:
        assert {root} == (said or {US})


def test_where_everything_is_from(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    profile = load_profile("eu")
    place = f"[eu] in {config.path}"
    assert (profile.chosen_by, profile.token_source, profile.where.source) == ("--profile", place, place)
    monkeypatch.setenv("WORKATO_API_TOKEN", "outside")
    profile = load_profile(None, data_center="jp")
    assert (profile.token_source, profile.where.source) == ("WORKATO_API_TOKEN", "--data-center")


def test_the_file_names_its_default(config: Config) -> None:
    config.write('default_profile = "eu"\n' + CONFIG)
    assert found(load_profile(None)) == ("eu-token", EU)
    config.write("default_profile = 7\n" + CONFIG)
    assert "default_profile" in str(failure(None))
    config.write('default_profile = "gone"\n' + CONFIG)
    assert "no such profile" in str(failure(None))


def test_a_byte_order_mark(config: Config) -> None:
    config.write(b"\xef\xbb\xbf" + CONFIG.replace("\n", "\r\n").encode())
    assert found(load_profile("eu")) == ("eu-token", EU)
    ConfigFile.read(config.path).put("new", {"token": "x"})
    assert load_profile("new").token == "x"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[default]\ntoken = "x"\nregion = "eu"', "unknown key 'region'; did you mean 'data_center'?"),
        ('[default]\ntoken = "x"\ndatacentre = "eu"', "unknown key 'datacentre'; did you mean 'data_center'?"),
        ('[default]\napi_token = "x"', "unknown key 'api_token'; did you mean 'token'?"),
        ('[default]\ntoken = "x"\nURL = "x"', "unknown key 'URL'; did you mean 'host'?"),
        ('[default]\ntoken_comand = ["x"]', "did you mean 'token_command'?"),
        ('[default]\ntoken = "x"\ntoken_command = ["x"]', "both token and token_command"),
        ('[default]\ntoken_command = "op read x"', "a list of strings as token_command"),
        ("[default]\ntoken_command = [7]", "a list of strings as token_command"),
        ("[default]\ntoken_command = []", "without a program"),
        ('[default]\ntoken_command = [""]', "without a program"),
        ('[default]\ntoken = "keyring:other"', 'must be "keyring:", with nothing after it'),
        ('token = "x"', "token in CONFIG belongs to no profile; put it under a line such as [default]"),
    ],
)
def test_what_is_wrong_is_named(config: Config, text: str, said: str) -> None:
    config.write(text)
    error = failure(None)
    assert said.replace("CONFIG", str(config.path)) in str(error)
    assert error.status is ExitStatus.USAGE


def test_a_token_in_place_of_a_key_is_not_shown(config: Config) -> None:
    config.write(f'[default]\ntoken = "x"\n{TOKEN} = ""')
    assert "has an unknown key; a profile may have token" in str(failure(None))
    assert TOKEN not in str(failure(None))


# --- a command that prints the token ---


def command(config: Config, program: str, *arguments: str, more: str = "") -> None:
    """Make Python code the token_command of the default profile."""
    parts = ", ".join(map(repr, (sys.executable, "-c", program, *arguments)))
    config.write(f"[default]\ntoken_command = [{parts}]\n{more}")


async def test_a_command_prints_the_token(config: Config, caplog: pytest.LogCaptureFixture) -> None:
    command(config, f"print(' {TOKEN} \\r\\n')")
    caplog.set_level(logging.DEBUG)
    async with FakeWorkato(token=TOKEN) as fake, load_profile(None, fake.url).session() as workato:
        assert (await workato.workspace.me()).name == "Example"
    assert TOKEN not in caplog.text
    assert TOKEN not in repr(load_profile(None))


async def test_no_shell_reads_the_command_and_there_is_no_input(config: Config, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    command(config, "import sys; print(sys.argv[1] + sys.stdin.read())", f"$(touch${{IFS}}{marker});x|y")
    profile = load_profile(None)
    assert not isinstance(profile.token, str)
    assert await profile.token.get() == f"$(touch${{IFS}}{marker});x|y"
    assert not marker.exists()


@pytest.mark.parametrize(
    ("program", "said"),
    [
        (
            f"import sys; print('{TOKEN}'); sys.exit('not signed in\\n{TOKEN}\\nrun op signin')",
            "failed with exit status 1: not signed in; ***; run op signin",
        ),
        ("", "printed nothing"),
        (f"print('{TOKEN}'); print('{TOKEN}')", "printed something other than a token"),
        ("print('Your token:', 'x')", "printed something other than a token"),
        ("print('t\\u00f6ken')", "printed something other than a token"),
    ],
)
async def test_a_command_without_a_token(config: Config, program: str, said: str) -> None:
    command(config, program, more='host = "127.0.0.1:1"')
    with pytest.raises(CommandError, match="the token_command of") as caught:
        async with load_profile(None).session():
            pytest.fail("there is no token")
    assert said in str(caught.value)
    assert TOKEN not in str(caught.value)
    assert caught.value.status is ExitStatus.AUTHENTICATION


async def test_a_command_that_is_missing(config: Config) -> None:
    config.write('[default]\ntoken_command = ["/nowhere/op", "read"]')
    with pytest.raises(CommandError, match=r"cannot be started: .*Run `/nowhere/op …`"):
        await load_profile(None).session().__aenter__()


async def test_a_command_that_hangs_is_ended(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_sources, "COMMAND_TIMEOUT", 0.05)
    command(config, "import time; time.sleep(60)")
    with pytest.raises(CommandError, match=r"took longer than 0\.05 s"):
        await load_profile(None).session().__aenter__()


ROTATING = (
    "import pathlib, sys; path = pathlib.Path(sys.argv[1]); print(path.read_text()); path.write_text(sys.argv[2])"
)


async def test_a_command_is_asked_again_after_a_401(config: Config, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("old-token")
    command(config, ROTATING, str(tmp_path / "kept"), TOKEN)
    async with FakeWorkato(token=TOKEN) as fake, load_profile(None, fake.url).session() as workato:
        assert (await workato.workspace.me()).name == "Example"


async def test_a_command_that_fails_later_leaves_the_401(
    config: Config, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "kept").write_text("old-token")
    command(config, ROTATING.replace("write_text(sys.argv[2])", "unlink()"), str(tmp_path / "kept"))
    async with FakeWorkato(token=TOKEN) as fake, load_profile(None, fake.url).session() as workato:
        with pytest.raises(AuthenticationError):
            await workato.workspace.me()
    assert "FileNotFoundError" in capsys.readouterr().err


def test_commands_of_the_command_line_use_it(shell: Shell, config: Config) -> None:
    command(config, f"print('{TOKEN}')")
    assert "Example" in shell("whoami").stdout
    command(config, "import sys; sys.exit('vault is locked')")
    assert "vault is locked" in shell("whoami", status=3).stderr


# --- the keyring ---


async def test_the_token_in_the_keyring(config: Config, keyring: Keyring) -> None:
    config.write('[default]\ntoken = "keyring:"')
    keyring.kept["workato-async", "default"] = TOKEN
    async with FakeWorkato(token=TOKEN) as fake, load_profile(None, fake.url).session() as workato:
        assert (await workato.workspace.me()).name == "Example"


async def test_a_keyring_without_it(config: Config, keyring: Keyring) -> None:
    config.write('[default]\ntoken = "keyring:"')
    with pytest.raises(CommandError, match="auth login --profile default") as caught:
        await load_profile(None).session().__aenter__()
    assert caught.value.status is ExitStatus.AUTHENTICATION
    keyring.locked = True
    with pytest.raises(CommandError, match=r"the keyring cannot be used \(RuntimeError\)"):
        await load_profile(None).session().__aenter__()


async def test_without_the_extra(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    config.write('[default]\ntoken = "keyring:"')
    with pytest.raises(CommandError, match=r"pip install 'workato-async\[keyring\]'"):
        await load_profile(None).session().__aenter__()


# --- editing ---


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_editing_keeps_what_people_wrote(config: Config) -> None:
    config.write(
        '# Mine.\n\n[default]  # usual\ntoken = "x"  # until May\n\n# Theirs.\n[eu]\ntoken = "y"\nhost = "h"\n'
    )
    ConfigFile.read(config.path).put("eu", {"token": "z", "data_center": "eu"})
    ConfigFile.read(config.path).put("a.b", {"token": "q"})
    ConfigFile.read(config.path).make_default("a.b")
    text = config.path.read_text()
    assert all(part in text for part in ("# Mine.\n", "[default]  # usual\n", "# until May\n", "# Theirs.\n[eu]\n"))
    assert tomllib.loads(text) == {
        "default_profile": "a.b",
        "default": {"token": "x"},
        "eu": {"token": "z", "data_center": "eu"},
        "a.b": {"token": "q"},
    }
    ConfigFile.read(config.path).remove("a.b")
    assert ConfigFile.read(config.path).default is None
    assert {path.name for path in config.path.parent.iterdir()} == {"config.toml", ".config.toml.lock"}


@given(st.permutations(["eu", "us", "eu2"]), st.sampled_from(["eu", "us", "eu2"]), st.sampled_from(["\n", "\r\n"]))
def test_removing_a_profile_leaves_the_others_and_their_comments(order: list[str], gone: str, end: str) -> None:
    text = "".join(f'# About {name}.{end}[{name}]{end}# Its.{end}token = "{name}"{end}{end}' for name in order)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config.toml"
        Config(path).write(text)
        ConfigFile.read(path).remove(gone)
        left = path.read_bytes().decode()
    assert tomllib.loads(left) == {name: {"token": name} for name in order if name != gone}
    assert left == text.replace(f'[{gone}]{end}# Its.{end}token = "{gone}"{end}{end}', "")


@pytest.mark.parametrize("text", ['[[eu]]\ntoken = "x"\n', '[eu.a]\nx = 1\n[us]\n[eu]\ntoken = "z"\n'])
def test_what_cannot_be_edited_stays(config: Config, text: str) -> None:
    config.write(text)
    with pytest.raises(CommandError, match=r"cannot be edited .*Edit it by hand"):
        ConfigFile.read(config.path).put("eu", {"token": TOKEN})
    assert config.path.read_text() == text


@posix
def test_a_new_file_is_for_its_owner_only(config: Config) -> None:
    config.path.unlink()
    config.path.parent.chmod(0o755)
    ConfigFile.read(config.path).put("sandbox", {"token": TOKEN})
    assert (mode(config.path), mode(config.path.parent)) == (0o600, 0o700)
    assert load_profile(None).name == "sandbox"  # the first one is the default
    shutil.rmtree(config.path.parent)
    ConfigFile.read(config.path).put("sandbox", {"token": TOKEN})
    assert (mode(config.path), mode(config.path.parent)) == (0o600, 0o700)


@posix
def test_a_link_is_read_and_never_written_through(config: Config, tmp_path: Path) -> None:
    elsewhere = tmp_path / "dotfiles.toml"
    config.path.rename(elsewhere)
    config.path.symlink_to(elsewhere)
    assert load_profile("eu").token == "eu-token"
    with pytest.raises(CommandError, match=r"is a symbolic link.*dotfiles\.toml"):
        ConfigFile.read(config.path).put("new", {"token": TOKEN})
    assert elsewhere.read_text() == CONFIG


def test_a_failed_write_leaves_the_old_file(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        ConfigFile.read(config.path).put("new", {"token": TOKEN})
    assert config.path.read_text() == CONFIG
    assert {path.name for path in config.path.parent.iterdir()} == {"config.toml", ".config.toml.lock"}


# --- folders ---


@pytest.fixture
def other_platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A platform whose folder for everything is another than that of XDG."""
    home = tmp_path / "home"
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setattr(Path, "home", lambda: home)
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    support = tmp_path / "Application Support"
    monkeypatch.setattr(platformdirs, "user_config_path", lambda name, appauthor: support / name)
    monkeypatch.setattr(platformdirs, "user_state_path", lambda name, appauthor: support / name)
    return support / "workato-async"


def test_the_folders_of_the_platform(other_platform: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert config_path() == other_platform / "config.toml"
    assert state_path() == other_platform
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    assert config_path() == other_platform / "config.toml"


def test_the_places_of_earlier_releases_are_still_read(
    other_platform: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    former = tmp_path / "home" / ".config" / "workato-async" / "config.toml"
    Config(former).write(CONFIG)
    ledgers = tmp_path / "home" / ".local" / "state" / "workato-async"
    ledgers.mkdir(parents=True)
    assert (config_path(), state_path()) == (former, ledgers)
    xdg = tmp_path / "xdg" / "workato-async" / "config.toml"
    Config(xdg).write(CONFIG)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    assert config_path() == xdg
    assert str(xdg) in str(failure("nobody"))


def test_a_data_center_that_is_given_as_a_host(shell: Shell) -> None:
    result = shell("whoami", "--host", "EU", status=2)
    assert "EU is a data center, not a host: use --data-center eu" in result.stderr


@pytest.mark.parametrize(
    ("environment", "options", "text"),
    [
        ({"DATA_CENTER": "mars"}, (None,), "WORKATO_DATA_CENTER: unknown data center 'mars'; use one of us, "),
        ({"HOST": "http://example.com"}, (None,), "WORKATO_HOST is plain http to another machine: use https"),
        ({}, (None, "http://example.com"), "--host is plain http to another machine: use https"),
        ({}, (None, None, "mars"), "--data-center: unknown data center 'mars'; use one of us, "),
        ({}, ("far",), "the host of [far] in "),
    ],
)
def test_what_named_an_invalid_host_is_named(
    environment: dict[str, str],
    options: tuple[str | None, ...],
    text: str,
    config: Config,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config.write('[far]\ntoken = "any"\nhost = "http://example.com"\n')
    monkeypatch.setenv("WORKATO_API_TOKEN", TOKEN)
    for name, value in environment.items():
        monkeypatch.setenv(f"WORKATO_{name}", value)
    with pytest.raises(ConfigurationError) as caught:
        load_profile(options[0], *options[1:]).session()
    assert str(caught.value).startswith(text)
    assert "base_url" not in str(caught.value)

"""What the texts show works: the example of every command, and every command line of the README and of ``docs``."""

from __future__ import annotations

import asyncio
import re
import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.conftest import TOKEN, Shell
from tests.support.command_pages import commands
from tests.support.documents import PAGES, ROOT, blocks, matches
from tests.support.documents import name as name_of
from workato_async.cli import command_runner
from workato_async.testing import FakeWorkato

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

    from workato_async.testing import State

WORKFLOWS = sorted((ROOT / "examples" / "github").glob("*.yml"))
ONLY_PARSED = ("mirror follow", "jobs watch", "logs tail", "auth login", "doctor")
"""Commands that go on until Ctrl-C, or to the hosts that they name: only their arguments are checked."""
NOT_RUN = ("demo", "fake", "--install-completion")
"""What has an event loop of its own, or changes the shell."""
MIRROR: list[bytes] = []
"""The database of a mirror, once it was made."""


def _shown() -> Iterator[str]:
    """Return the command lines of the texts."""
    for _, command in commands():
        yield from re.findall(r"Example: (workato-async .+)", command.epilog or "")
    for page in PAGES:
        if page.name != "upgrade.md":  # names of options, which tests/test_release.py resolves
            yield from _lines(page.read_text("utf-8"))
    for workflow in WORKFLOWS:
        yield from re.findall(r"run: (workato-async .+)", workflow.read_text("utf-8"))


def _lines(text: str) -> Iterator[str]:
    """Return the command lines of a page, in its code and in its prose."""
    for block in re.findall(r"```(?:sh|bash|console|text title)\b[^\n]*\n(.*?)```", text, re.DOTALL):
        yield from map(str.strip, re.findall(r"^(?:\$ )?([^#\n]*\bworkato-async [a-z-][^#\n]*)", block, re.MULTILINE))
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    yield from (" ".join(one.split()) for one in re.findall(r"`(workato-async\s[^`…]+)`", prose))


SHOWN = sorted({*_shown()})
README = {*_lines((ROOT / "README.md").read_text("utf-8"))}
"""Its commands work in a fake as anybody starts it."""


def calls(line: str) -> Iterator[tuple[list[str], str | None]]:
    """Return the calls of a line of a shell: arguments, and the file that is its standard input."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words, source, before = list[str](), None, ""
    for token in [*lexer, ";"]:
        if token in ("|", "&&", ";"):
            if "workato-async" in words:
                yield words[words.index("workato-async") + 1 :], source
            words, source = [], "a pipe" if token == "|" else None
        elif before == "<":
            source = token
        elif before not in (">", ">>") and token not in ("<", ">", ">>"):
            words.append(token.replace("$PROJECT", "Sales"))
        before = token


def is_one_of(arguments: list[str], names: tuple[str, ...]) -> bool:
    return any(arguments[: len(name.split())] == name.split() for name in names)


def furnish(state: State) -> None:
    """Add what the examples of the commands name."""
    sales = next(int(one["folder_id"]) for one in state.projects.values() if one["name"] == "Sales")
    state.add_folder("Archive", parent_id=sales)
    for recipe_id in (10001, 12389, 12390):
        state.add_recipe(id=recipe_id, name=f"Leads {recipe_id}", folder_id=sales, running=recipe_id == 10001)
    state.add_job(12389, id="j-AJTAt8w6-wdAgWM", status="failed")
    state.add_connection(provider="salesforce", name="Salesforce production", folder_id=sales)
    prices = state.add_lookup_table("Prices", columns=("sku", "price"))["id"]
    state.add_lookup_row(prices, {"sku": "A1", "price": "1"})


@pytest.fixture
def workspace(line: str, shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Run commands in a workspace, and a folder, that have what the text names."""
    size = 12 if line in README else 0
    shell.fake = FakeWorkato(recipes=size, jobs=2 * size, lost_connections=3, now=datetime.now(UTC))
    if line not in README:
        furnish(shell.fake.state)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WORKATO_MIRROR", "workato.db")
    Path("prod.token").write_text(TOKEN)
    Path("prices.csv").write_text("sku,price\nA1,2\nB2,3\n")
    for file in ("c.csv", "countries.csv"):
        Path(file).write_text("Code,Country,Region\n" + "".join(f"C{n:05},Country {n},\n" for n in range(49)))
    Path("acme.rb").write_text('{\n  title: "Acme",\n  connection: {},\n}\n')
    Path("stopped.jsonl").write_text('{"id": 10001, "name": "Leads", "outcome": "stopped", "error": null}\n')
    Path("failed.jsonl").write_text('{"id": "j-AJTAt8w6-wdAgWM", "recipe_id": 12389}\n')
    Path("before.jsonl").write_text('{"name": "crm_host", "value": "crm.example.com"}\n')
    Path("recipes/sales").mkdir(parents=True)
    Path("recipes/sales/leads-12389.json").write_text('{"id": 12389, "name": "Leads", "code": "{}"}')
    start = command_runner.start

    def with_profiles(command: Callable[[], Coroutine[Any, Any, command_runner.ExitStatus]]) -> Any:
        async def run() -> command_runner.ExitStatus:
            config = shell.home / ".config" / "workato-async" / "config.toml"
            config.parent.mkdir(parents=True, exist_ok=True)
            config.touch(mode=0o600)
            names = ("default", "dev", "prod", "sandbox")
            config.write_text("".join(f'[{name}]\ntoken = "{TOKEN}"\nhost = "{shell.fake.url}"\n' for name in names))
            return await command()

        return start(run)

    monkeypatch.setattr(command_runner, "start", with_profiles)
    return shell


def command_of(arguments: list[str]) -> Any:
    """Return the command that is called."""
    [command] = (found for names, found in commands() if (*arguments[: len(names)],) == names)
    return command


@pytest.mark.parametrize("line", SHOWN)
def test_what_is_shown_works(workspace: Shell, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = ""
    for arguments, source in calls(line):
        if "COMMAND" in arguments or is_one_of(arguments, NOT_RUN):
            continue
        if is_one_of(arguments, ONLY_PARSED) or "--live" in arguments:
            monkeypatch.setattr(command_runner, "start", lambda _: command_runner.ExitStatus.DONE)
        else:
            prepare(workspace, arguments)
        asks = "yes" in {one.name for one in command_of(arguments).params}
        yes = ["--yes"] if asks and not {"--yes", "--dry-run"} & {*arguments} else []
        stdin = before if source == "a pipe" else source and Path(source).read_text("utf-8")
        before = workspace(*arguments, *yes, stdin=stdin).stdout


def prepare(workspace: Shell, arguments: list[str]) -> None:
    """Make what the command reads, and earlier ones have written."""
    if arguments[0] == "import":
        workspace("export", "Sales", "--to", "sales.zip")
    if arguments[0] == "mirror":
        # The database works in a thread, for which virtual time does not wait.
        workspace._loop = asyncio.new_event_loop  # type: ignore[method-assign, assignment]
        if arguments[1] != "run":
            if not MIRROR:
                for _ in range(2):  # the second pass confirms where the activity log ends
                    workspace("mirror", "run", "workato.db")
                MIRROR.append(Path("workato.db").read_bytes())
            Path("workato.db").write_bytes(MIRROR[0])


@pytest.mark.parametrize("page", [page for page in PAGES if any(True for _ in blocks(page, "console"))], ids=name_of)
def test_the_output_that_is_shown(page: Path, shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The blocks with a prompt are the output of a fake with a dozen recipes, one command after the other."""
    shell.fake = FakeWorkato(recipes=12, lost_connections=2)
    monkeypatch.chdir(tmp_path)
    for block in blocks(page):
        if block.title:
            Path(block.title).write_text(block.code, "utf-8")
        if block.language == "console":
            for line, output in re.findall(r"^\$ workato-async (.+)\n((?:(?!\$ ).*\n)*)", block.code, re.MULTILINE):
                printed = shell(*shlex.split(line)).output
                assert matches(output, printed), printed


def test_every_command_has_an_example_of_itself() -> None:
    for names, command in commands():
        assert f"Example: workato-async {' '.join(names)}" in (command.epilog or ""), names

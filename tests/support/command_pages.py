"""The page of all commands, made of their help: ``python -m tests.support.command_pages`` writes it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import typer

from workato_async.cli.app import app
from workato_async.cli.lazy_commands import Later

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "commands.md"
_NOTE = "<!-- Written by `python -m tests.support.command_pages`. -->"
_INTRODUCTION = (
    "Every command of `workato-async`, with its arguments, options and an example. "
    "[Command line](../guide/command-line.md) explains how to sign in, what the exit statuses mean and how to undo a "
    "change. `workato-async COMMAND --help` prints the same."
)


@cache
def _root() -> Any:
    return typer.main.get_command(app)


def commands(group: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Return every command with its names."""
    for name, command in _members(group or _root()):
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        elif not command.hidden:
            yield (*path, name), command


def _members(group: Any) -> Iterator[tuple[str, Any]]:
    for name, found in sorted(group.commands.items()):
        yield name, found.load() if isinstance(found, Later) else found


def options_of(command: Any) -> set[str]:
    """Return the options of a command, or the common ones."""
    return {one for each in (command or _root()).params for one in [*each.opts, *each.secondary_opts]} | {"--help"}


def choices_of(command: Any) -> dict[str, list[str]]:
    """Return the values of the options of a command that have a few: their placeholder is ``recipe|project``."""
    few = [one for one in command.params if re.fullmatch(r"[a-z]+(?:\|[a-z]+)+", one.metavar or "")]
    return {name: one.metavar.split("|") for one in few for name in one.opts if name.startswith("--")}


@cache
def group_names() -> set[str]:
    """Return the names of the groups of commands."""
    return {name for name, found in _members(_root()) if hasattr(found, "commands")}


def page() -> str:
    """Render the page."""
    parts = [
        "# Commands",
        _NOTE,
        _INTRODUCTION,
        "## Common options",
        "They can be before or after the command. Every command has `-v` and `-h`; its section says which of the "
        "others it has.",
        _list(_records(_root(), ())),
    ]
    for name, found in _members(_root()):
        if hasattr(found, "commands"):
            parts += [f"## {name}", _prose(found.help)]
            for names, command in commands(found, (name,)):
                parts += _command("###", names, command)
        else:
            parts += _command("##", (name,), found)
    return "\n\n".join(filter(None, parts)) + "\n"


def _command(level: str, names: tuple[str, ...], command: Any) -> Iterator[str]:
    """Render a command: heading, description, usage, example, arguments and options."""
    context = _context(command, names)
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    example = " ".join(command.epilog.partition("Example: ")[2].split())
    common = _records(_root(), ())
    records = _records(command, names)
    yield f"{level} {' '.join(names)}"
    yield _prose(command.help)
    yield f"```text\n{usage}\n```"
    yield _list([one for one in records if one not in common and one[0] != "--help"])
    if flags := [f"`{one[0].split()[0]}`" for one in records if one in common and not one[0].startswith("-v")]:
        yield f"[Common options](#common-options): {', '.join(flags)}."
    yield f"```sh\n{example}\n```"


def _context(command: Any, names: tuple[str, ...]) -> Any:
    return command.make_context(" ".join(("workato-async", *names)), [], resilient_parsing=True)


def _records(command: Any, names: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return how each parameter is written, and what it does."""
    context = _context(command, names)
    return [record for one in command.get_params(context) if (record := one.get_help_record(context))]


def _list(records: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f"- `{written}`: {_code(' '.join(text.split()))}" for written, text in records)


def _prose(text: str) -> str:
    paragraphs = inspect.cleandoc(text).replace("\b\n", "").split("\n\n")
    return _code("\n\n".join(" ".join(one.split()) for one in paragraphs))


def _code(text: str) -> str:
    """Set flags, names of variables and paths in code font; the folder for state has a name on each platform."""
    text = re.sub(r"~/\S*/workato-async/([\w.-]+)", r"`~/.local/state/workato-async/\1`", text)
    return re.sub(r"(?<![`\w])(--[a-z][a-z-]*|WORKATO_[A-Z_]+)(?![^`]*`(?:[^`]*`[^`]*`)*[^`]*$)", r"`\1`", text)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")

"""Setting properties: what is new, what is replaced, and what is that way already."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from workato_async import WorkatoError
from workato_async.cli.changing import UNKNOWN, may_be_done
from workato_async.cli.command_runner import ExitStatus, interruptible
from workato_async.cli.confirmation import confirm_change
from workato_async.cli.identifiers import read_rows
from workato_async.cli.output import Format, Rows
from workato_async.cli.terminal import echo_err

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workato_async import WorkatoSession

COLUMNS = ("name", "value", "before", "outcome")
STDIN = "-"
LONGEST_NAME, LONGEST_VALUE = 100, 1024
"""Characters that a property may have (docs: workato-api/account-properties)."""


async def read_properties(workato: WorkatoSession, project_id: int | None) -> dict[str, str | None]:
    """Return all properties with their whole names, which responses for a prefix may shorten."""
    return await workato.properties.list(prefix="", project_id=project_id)


def given_properties(texts: Sequence[str]) -> dict[str, str]:
    """Return values by name, from arguments and the lines of standard input.

    Raises:
        typer.BadParameter: if one is not ``NAME=VALUE``, is too long, or is given with two values.
    """
    found: dict[str, str] = {}
    for text in texts:
        for name, value in _from_stdin() if text == STDIN else [_split(text)]:
            if not name or len(name) > LONGEST_NAME:
                raise typer.BadParameter(f"{name or 'a name'!r}: a name has 1 to {LONGEST_NAME} characters")
            if len(value) > LONGEST_VALUE:
                raise typer.BadParameter(f"{name}: a value has at most {LONGEST_VALUE:,} characters")
            if found.setdefault(name, value) != value:
                raise typer.BadParameter(f"{name} is given with two values")
    if not found:
        raise typer.BadParameter("standard input has no properties")
    return found


async def change_properties(
    workato: WorkatoSession,
    wanted: Mapping[str, str],
    project_id: int | None,
    *,
    yes: bool,
    dry_run: bool,
    output: Format,
) -> ExitStatus:
    """Set properties, and print a row for each.

    Raises:
        CommandError: if the response to the question is no.
        WorkatoError: if the call fails, after the rows.
    """
    before = await read_properties(workato, project_id)
    todo = {name: value for name, value in wanted.items() if name not in before or before[name] != value}
    replaced = [name for name in todo if name in before]
    if replaced and not (dry_run or yes):
        for name in replaced:
            echo_err(f"~ {name}: {before[name]} -> {todo[name]}")
    if replaced and not dry_run:
        where = "the environment" if project_id is None else f"project {project_id}"
        what = (
            f"the value of property {replaced[0]}"
            if len(replaced) == 1
            else f"the values of {len(replaced):,} properties"
        )
        await confirm_change(workato, f"Replace {what} in {where}", yes=yes)
    outcomes = {name: "unchanged" if name not in todo else "created" for name in wanted}
    outcomes |= dict.fromkeys(replaced, "replaced")
    if dry_run:
        outcomes |= {name: f"would be {outcomes[name]}" for name in todo}
    with Rows(COLUMNS, output, changing=True) as rows:
        try:
            if todo and not dry_run:
                with interruptible(lambda: "the properties may have been set; run the command again to make sure"):
                    await workato.properties.upsert(properties=todo, project_id=project_id)
        except BaseException as error:
            interrupted = not isinstance(error, WorkatoError)
            outcomes |= dict.fromkeys(todo, UNKNOWN if interrupted or may_be_done(error) else "failed")
            raise
        finally:  # also the values before a change that may have been made
            for name, value in wanted.items():
                rows.add({"name": name, "value": value, "before": before.get(name), "outcome": outcomes[name]})
    return ExitStatus.DONE


def _from_stdin() -> list[tuple[str, str]]:
    found = []
    for row in read_rows(STDIN):
        if "name" in row:
            name, value = row["name"], row.get("value")
        else:
            name, value = _split(str(row.get("id", "")))  # a line that is not JSON
        if not isinstance(name, str) or not isinstance(value, str):
            raise typer.BadParameter(f"standard input: {name!r} has no text as its value")
        found.append((name, value))
    return found


def _split(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise typer.BadParameter(f"expected NAME=VALUE, not {text!r}")
    return name, value

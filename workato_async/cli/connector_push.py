"""Pushing the code of a custom connector: compared, checked, created or updated, and released if asked for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from workato_async import BadRequestError, NotFoundError, OutcomeUnknownError, PermissionDeniedError, WorkatoError
from workato_async.cli.command_runner import CommandError, ExitStatus, exit_status_of
from workato_async.cli.confirmation import confirm_change
from workato_async.cli.names import resolve
from workato_async.cli.output import Format, print_record
from workato_async.cli.terminal import echo_err
from workato_async.cli.unified_diff import print_unified

if TYPE_CHECKING:
    from pathlib import Path

    from workato_async import WorkatoSession
    from workato_async.models import CustomConnector

_TITLE = re.compile(r"""^\s*\{?\s*(?::title\s*=>|title:)\s*(["'])(.+?)\1""", re.MULTILINE)


async def push_connector(
    workato: WorkatoSession,
    file: Path,
    *,
    title: str | None,
    connector: str | None,
    note: str | None,
    release: bool,
    yes: bool,
    dry_run: bool,
    output: Format,
) -> ExitStatus:
    """Create or update a connector from a file.

    Raises:
        CommandError: if the file cannot be read, it is not clear which connector is meant, or the response to the
            question is no.
    """
    code = _read(file)
    found = await _find(workato, code, file, title=title, connector=connector)
    there = "" if found is None else (await workato.custom_connectors.code(found)).code
    name = title or (found.title if found else None) or _title_in(code)
    renamed = found is not None and name != found.title
    changed = found is None or renamed or _lines(there) != _lines(code)
    to_release = release and (changed or (found and found.latest_released_version != found.latest_version))
    outcome = "unchanged" if not changed else "created" if found is None else "updated"
    valid = not changed or await _is_valid(workato, code, file)
    if dry_run:
        _print_diff(there, code, found, file, output)
        steps = " and ".join(filter(None, (outcome if changed else "", "released" if to_release else "")))
        echo_err(f"{name}: would be {steps}" if steps else f"{name}: unchanged")
        if output is Format.JSON:
            planned = f"would be {steps}" if steps else outcome
            print_record({"id": found.id if found else None, "title": name, "outcome": planned}, output)
    if not valid:
        echo_err(f"{name}: the code has errors; nothing was changed")
        return ExitStatus.PARTLY_FAILED
    if dry_run:
        return ExitStatus.DONE
    if found is not None and (changed or to_release):
        what = " and ".join(filter(None, ("Update" if changed else "", "release" if to_release else "")))
        await confirm_change(
            workato, f"{what[0].upper()}{what[1:]} connector {name} (version {found.latest_version})", yes=yes
        )
    if changed or found is None:
        found = await _save(workato, found, name, code, note, rename=renamed)
    if to_release:
        await _release(workato, found, name)
    row = {"id": found.id, "title": name, "outcome": outcome, "version": found.latest_version}
    print_record({**row, "released": True} if to_release else row, output)
    return ExitStatus.DONE


async def _find(
    workato: WorkatoSession, code: str, file: Path, *, title: str | None, connector: str | None
) -> CustomConnector | None:
    """Return the connector that is meant, None for a new one."""
    there = await workato.custom_connectors.list().collect()
    if connector is not None:
        connector_id = await resolve(workato, "custom connector", connector)
        for one in there:
            if one.id == connector_id:
                return one
        raise CommandError(f"error: no custom connector {connector_id}")
    wanted = title or _title_in(code)
    if not wanted:
        raise CommandError(f"error: {file} has no title: pass --title or --connector", ExitStatus.USAGE)
    found = [one for one in there if one.title == wanted] or [one for one in there if one.name == wanted]
    if len(found) > 1:
        ids = ", ".join(str(one.id) for one in found)
        raise CommandError(
            f"error: {len(found)} custom connectors have the title {wanted!r}; pass --connector with one of {ids}",
            ExitStatus.USAGE,
        )
    return found[0] if found else None


async def _is_valid(workato: WorkatoSession, code: str, file: Path) -> bool:
    """Whether Workato finds nothing wrong with the code; what it finds is printed."""
    try:
        findings = (await workato.custom_connectors.validate_code(code=code)).findings
    except (NotFoundError, PermissionDeniedError) as error:
        echo_err(f"the code is not checked: {error.reason}")
        return True
    for finding in findings:
        text = finding if isinstance(finding, str) else _finding(finding)
        echo_err(f"{file}: {text}")
    return not findings


def _finding(finding: Any) -> str:
    if isinstance(finding, dict):
        return ", ".join(f"{name} {value}" for name, value in finding.items())
    return str(finding)


async def _save(
    workato: WorkatoSession,
    found: CustomConnector | None,
    title: str,
    code: str,
    note: str | None,
    *,
    rename: bool,
) -> CustomConnector:
    connectors = workato.custom_connectors
    try:
        if found is None:
            return await connectors.create(title=title, code=code, note=note)
        more: dict[str, Any] = {"title": title} if rename else {}
        if note is not None:
            more["note"] = note
        return await connectors.update(found, code=code, **more)
    except OutcomeUnknownError as error:
        raise CommandError(
            f"error: {error} Run the command again: it finds the connector if it was created, and compares the code"
        ) from None


async def _release(workato: WorkatoSession, connector: CustomConnector, title: str) -> None:
    """Release the newest version; a repeated request is rejected if the first one was carried out."""
    try:
        await workato.custom_connectors.release(connector)
    except BadRequestError as error:
        for one in await workato.custom_connectors.list().collect():
            if one.id == connector.id and one.latest_version == one.latest_released_version:
                return
        raise CommandError(f"error: {title} was pushed, and not released: {error}") from None
    except WorkatoError as error:
        raise CommandError(
            f"error: {title} was pushed, and its release is not certain: {error} Run the command again, which does "
            "the rest",
            exit_status_of(error),
        ) from None


def _read(file: Path) -> str:
    try:
        code = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise CommandError(f"error: {file} is not UTF-8 text", ExitStatus.USAGE) from None
    except OSError as error:
        raise CommandError(f"error: {file}: {error.strerror}", ExitStatus.USAGE) from None
    if not code.strip():
        raise CommandError(f"error: {file} is empty", ExitStatus.USAGE)
    return code


def _title_in(code: str) -> str:
    found = _TITLE.search(code)
    return found[2] if found else ""


def _lines(code: str) -> list[str]:
    return code.rstrip().splitlines()


def _print_diff(there: str, code: str, found: CustomConnector | None, file: Path, output: Format) -> None:
    if output is not Format.TABLE:
        return
    before = "/dev/null" if found is None else f"{found.title} version {found.latest_version}"
    print_unified(_lines(there), _lines(code), before, str(file))

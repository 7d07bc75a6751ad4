"""The files of an export: one folder per project, one JSON file per recipe, written so that ``git diff`` is useful.

``Sales-301/New lead to CRM-12389.json``: the ids distinguish equal names (and, on some file systems, names that differ
only in case), and identify the recipe of a file after it was renamed.
"""

from __future__ import annotations

import json
import os
import re
import stat
import unicodedata
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from workato_async._files import atomic_write
from workato_async.cli.command_runner import CommandError
from workato_async.cli.terminal import strip_control_chars

if TYPE_CHECKING:
    from pathlib import Path

    from workato_async.cli.output import Row

VOLATILE = frozenset(
    {
        "copy_count",
        "job_failed_count",
        "job_succeeded_count",
        "last_job_started_at",
        "last_run_at",
        "lifetime_task_count",
        "stop_cause",
        "stopped_at",
        "updated_at",
    }
)
"""Fields that change although nobody edited the recipe; ``version_no`` shows edits."""
MAX_NAME_BYTES = 150
"""Bytes of a file name taken from the name of a recipe or project; file systems allow 255 in all, some fewer."""
_FORBIDDEN = re.compile(r'[/\\:*?"<>|\N{REPLACEMENT CHARACTER}]')
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])(?= *\.)", re.IGNORECASE)
"""Names of devices on Windows, whatever follows their first dot."""
_RECIPE_FILE = re.compile(r".*-(\d+)\.json", re.DOTALL)
_JUNCTION = 0xA0000003
"""``stat.IO_REPARSE_TAG_MOUNT_POINT``, which only Windows has."""
_LEFTOVER = ".workato-async-*.tmp"


def file_name(name: str | None, id_: int, fallback: str) -> str:
    """Return a name that is valid on every file system and cannot contain a path."""
    text = _FORBIDDEN.sub("_", strip_control_chars(unicodedata.normalize("NFC", name or "")))
    text = text.strip(" .") or fallback
    if reserved := _RESERVED.match(text):
        text = f"{reserved[0]}_{text[reserved.end() :]}"
    text = text.encode("utf-8", "ignore")[:MAX_NAME_BYTES].decode("utf-8", "ignore").rstrip(" .")
    return f"{text}-{id_}"


def is_no_file_of_windows(name: str) -> bool:
    """Whether Windows would take the name of a file or folder for a device, a stream or another name."""
    return bool(_FORBIDDEN.search(name) or _RESERVED.match(f"{name}.")) or name != name.rstrip(" .")


def content(recipe: Row) -> bytes:
    """Return the exported form of a recipe: sorted keys, parsed code, no volatile and no unset fields."""
    kept = {name: value for name, value in recipe.items() if name not in VOLATILE and value is not None}
    if kept.get("tags"):
        kept["tags"] = sorted(kept["tags"])
    try:
        return _to_json({**kept, "code": json.loads(kept.get("code", ""))})
    except (ValueError, RecursionError):  # not JSON, or nested too deeply: keep the text
        return _to_json(kept)


def _to_json(recipe: Row) -> bytes:
    text = json.dumps(recipe, indent=2, sort_keys=True, ensure_ascii=False)
    return text.encode("utf-8", "backslashreplace") + b"\n"  # a lone surrogate can only be escaped


def leads_elsewhere(folder: Path) -> bool:
    """Whether a folder is a symbolic link, or a junction of Windows, which ``is_symlink`` does not count as one."""
    try:
        found = folder.lstat()
    except OSError:  # nothing is there
        return False
    return stat.S_ISLNK(found.st_mode) or getattr(found, "st_reparse_tag", 0) == _JUNCTION


class ExportFolder:
    """The folder of an export and the recipe files in it.

    Symbolic links and junctions in it are not followed: a link in place of a file is replaced, one in place of a folder
    is an error. The folder itself may be one. Files are known by the id in them, so one whose name another release
    chose, such as ``aux.log-7.json``, is renamed and reported as moved.

    Args:
        root: the folder; created if it does not exist.
        write: False to change nothing.
    """

    def __init__(self, root: Path, *, write: bool = True) -> None:
        self._root = root
        self._write = write
        self._draft = root / _LEFTOVER.replace("*", str(os.getpid()))
        self._files: dict[int, list[Path]] = {}
        for path in sorted(root.glob("*/*.json")):
            if path.is_file() and not leads_elsewhere(path.parent) and (recipe_id := _recipe_id(path)):
                self._files.setdefault(recipe_id, []).append(path)
        self._projects = {path.parent.name for paths in self._files.values() for path in paths}
        if write:
            root.mkdir(parents=True, exist_ok=True)
            for leftover in root.glob(_LEFTOVER):  # of a run that was killed
                leftover.unlink(missing_ok=True)

    def project(self, project_id: int) -> str | None:
        """Return the folder that a project has now, None if it has none."""
        return min((name for name in self._projects if name.endswith(f"-{project_id}")), default=None)

    @property
    def remaining(self) -> dict[int, list[Path]]:
        """The files of recipes for which ``put`` was not called, by recipe id."""
        return self._files

    def put(self, recipe_id: int, relative: str, data: bytes) -> tuple[str, Path | None]:
        """Update the file of a recipe; an unchanged file is not touched.

        Returns:
            What was done: ``"added"``, ``"changed"``, ``"moved"``, or ``""`` for nothing; and the previous path of a
            moved file.

        Raises:
            CommandError: if the folder of the file is a symbolic link.
        """
        target = self._root / relative
        if leads_elsewhere(target.parent):
            raise CommandError(
                f"error: {target.parent} is a symbolic link, which an export does not follow. Remove it, or make it a "
                "folder, and run the command again"
            )
        former, *surplus = self._files.pop(recipe_id, [target])
        if target in surplus:
            surplus[surplus.index(target)], former = former, target
        known = _bytes(former)
        moved = known is not None and former != target
        if self._write:
            target.parent.mkdir(exist_ok=True)
            if moved:
                os.replace(former, target)  # also if only the case changed
                self._remove_if_empty(former.parent)
            if known != data:
                atomic_write(target, data, draft=self._draft)
            for path in surplus:
                self._remove(path)
        change = "added" if known is None else "moved" if moved else "changed" if known != data else ""
        return change, former if moved else None

    def remove(self, recipe_id: int) -> list[Path]:
        """Remove the files of a recipe, and folders that are then empty; return the files."""
        paths = self._files.pop(recipe_id)
        for path in paths:
            self._remove(path)
        return paths

    def _remove(self, path: Path) -> None:
        if self._write:
            path.unlink(missing_ok=True)
            self._remove_if_empty(path.parent)

    @staticmethod
    def _remove_if_empty(folder: Path) -> None:
        with suppress(OSError):
            folder.rmdir()


def _recipe_id(path: Path) -> int | None:
    """Return the id of the recipe that a file was exported from; None for files that are not from an export."""
    if not (match := _RECIPE_FILE.fullmatch(path.name)) or not (data := _bytes(path)):
        return None
    try:
        found: Any = json.loads(data)
    except (ValueError, RecursionError):
        return None
    exported = isinstance(found, dict) and "applications" in found and found.get("id") == int(match[1])
    return int(match[1]) if exported else None


def _bytes(path: Path) -> bytes | None:
    try:
        return None if path.is_symlink() else path.read_bytes()
    except FileNotFoundError:
        return None

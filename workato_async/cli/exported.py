"""The files of an export: one folder a project, one JSON file a recipe, made so that ``git diff`` tells what changed.

``Sales-301/New lead to CRM-12389.json``: the ids keep apart what has the same name, also where a file system does not
tell upper from lower case, and say which recipe a file belongs to when its name has changed.
"""

from __future__ import annotations

import json
import os
import re
import unicodedata
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from workato_async.cli.running import harmless

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
"""Fields that change although nobody edited the recipe; ``version_no`` tells whether somebody did."""
LONGEST_NAME = 150
"""Bytes of a file name that come from the name of a recipe or project; file systems take 255 in all, some fewer."""
_FORBIDDEN = re.compile(r'[/\\:*?"<>|\N{REPLACEMENT CHARACTER}]')
_RECIPE_FILE = re.compile(r".*-(\d+)\.json", re.DOTALL)
_LEFTOVER = ".workato-async-*.tmp"


def file_name(name: str | None, id_: int, fallback: str) -> str:
    """Give a name that every file system takes, and that leads nowhere else."""
    text = _FORBIDDEN.sub("_", harmless(unicodedata.normalize("NFC", name or "")))
    text = text.strip(" .") or fallback
    text = text.encode("utf-8", "ignore")[:LONGEST_NAME].decode("utf-8", "ignore").rstrip(" .")
    return f"{text}-{id_}"


def content(recipe: Row) -> bytes:
    """Write a recipe as it is exported: sorted keys, parsed code, nothing volatile and nothing that is not set."""
    kept = {name: value for name, value in recipe.items() if name not in VOLATILE and value is not None}
    if kept.get("tags"):
        kept["tags"] = sorted(kept["tags"])
    try:
        return _written({**kept, "code": json.loads(kept.get("code", ""))})
    except (ValueError, RecursionError):  # what is not JSON, or nested too deep, stays text
        return _written(kept)


def _written(recipe: Row) -> bytes:
    text = json.dumps(recipe, indent=2, sort_keys=True, ensure_ascii=False)
    return text.encode("utf-8", "backslashreplace") + b"\n"  # half a surrogate pair can stand escaped only


class Folder:
    """The folder of an export, and the files of recipes that it has.

    Args:
        root: the folder; it need not exist.
        write: False to leave everything as it is.
    """

    def __init__(self, root: Path, *, write: bool = True) -> None:
        self._root = root
        self._write = write
        self._files: dict[int, list[Path]] = {}
        for path in sorted(root.glob("*/*.json")):
            if path.is_file() and (recipe_id := _recipe_id(path)):
                self._files.setdefault(recipe_id, []).append(path)
        if write:
            root.mkdir(parents=True, exist_ok=True)
            for leftover in root.glob(_LEFTOVER):  # of a run that was killed
                leftover.unlink(missing_ok=True)

    @property
    def remaining(self) -> dict[int, list[Path]]:
        """The files of recipes that were not put, by recipe id."""
        return self._files

    def put(self, recipe_id: int, relative: str, data: bytes) -> tuple[str, Path | None]:
        """Make a recipe's file what it has to be, and touch it only if it is not.

        Returns:
            What happened, ``"added"``, ``"changed"``, ``"moved"`` or ``""`` for nothing; and where the file was before,
            if it moved.
        """
        target = self._root / relative
        former, *surplus = self._files.pop(recipe_id, [target])
        if target in surplus:
            surplus[surplus.index(target)], former = former, target
        known = _bytes(former)
        moved = known is not None and former != target
        if self._write:
            target.parent.mkdir(exist_ok=True)
            if moved:
                os.replace(former, target)  # a change of case only is a move, too
                self._forget_empty(former.parent)
            if known != data:
                self._replace(target, data)
            for path in surplus:
                self.remove(path)
        happened = "added" if known is None else "moved" if moved else "changed" if known != data else ""
        return happened, former if moved else None

    def remove(self, path: Path) -> None:
        """Remove a file, and its folder if nothing else is in it."""
        if self._write:
            path.unlink(missing_ok=True)
            self._forget_empty(path.parent)

    def _replace(self, target: Path, data: bytes) -> None:
        """Write a file whole or not at all."""
        draft = self._root / _LEFTOVER.replace("*", str(os.getpid()))
        try:
            draft.write_bytes(data)
            os.replace(draft, target)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise

    @staticmethod
    def _forget_empty(folder: Path) -> None:
        with suppress(OSError):
            folder.rmdir()


def _recipe_id(path: Path) -> int | None:
    """Tell which recipe a file was exported from; None for files that are none of ours."""
    if not (named := _RECIPE_FILE.fullmatch(path.name)) or not (data := _bytes(path)):
        return None
    try:
        found: Any = json.loads(data)
    except (ValueError, RecursionError):
        return None
    ours = isinstance(found, dict) and "applications" in found and found.get("id") == int(named[1])
    return int(named[1]) if ours else None


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None

"""What an export knows about itself, in a file in its folder: its workspace, and the recipes its last run missed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import attrs

from workato_async import AuthenticationError, NotFoundError, PermissionDeniedError
from workato_async._files import atomic_write
from workato_async.cli.command_runner import CommandError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from workato_async import WorkatoSession
    from workato_async.resources.workspace import Workspace

STATE_FILE = ".workato-export"
"""Its name in the folder of the export. Commit it with the files: it has no times and changes rarely."""


@attrs.frozen
class ExportState:
    """The state of an export.

    Attributes:
        host: of the API.
        workspace: its id, None if no token so far could ask for it.
        withheld: ids of recipes that the last run missed, and whose files it kept.
    """

    host: str
    workspace: int | None = None
    withheld: frozenset[int] = frozenset()

    def __str__(self) -> str:
        return f"workspace {self.workspace} on {self.host}" if self.workspace else f"a workspace on {self.host}"

    def may_be(self, other: ExportState) -> bool:
        """Whether both can be of the same workspace."""
        return self.host == other.host and (self.workspace == other.workspace or not self.is_sure(other))

    def is_sure(self, other: ExportState) -> bool:
        """Whether both ids are known."""
        return self.workspace is not None and other.workspace is not None

    def joined(self, token: ExportState) -> ExportState:
        """Return this state, with the id of a token's workspace if it had none."""
        return attrs.evolve(self, workspace=self.workspace or token.workspace)

    @classmethod
    def read(cls, folder: Path) -> ExportState | None:
        """Return the state of an export, None if it has none.

        Raises:
            CommandError: if the file is damaged.
        """
        path = folder / STATE_FILE
        try:
            found: Any = json.loads(path.read_bytes())
            return cls(str(found["host"]), _id(found["workspace"]), frozenset(map(int, found["withheld"])))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (ValueError, KeyError, TypeError, RecursionError):
            raise CommandError(
                f"error: {path} is not the state of an export. Delete it, and the next run makes a new one"
            ) from None

    def write(self, folder: Path) -> None:
        """Write the state, unless the file has it already."""
        state = {"host": self.host, "withheld": sorted(self.withheld), "workspace": self.workspace}
        if ExportState.read(folder) != self:
            atomic_write(folder / STATE_FILE, json.dumps(state, indent=2).encode() + b"\n")


async def identify(workato: WorkatoSession) -> tuple[ExportState, Workspace | None]:
    """Return the state of a new export of a session's workspace, and the workspace if the token may ask for it."""
    host = urlsplit(workato.base_url).hostname or ""
    try:
        workspace = await workato.workspace.me()
    except (AuthenticationError, PermissionDeniedError, NotFoundError):  # tokens of some environments may not
        return ExportState(host), None
    return ExportState(host, workspace.id), workspace


def require_same(known: ExportState | None, token: ExportState, folder: Path) -> None:
    """Check that an export is not of another workspace than the token's.

    Raises:
        CommandError: if it is.
    """
    if known is not None and not known.may_be(token):
        raise CommandError(
            f"error: {folder} has the recipes of {known}, and the token is for {token}. Nothing was changed. "
            "Export to another folder, or delete this one to start anew"
        )


def require_overlap(files: Iterable[int], listed: Iterable[int], token: ExportState, folder: Path) -> None:
    """Check that a workspace has one of the recipes of an export whose workspace is not known.

    Raises:
        CommandError: if it has none.
    """
    if not set(files).intersection(listed):
        raise CommandError(
            f"error: no recipe of {folder} is listed in {token}, so it seems to be the export of another one. Nothing "
            "was changed. Export to another folder, or delete this one to start anew; if all of its recipes were "
            "deleted, use --allow-deletions"
        )


def _id(value: Any) -> int | None:
    return None if value is None else int(value)

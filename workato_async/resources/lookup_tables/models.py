"""Models of lookup tables, their rows, and what a sync changes.

Source: "Lookup tables" (docs: workato-api/lookup-tables) and the API overview's table of methods.
"""

from __future__ import annotations

import json
from typing import Literal

import attrs

from workato_async.base_model import AwareDatetime, Model, Part
from workato_async.endpoint import JsonObject
from workato_async.errors import InvalidResponseError, OutcomeUnknownError, ServerError, WorkatoError


@attrs.frozen(kw_only=True)
class LookupTable(Model):
    """A lookup table. ``schema`` is JSON text; ``columns`` is the same, parsed. ``project_id`` is text here."""

    id: int
    name: str | None = None
    schema: str | None = None
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None
    project_id: str | None = None

    @property
    def columns(self) -> tuple[JsonObject, ...]:
        """``schema`` parsed: one object per column, e.g. with ``label`` and ``name``; empty without a schema.

        Raises:
            ValueError: if the schema is not JSON.
        """
        return () if self.schema is None else tuple(json.loads(self.schema))


@attrs.frozen(kw_only=True)
class LookupTableRow(Model):
    """A row; ``data`` holds its values by column."""

    id: int
    data: JsonObject = attrs.field(factory=dict)
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None


@attrs.frozen(kw_only=True)
class RowChange(Part):
    """A row that a sync adds, changes or removes.

    Attributes:
        action: ``"add"``, ``"change"`` or ``"remove"``.
        key: the values of the key columns.
        row_id: the row; None for one that is not there yet.
        before: the values of the columns that change, or of the whole row that is removed.
        after: their new values, or the values of the whole row that is added.
        error: why it was not done, or not confirmed; None if it was done, and in a dry run.
    """

    action: Literal["add", "change", "remove"]
    key: JsonObject
    row_id: int | None = None
    before: JsonObject = attrs.field(factory=dict)
    after: JsonObject = attrs.field(factory=dict)
    error: WorkatoError | None = attrs.field(default=None, eq=False)  # two errors are never equal

    @property
    def outcome_unknown(self) -> bool:
        """Whether it may have been done although no response confirmed it."""
        in_doubt: tuple[type[WorkatoError], ...] = (OutcomeUnknownError,)
        if self.action == "add":  # sent once; the others were repeated, and can be
            in_doubt = (OutcomeUnknownError, ServerError, InvalidResponseError)
        return isinstance(self.error, in_doubt)


@attrs.frozen(kw_only=True)
class LookupTableSync(Part):
    """What a sync changed in a table or, in a dry run, would change.

    Attributes:
        table: the table.
        added: rows that the table lacked.
        changed: rows that had other values.
        removed: rows that were not given.
        failed: changes that were not made, each with its ``error``; another sync tries them again.
        unknown: changes that may have been made: no response confirmed them, and they were not retried. Another sync
            finds out.
        unchanged: how many rows were already the same.
        kept: how many rows that were not given were kept, with ``remove=False``.
        too_many_removals: whether it removes so many rows that it needs ``allow_deletions=True``.
        dry_run: whether this was a dry run, which changes nothing.
    """

    table: LookupTable
    added: tuple[RowChange, ...] = ()
    changed: tuple[RowChange, ...] = ()
    removed: tuple[RowChange, ...] = ()
    failed: tuple[RowChange, ...] = ()
    unknown: tuple[RowChange, ...] = ()
    unchanged: int = 0
    kept: int = 0
    too_many_removals: bool = False
    dry_run: bool = False

    @property
    def changes(self) -> tuple[RowChange, ...]:
        """All changes; those that failed or are unknown come last."""
        return (*self.added, *self.changed, *self.removed, *self.failed, *self.unknown)

    @property
    def complete(self) -> bool:
        """Whether the table is as requested, as far as is known."""
        return not (self.failed or self.unknown or (self.dry_run and self.changes))

    def __str__(self) -> str:
        """Count the rows: ``2 added, 1 changed, 0 removed, 97 unchanged``."""
        counts = {"added": self.added, "changed": self.changed, "removed": self.removed}
        text = ", ".join(f"{len(rows):,} {'to be ' if self.dry_run else ''}{name}" for name, rows in counts.items())
        rest = {"unchanged": self.unchanged, "kept": self.kept, "failed": len(self.failed)}
        unknown = f", {len(self.unknown):,} unknown" if self.unknown else ""
        return text + "".join(f", {n:,} {name}" for name, n in rest.items() if n or name == "unchanged") + unknown

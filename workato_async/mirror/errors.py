"""Errors of the database of a mirror."""

from __future__ import annotations

from workato_async.errors import WorkatoError


class MirrorError(WorkatoError):
    """The database cannot be opened, read or written; what was committed before stays as it is."""


class RowsRejectedError(MirrorError):
    """The database rejects what a row holds. Never leaves the package: such rows are stored one by one."""

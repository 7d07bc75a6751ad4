"""Errors of the database of a mirror."""

from __future__ import annotations

from workato_async.errors import WorkatoError


class MirrorError(WorkatoError):
    """The database cannot be opened, read or written; what was committed before stays as it is."""


class AnotherWorkspaceError(MirrorError):
    """A stream has none of the stored rows: the session seems to be for another workspace. Other streams continue."""


class RowsRejectedError(MirrorError):
    """The database rejects a value. Rows with such a value are stored one by one, without their columns."""

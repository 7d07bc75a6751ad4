"""State: everything a fake workspace holds."""

from __future__ import annotations

from workato_async.testing.state.jobs import JobStore
from workato_async.testing.state.workspace import WorkspaceStore

__all__ = ["State"]


class State(JobStore, WorkspaceStore):
    """The data of a fake workspace: plain dicts; read and change them at any time.

    Tables are dicts by id, and rows are dicts in the shape of the API's responses (``state.recipes[10001]["name"]``).
    The ``add_`` methods return the row they added; set any other field on it.
    """

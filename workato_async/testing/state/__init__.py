"""State: everything a fake workspace holds."""

from __future__ import annotations

from workato_async.testing.state.jobs import JobStore
from workato_async.testing.state.workspace import WorkspaceStore

__all__ = ["State"]


class State(JobStore, WorkspaceStore):
    """The data of a fake workspace: plain dicts; read and change them at any time.

    Tables are dicts by id, and rows are dicts in the shape of the API's responses. The ``add_`` methods return the row
    they added; set any other field on it:

    ```py
    fake.state.recipes[10001]["name"] = "Orders"
    fake.state.recipes[10001]["running"]                         # what a call has done
    fake.state.add_job(10001, status="failed", error="timeout")
    fake.state.lose_connection(5001)
    fake.state.recipes.clear()                                   # an empty workspace
    fake.state.revoked_tokens.add("a-token")                     # its next call gets a 401
    ```

    The ids of recipes begin at 10001, those of connections at 5001; ``state.projects`` and ``state.folders`` have the
    others. With calls in progress in another thread, change them inside ``with fake.hold():``.
    """

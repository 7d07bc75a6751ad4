"""Whose database it is: a mirror knows the workspace it was made from, and refuses another one."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import attrs
import sqlalchemy as sa

from workato_async.errors import AuthenticationError, NotFoundError, PermissionDeniedError
from workato_async.mirror.bulk import insert
from workato_async.mirror.errors import MirrorError
from workato_async.mirror.schema import WORKSPACE

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from workato_async import WorkatoSession


@attrs.frozen
class Identity:
    """A workspace.

    Attributes:
        host: of the API.
        workspace: its id, None if the token may not ask for it.
    """

    host: str
    workspace: int | None

    def __str__(self) -> str:
        return f"workspace {self.workspace} on {self.host}" if self.workspace else f"a workspace on {self.host}"


async def identify(session: WorkatoSession) -> Identity:
    """Return the workspace of a session. One request.

    Raises:
        WorkatoError: any error of the call, except those that only say that the token may not make it.
    """
    host = urlsplit(session.base_url).hostname or ""
    try:
        return Identity(host, (await session.options(priority="bulk").workspace.me()).id)
    except (AuthenticationError, PermissionDeniedError, NotFoundError):  # tokens of some environments may not
        return Identity(host, None)


def claim_for(connection: Connection, identity: Identity, name: str) -> None:
    """Record whose database it is, or check it.

    Args:
        connection: in a transaction.
        identity: the workspace of the session.
        name: of the database, for the error.

    Raises:
        MirrorError: if the database has another workspace.
    """
    values = {"single": True, "host": identity.host, "workspace": identity.workspace}
    connection.execute(insert(connection)(WORKSPACE).values(values).on_conflict_do_nothing())
    row = connection.execute(sa.select(WORKSPACE)).one()
    known = Identity(row.host, row.workspace)
    both = known.workspace is not None and identity.workspace is not None
    if known.host != identity.host or (both and known.workspace != identity.workspace):
        raise MirrorError(
            f"{name} has {known}, and the session is for {identity}. Nothing was changed. "
            "Use another database for it, or delete this one to start anew"
        )
    if known.workspace is None and identity.workspace is not None:
        connection.execute(sa.update(WORKSPACE).values(workspace=identity.workspace))

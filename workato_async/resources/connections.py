"""Connections: the credentials that recipes use.

Source: "Connections" (docs: workato-api/connections) and the API overview's table of methods.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from workato_async.endpoint import WHOLE, AnyEndpoint, Endpoint, JsonObject
from workato_async.limits.quota import Quota
from workato_async.model import Model, Moment
from workato_async.resources._base import Resource, folder_text, given

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from workato_async.pages import Pages


@attrs.frozen(kw_only=True)
class Connection(Model):
    """A connection, without its secrets.

    ``authorization_status`` is ``"success"``, ``"failed"``, ``"exception"`` or None, for one that was never authorised.
    ``tags`` come only when asked for.
    """

    id: int
    application: str | None = None
    name: str | None = None
    description: str | None = None
    provider: str | None = None
    authorized_at: Moment | None = None
    authorization_status: str | None = None
    authorization_error: str | None = None
    created_at: Moment | None = None
    updated_at: Moment | None = None
    external_id: str | None = None
    folder_id: int | None = None
    connection_lost_at: Moment | None = None
    connection_lost_reason: str | None = None
    parent_id: int | None = None
    tags: tuple[str, ...] | None = None


_A_SECOND = Quota(1, 1)

LIST = Endpoint("connections.list", "GET", "/api/connections", Connection, listing=WHOLE, privilege="Connections: list")
CREATE = Endpoint(
    "connections.create", "POST", "/api/connections", Connection, quota=_A_SECOND, privilege="Connections: create"
)
UPDATE = Endpoint(
    "connections.update",
    "PUT",
    "/api/connections/{connection_id}",
    Connection,
    quota=_A_SECOND,
    privilege="Connections: update",
)
DISCONNECT = Endpoint[None](
    "connections.disconnect",
    "POST",
    "/api/connections/{connection_id}/disconnect",
    quota=_A_SECOND,
    replay_safe=True,  # it answers success as well when the connection was disconnected before
    privilege="Connections: disconnect",
)
DELETE = Endpoint[None](
    "connections.delete",
    "DELETE",
    "/api/connections/{connection_id}",
    quota=_A_SECOND,
    privilege="Connections: delete",
)

ENDPOINTS: tuple[AnyEndpoint, ...] = (LIST, CREATE, UPDATE, DISCONNECT, DELETE)


class Connections(Resource):
    """Connections: ``workato.connections``. There is no endpoint that gives a single one."""

    __slots__ = ()

    def list(
        self,
        *,
        folder_id: int | str | None = None,
        parent_id: int | str | None = None,
        external_id: str | None = None,
        project_id: int | str | None = None,
        provider: str | None = None,
        include_runtime_connections: bool | None = None,
        includes: Sequence[str] | None = None,
        updated_after: datetime | str | None = None,
    ) -> Pages[Connection]:
        """List the connections the token can see, in one page. ``GET /api/connections``, 60 a minute.

        Args:
            folder_id: connections of this folder only.
            parent_id: connections with this parent, which are of the same provider.
            external_id: connections with this external id.
            project_id: connections of this project only.
            provider: connections of this connector, e.g. ``"salesforce"``.
            include_runtime_connections: runtime user connections too.
            includes: ``["tags"]`` fills ``tags``.
            updated_after: connections updated after this moment.
        """
        query = {
            "folder_id": folder_id,
            "parent_id": parent_id,
            "external_id": external_id,
            "project_id": project_id,
            "provider": provider,
            "include_runtime_connections": include_runtime_connections,
            "includes[]": includes,
            "updated_after": updated_after,
        }
        return self._pages(LIST, query=query)

    async def create(
        self,
        *,
        name: str,
        provider: str,
        folder_id: int | str,
        parent_id: int | str | None = None,
        external_id: str | None = None,
        shell_connection: bool | None = None,
        input: JsonObject | None = None,  # noqa: A002 - the API's own name
    ) -> Connection:
        """Create a connection. ``POST /api/connections``, 1 a second. Not replay-safe.

        Providers with OAuth can only be created as a shell, which a user then authorises in Workato.

        Args:
            name: its name.
            provider: the connector's internal name, e.g. ``"salesforce"``.
            folder_id: a folder or project other than the Home assets folder; mandatory since 2026-05-07.
            parent_id: the connection it derives from, of the same provider.
            external_id: an id of your own.
            shell_connection: True creates an unauthorised shell.
            input: the parameters of the provider, credentials among them.
        """
        fields = given(
            name=name,
            provider=provider,
            folder_id=folder_text(folder_id),
            parent_id=_text(parent_id),
            external_id=external_id,
            shell_connection=shell_connection,
            input=input,
        )
        return await self._call(CREATE, body=fields)

    async def update(
        self,
        connection_id: int,
        *,
        name: str | None = None,
        folder_id: int | str | None = None,
        parent_id: int | str | None = None,
        external_id: str | None = None,
        shell_connection: bool | None = None,
        input: JsonObject | None = None,  # noqa: A002 - the API's own name
    ) -> Connection:
        """Update a connection; what is not given stays. ``PUT /api/connections/{connection_id}``, 1 a second.

        Running recipes depend on it. The arguments are those of ``create``.
        """
        fields = given(
            name=name,
            folder_id=folder_text(folder_id),
            parent_id=_text(parent_id),
            external_id=external_id,
            shell_connection=shell_connection,
            input=input,
        )
        return await self._call(UPDATE, connection_id, body=fields)

    async def disconnect(self, connection_id: int, *, force: bool | None = None) -> None:
        """Disconnect a connection and keep it.

        ``POST /api/connections/{connection_id}/disconnect``, 1 a second.

        Args:
            connection_id: the connection.
            force: also while running recipes use it; without it Workato refuses then.
        """
        await self._call(DISCONNECT, connection_id, query={"force": force})

    async def delete(self, connection_id: int) -> None:
        """Delete a disconnected connection, for good. ``DELETE /api/connections/{connection_id}``, 1 a second.

        Raises:
            ResponseError: if it is still connected or a running recipe uses it.
        """
        await self._call(DELETE, connection_id)


def _text(connection_id: int | str | None) -> str | None:
    """Give a connection id as text, the type that the write endpoints document."""
    return None if connection_id is None else str(connection_id)

"""Connections: the credentials that recipes use.

Source: "Connections" (docs: workato-api/connections), the API overview's table of methods and the official client spec.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from workato_async._unset import UNSET
from workato_async.arguments import id_of
from workato_async.base_model import AwareDatetime, Model
from workato_async.endpoint import WHOLE, Endpoint, JsonObject
from workato_async.limits.quota import ONE_PER_SECOND
from workato_async.resources._base import Resource, changes, id_text, without_none

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from workato_async._unset import Unset
    from workato_async.calls.caller import Caller
    from workato_async.pages import Pages
    from workato_async.resources.folders import Folder
    from workato_async.resources.projects.models import Project


@attrs.frozen(kw_only=True)
class Connection(Model):
    """A connection, without its secrets.

    ``authorization_status`` is ``"success"``, ``"failed"``, ``"exception"``, or None if it was never authorized.
    ``tags`` come only when requested.
    """

    id: int
    application: str | None = None
    name: str | None = None
    description: str | None = None
    provider: str | None = None
    authorized_at: AwareDatetime | None = None
    authorization_status: str | None = None
    authorization_error: str | None = None
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None
    external_id: str | None = None
    folder_id: int | None = None
    project_id: int | None = None
    connection_lost_at: AwareDatetime | None = None
    connection_lost_reason: str | None = None
    parent_id: int | None = None
    tags: tuple[str, ...] | None = None

    @property
    def is_lost(self) -> bool:
        """Whether recipes cannot use it: it is not authorized, or its authorization was lost afterwards."""
        if self.authorization_status != "success":
            return True
        lost_at, authorized_at = self.connection_lost_at, self.authorized_at
        return lost_at is not None and (authorized_at is None or authorized_at < lost_at)

    @property
    def lost_reason(self) -> str | None:
        """Why it is lost, in Workato's words if it sends any; None if it is not lost."""
        if not self.is_lost:
            return None
        if reason := self.connection_lost_reason or self.authorization_error:
            return reason
        return "lost" if self.authorization_status == "success" else self.authorization_status or "not authorized"


@attrs.frozen
class _Lost:
    """Keeps the connections that are lost."""

    def keeps(self, connection: Connection) -> bool:
        return connection.is_lost

    def ends(self, _: Sequence[Connection]) -> bool:
        return False


@attrs.frozen(kw_only=True)
class RuntimeUserConnection(Model):
    """A new connection of a runtime user.

    ``url`` is where the user authorizes it in a browser; anyone who has it can do so, so its repr does not show it.
    """

    id: int
    url: str | None = attrs.field(default=None, repr=False)


@attrs.frozen(kw_only=True)
class AuthorizationUrl(Model):
    """Where a runtime user authorizes a connection in a browser; anyone who has it can do so, so its repr is empty."""

    url: str = attrs.field(repr=False)


Choice = tuple[Any, ...]
"""One value of a pick list: its label, the value itself, and anything else the connector adds."""

LIST = Endpoint("connections.list", "GET", "/api/connections", Connection, listing=WHOLE)
CREATE = Endpoint("connections.create", "POST", "/api/connections", Connection, quota=ONE_PER_SECOND)
UPDATE = Endpoint("connections.update", "PUT", "/api/connections/{connection_id}", Connection, quota=ONE_PER_SECOND)
DISCONNECT = Endpoint[None](
    "connections.disconnect",
    "POST",
    "/api/connections/{connection_id}/disconnect",
    quota=ONE_PER_SECOND,
    idempotent=True,  # a connection that is already disconnected is a success
)
DELETE = Endpoint[None]("connections.delete", "DELETE", "/api/connections/{connection_id}", quota=ONE_PER_SECOND)

PICK_LIST = Endpoint[tuple[Choice, ...]](
    "connections.pick_list",
    "POST",
    "/api/connections/{connection_id}/pick_list",
    tuple[Choice, ...],
    quota=ONE_PER_SECOND,
    idempotent=True,  # it only reads
    reads_by_post=True,
    wrapper="data",
)
CREATE_RUNTIME = Endpoint(
    "connections.runtime_user.create",
    "POST",
    "/api/connections/runtime_user_connections",
    RuntimeUserConnection,
    quota=ONE_PER_SECOND,
    wrapper="data",
)
OAUTH_URL = Endpoint(
    "connections.runtime_user.oauth_url",
    "GET",
    "/api/connections/runtime_user_connections/{connection_id}/get_oauth_url",
    AuthorizationUrl,
    quota=ONE_PER_SECOND,
    wrapper="data",
)


class Connections(Resource):
    """Connections: ``workato.connections``. No endpoint returns a single connection."""

    __slots__ = ("runtime_user",)

    def __init__(self, caller: Caller) -> None:
        super().__init__(caller)
        self.runtime_user = RuntimeUserConnections(caller)

    def list(
        self,
        *,
        folder_id: int | str | Folder | None = None,
        parent_id: int | str | Connection | None = None,
        external_id: str | None = None,
        project_id: int | str | Project | None = None,
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
            include_runtime_connections: also list runtime user connections.
            includes: ``["tags"]`` fills ``tags``.
            updated_after: connections updated after this time.
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

    def lost(
        self,
        *,
        folder_id: int | str | Folder | None = None,
        project_id: int | str | Project | None = None,
        provider: str | None = None,
        include_runtime_connections: bool | None = None,
    ) -> Pages[Connection]:
        """List the connections that recipes cannot use: their authorization failed, was lost or was never given.

        ``lost_reason`` says why, ``connection_lost_at`` since when. It takes one request, that of ``list``.
        ``Recipes.using`` lists the recipes that use them.

        Args:
            folder_id: connections of this folder only.
            project_id: connections of this project only.
            provider: connections of this connector, e.g. ``"salesforce"``.
            include_runtime_connections: also list runtime user connections.
        """
        query = {
            "folder_id": folder_id,
            "project_id": project_id,
            "provider": provider,
            "include_runtime_connections": include_runtime_connections,
        }
        return self._pages(LIST, query=query, cut=_Lost())

    async def create(
        self,
        *,
        name: str,
        provider: str,
        folder_id: int | str | Folder,
        parent_id: int | str | Connection | None = None,
        external_id: str | None = None,
        shell_connection: bool | None = None,
        input: JsonObject | None = None,  # noqa: A002 - the API's own name
    ) -> Connection:
        """Create a connection. ``POST /api/connections``, 1 a second. Not idempotent.

        Providers with OAuth can only be created as a shell, which a user then authorizes in Workato.

        Args:
            name: its name.
            provider: the connector's internal name, e.g. ``"salesforce"``.
            folder_id: a folder or project other than the Home assets folder; mandatory since 2026-05-07.
            parent_id: the connection it derives from, of the same provider.
            external_id: an id of your own.
            shell_connection: True creates an unauthorized shell.
            input: the parameters of the provider, credentials among them.
        """
        fields = without_none(
            name=name,
            provider=provider,
            folder_id=str(id_of(folder_id, "folder_id")),
            parent_id=id_text(parent_id, "parent_id"),
            external_id=external_id,
            shell_connection=shell_connection,
            input=input,
        )
        return await self._call(CREATE, body=fields)

    async def update(
        self,
        connection_id: int | Connection,
        *,
        name: str | Unset | None = UNSET,
        folder_id: int | str | Folder | Unset | None = UNSET,
        parent_id: int | str | Connection | Unset | None = UNSET,
        external_id: str | Unset | None = UNSET,
        shell_connection: bool | Unset | None = UNSET,
        input: JsonObject | Unset | None = UNSET,  # noqa: A002 - the API's own name
    ) -> Connection:
        """Update a connection; fields not given stay unchanged.

        ``PUT /api/connections/{connection_id}``, 1 a second. Idempotent.

        Running recipes may depend on it. The arguments are those of ``create``.
        """
        fields = changes(
            UPDATE,
            name=name,
            folder_id=id_text(folder_id, "folder_id"),
            parent_id=id_text(parent_id, "parent_id"),
            external_id=external_id,
            shell_connection=shell_connection,
            input=input,
        )
        return await self._call(UPDATE, connection_id, body=fields)

    async def disconnect(self, connection_id: int | Connection, *, force: bool | None = None) -> None:
        """Disconnect a connection without deleting it.

        ``POST /api/connections/{connection_id}/disconnect``, 1 a second. Idempotent.

        Args:
            connection_id: the connection.
            force: disconnect it even while running recipes use it; without it, Workato rejects the call.
        """
        await self._call(DISCONNECT, connection_id, query={"force": force})

    async def delete(self, connection_id: int | Connection) -> None:
        """Delete a disconnected connection permanently.

        ``DELETE /api/connections/{connection_id}``, 1 a second. Idempotent.

        Raises:
            ResponseError: if it is still connected or a running recipe uses it.
        """
        await self._call(DELETE, connection_id)

    async def pick_list(
        self, connection_id: int | Connection, *, pick_list_name: str, pick_list_params: JsonObject | None = None
    ) -> tuple[Choice, ...]:
        """Get the values of a connector's pick list through a connection.

        ``POST /api/connections/{connection_id}/pick_list``, 1 a second. Idempotent.

        Args:
            connection_id: the connection.
            pick_list_name: the list's name in the connector, e.g. ``"sobject_fields"``.
            pick_list_params: what the list depends on, e.g. ``{"sobject_name": "Account"}``.

        Returns:
            A tuple for each value: its label, the value, and anything else the connector adds.
        """
        fields = without_none(pick_list_name=pick_list_name, pick_list_params=pick_list_params)
        return await self._call(PICK_LIST, connection_id, body=fields)


class RuntimeUserConnections(Resource):
    """Connections of runtime users, who authorize them on their own: ``workato.connections.runtime_user``."""

    __slots__ = ()

    async def create(
        self,
        *,
        parent_id: int | Connection,
        folder_id: int | Folder,
        external_id: str,
        name: str | None = None,
        callback_url: str | None = None,
        redirect_url: str | None = None,
    ) -> RuntimeUserConnection:
        """Create a connection of a runtime user, and the address where the user authorizes it.

        ``POST /api/connections/runtime_user_connections``, 1 a second. Not idempotent.

        Args:
            parent_id: the connection it derives from, whose provider uses OAuth.
            folder_id: the folder to create it in.
            external_id: your own id of the user.
            name: its name.
            callback_url: called when the user has authorized it or declined.
            redirect_url: where the user's browser goes then.
        """
        fields = without_none(
            parent_id=id_of(parent_id, "parent_id"),
            folder_id=id_of(folder_id, "folder_id"),
            external_id=external_id,
            name=name,
            callback_url=callback_url,
            redirect_url=redirect_url,
        )
        return await self._call(CREATE_RUNTIME, body=fields)

    async def oauth_url(self, connection_id: int | Connection | RuntimeUserConnection) -> AuthorizationUrl:
        """Get a new address where the user authorizes the connection; it is short-lived.

        ``GET /api/connections/runtime_user_connections/{connection_id}/get_oauth_url``, 1 a second.
        """
        return await self._call(OAUTH_URL, connection_id)

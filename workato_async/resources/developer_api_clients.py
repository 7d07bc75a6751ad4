"""Developer API clients: who may call this API, and their tokens.

Source: "Developer API clients" (docs: workato-api/api-client-apis) and the API overview's table of methods.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from workato_async._unset import UNSET
from workato_async.arguments import id_of
from workato_async.base_model import AwareDatetime, Model, Part
from workato_async.endpoint import PAGE_COUNTED, Endpoint, JsonObject
from workato_async.resources._base import Resource, changes, commas, without_none

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workato_async._unset import Unset
    from workato_async.pages import Pages
    from workato_async.resources.folders import Folder


@attrs.frozen(kw_only=True)
class ApiClientToken(Part):
    """The token of a client. ``value`` only comes from ``create`` and ``regenerate``, once; ``repr`` hides it."""

    value: str | None = attrs.field(default=None, repr=False)
    updated_at: AwareDatetime | None = None


@attrs.frozen(kw_only=True)
class DeveloperApiClient(Model):
    """An API client: a client role (``api_privilege_group_id``), the folders it may reach, and a token.

    ``ip_allow_list`` is one comma-separated string according to the documentation; it may come as an array.
    ``environment`` is ``"DEV"``, ``"TEST"`` or ``"PROD"``.
    """

    id: int
    name: str | None = None
    api_privilege_group_id: int | None = None
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None
    all_folders: bool | None = None
    folder_ids: tuple[int, ...] = ()
    environment: str | None = None
    environment_name: str | None = None
    environment_id: int | None = None
    ip_allow_list: str | tuple[str, ...] | None = None
    token: ApiClientToken | None = None


@attrs.frozen(kw_only=True)
class TokenRegenerated(Model):
    """The response to regenerating a token."""

    token: ApiClientToken


@attrs.frozen(kw_only=True)
class DeveloperApiClientRole(Model):
    """A client role: what an API client may call."""

    id: int
    name: str | None = None
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None


LIST = Endpoint(
    "developer_api_clients.list",
    "GET",
    "/api/developer_api_clients",
    DeveloperApiClient,
    wrapper="result.items",
    listing=PAGE_COUNTED,
)
CREATE = Endpoint(
    "developer_api_clients.create", "POST", "/api/developer_api_clients", DeveloperApiClient, wrapper="result"
)
GET = Endpoint(
    "developer_api_clients.get", "GET", "/api/developer_api_clients/{id}", DeveloperApiClient, wrapper="result"
)
UPDATE = Endpoint(
    "developer_api_clients.update", "PUT", "/api/developer_api_clients/{id}", DeveloperApiClient, wrapper="result"
)
REGENERATE = Endpoint(
    "developer_api_clients.regenerate",
    "POST",
    "/api/developer_api_clients/{id}/regenerate",
    TokenRegenerated,
    wrapper="result",
)
DELETE = Endpoint[None]("developer_api_clients.delete", "DELETE", "/api/developer_api_clients/{id}", wrapper="result")

LIST_ROLES = Endpoint(
    "developer_api_client_roles.list",
    "GET",
    "/api/developer_api_client_roles",
    DeveloperApiClientRole,
    wrapper="result.items",
    listing=PAGE_COUNTED,
)
COPY_ROLE = Endpoint("developer_api_client_roles.copy", "POST", "/api/developer_api_client_roles/{id}/copy", JsonObject)


class DeveloperApiClients(Resource):
    """Developer API clients: ``workato.developer_api_clients``."""

    __slots__ = ()

    def list(self, *, per_page: int | None = None) -> Pages[DeveloperApiClient]:
        """List the API clients, without token values.

        ``GET /api/developer_api_clients``, 60 a minute, at most 100 per page.

        Args:
            per_page: clients per page, 1 to 100.
        """
        return self._pages(LIST, per_page=per_page)

    async def create(
        self,
        *,
        name: str,
        api_privilege_group_id: int | DeveloperApiClientRole,
        all_folders: bool,
        folder_ids: Sequence[int | Folder] | None = None,
        environment: str | None = None,
        ip_allow_list: str | Sequence[str] | None = None,
    ) -> DeveloperApiClient:
        """Create an API client; ``token.value`` of the response is shown only once.

        ``POST /api/developer_api_clients``, 60 a minute. Not idempotent.

        Args:
            name: its name.
            api_privilege_group_id: the id of its client role, which says what it may call.
            all_folders: True lets it reach every folder.
            folder_ids: the folders it may reach, if not all of them.
            environment: ``"DEV"``, ``"TEST"`` or ``"PROD"``; required in a workspace with environments, rejected in one
                without.
            ip_allow_list: the addresses it may call from.
        """
        fields = without_none(
            name=name,
            api_privilege_group_id=id_of(api_privilege_group_id, "api_privilege_group_id"),
            all_folders=all_folders,
            folder_ids=folder_ids,
            environment=environment,
            ip_allow_list=commas(ip_allow_list),
        )
        return await self._call(CREATE, body=fields)

    async def get(self, client_id: int | DeveloperApiClient) -> DeveloperApiClient:
        """Get one client, without the value of its token. ``GET /api/developer_api_clients/{id}``, 60 a minute."""
        return await self._call(GET, client_id)

    async def update(
        self,
        client_id: int | DeveloperApiClient,
        *,
        all_folders: bool,
        name: str | Unset | None = UNSET,
        api_privilege_group_id: int | DeveloperApiClientRole | Unset | None = UNSET,
        folder_ids: Sequence[int | Folder] | Unset | None = UNSET,
        environment: str | Unset | None = UNSET,
        ip_allow_list: str | Sequence[str] | Unset | None = UNSET,
    ) -> DeveloperApiClient:
        """Update a client. ``PUT /api/developer_api_clients/{id}``, 60 a minute. Idempotent.

        The arguments are those of ``create``: ``all_folders`` must be given, ``folder_ids`` if it is False, and
        ``environment`` in a workspace with environments.
        """
        fields = changes(
            UPDATE,
            all_folders=all_folders,
            name=name,
            api_privilege_group_id=api_privilege_group_id,
            folder_ids=folder_ids,
            environment=environment,
            ip_allow_list=commas(ip_allow_list),
        )
        return await self._call(UPDATE, client_id, body=fields)

    async def regenerate(self, client_id: int | DeveloperApiClient) -> TokenRegenerated:
        """Replace the token of a client; the old one stops working at once.

        ``POST /api/developer_api_clients/{id}/regenerate``, 60 a minute. Not idempotent. Regenerating the token that
        this session uses ends the session's access.

        Raises:
            OutcomeUnknownError: if the response was lost, and the new token with it: regenerate once more.
        """
        return await self._call(REGENERATE, client_id)

    async def delete(self, client_id: int | DeveloperApiClient) -> None:
        """Delete a client; its token stops working at once.

        ``DELETE /api/developer_api_clients/{id}``, 60 a minute. Idempotent.
        """
        await self._call(DELETE, client_id)


class DeveloperApiClientRoles(Resource):
    """Client roles, which say what an API client may call: ``workato.developer_api_client_roles``."""

    __slots__ = ()

    def list(self, *, per_page: int | None = None) -> Pages[DeveloperApiClientRole]:
        """List the client roles. ``GET /api/developer_api_client_roles``, 60 a minute, at most 100 per page.

        Args:
            per_page: roles per page, 1 to 100.
        """
        return self._pages(LIST_ROLES, per_page=per_page)

    async def copy(self, role_id: int | DeveloperApiClientRole, *, body: Mapping[str, Any] | None = None) -> JsonObject:
        """Copy a client role. ``POST /api/developer_api_client_roles/{id}/copy``, 60 a minute. Not idempotent.

        The shape of the response is not documented.

        Args:
            role_id: the role.
            body: not documented; sent as it is.
        """
        return await self._call(COPY_ROLE, role_id, body=body)

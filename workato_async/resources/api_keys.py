"""API platform: the keys of its clients (v2).

Source: "API platform" (docs: workato-api/api-platform) and the official client spec.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from workato_async._unset import UNSET
from workato_async.base_model import AwareDatetime, Model
from workato_async.endpoint import PAGE_COUNTED, Endpoint
from workato_async.resources._base import Resource, changes, without_none

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workato_async._unset import Unset
    from workato_async.pages import Pages
    from workato_async.resources.api_platform_clients import ApiClient


@attrs.frozen(kw_only=True)
class ApiKey(Model):
    """A key of a client. ``auth_token`` only comes from ``create`` and ``refresh_secret``; ``repr`` hides it."""

    id: int
    name: str | None = None
    auth_type: str | None = None
    ip_allow_list: tuple[str, ...] = ()
    ip_deny_list: tuple[str, ...] = ()
    active: bool | None = None
    active_since: AwareDatetime | None = None
    auth_token: str | None = attrs.field(default=None, repr=False)


_KEYS = "/api/v2/api_clients/{api_client_id}/api_keys"

LIST = Endpoint("api_keys.list", "GET", _KEYS, ApiKey, wrapper="data", listing=PAGE_COUNTED)
CREATE = Endpoint("api_keys.create", "POST", _KEYS, ApiKey, wrapper="data")
UPDATE = Endpoint("api_keys.update", "PUT", _KEYS + "/{api_key_id}", ApiKey, wrapper="data")
DELETE = Endpoint[None]("api_keys.delete", "DELETE", _KEYS + "/{api_key_id}", wrapper="data")
# The response may be the key or only a success: neither is confirmed.
ENABLE = Endpoint[None]("api_keys.enable", "PUT", _KEYS + "/{api_key_id}/enable", wrapper="data")
DISABLE = Endpoint[None]("api_keys.disable", "PUT", _KEYS + "/{api_key_id}/disable", wrapper="data")
REFRESH_SECRET = Endpoint(
    "api_keys.refresh_secret", "PUT", _KEYS + "/{api_key_id}/refresh_secret", ApiKey, wrapper="data", idempotent=False
)


class ApiKeys(Resource):
    """Keys of the clients of the API platform: ``workato.api_keys``."""

    __slots__ = ()

    def list(self, api_client_id: int | ApiClient, *, per_page: int | None = None) -> Pages[ApiKey]:
        """List the keys of a client, without their secrets.

        ``GET /api/v2/api_clients/{api_client_id}/api_keys``, 60 a minute, at most 100 per page.

        Args:
            api_client_id: the client.
            per_page: keys per page, 1 to 100.
        """
        return self._pages(LIST, api_client_id, per_page=per_page)

    async def create(
        self,
        api_client_id: int | ApiClient,
        *,
        name: str,
        active: bool,
        ip_allow_list: Sequence[str] | None = None,
        ip_deny_list: Sequence[str] | None = None,
    ) -> ApiKey:
        """Create a key; ``auth_token`` of the response is shown only once.

        ``POST /api/v2/api_clients/{api_client_id}/api_keys``, 60 a minute. Not idempotent.

        Args:
            api_client_id: the client, which may have 20 keys.
            name: its name.
            active: whether it can be used at once.
            ip_allow_list: the addresses it may be used from.
            ip_deny_list: the addresses it may not be used from.

        Raises:
            BadRequestError: if the values do not pass validation.
        """
        fields = without_none(name=name, active=active, ip_allow_list=ip_allow_list, ip_deny_list=ip_deny_list)
        return await self._call(CREATE, api_client_id, body=fields)

    async def update(
        self,
        api_client_id: int | ApiClient,
        api_key_id: int | ApiKey,
        *,
        name: str | Unset | None = UNSET,
        active: bool | Unset | None = UNSET,
        ip_allow_list: Sequence[str] | Unset | None = UNSET,
        ip_deny_list: Sequence[str] | Unset | None = UNSET,
    ) -> ApiKey:
        """Update a key. ``PUT /api/v2/api_clients/{api_client_id}/api_keys/{api_key_id}``, 60 a minute. Idempotent.

        Args:
            api_client_id: the client.
            api_key_id: its key.
            name: its name.
            active: whether it can be used.
            ip_allow_list: the addresses it may be used from.
            ip_deny_list: the addresses it may not be used from.
        """
        fields = changes(UPDATE, name=name, active=active, ip_allow_list=ip_allow_list, ip_deny_list=ip_deny_list)
        return await self._call(UPDATE, api_client_id, api_key_id, body=fields)

    async def delete(self, api_client_id: int | ApiClient, api_key_id: int | ApiKey) -> None:
        """Delete a key.

        ``DELETE /api/v2/api_clients/{api_client_id}/api_keys/{api_key_id}``, 60 a minute. Idempotent.
        """
        await self._call(DELETE, api_client_id, api_key_id)

    async def enable(self, api_client_id: int | ApiClient, api_key_id: int | ApiKey) -> None:
        """Enable a key.

        ``PUT /api/v2/api_clients/{api_client_id}/api_keys/{api_key_id}/enable``, 60 a minute. Idempotent.
        """
        await self._call(ENABLE, api_client_id, api_key_id)

    async def disable(self, api_client_id: int | ApiClient, api_key_id: int | ApiKey) -> None:
        """Disable a key.

        ``PUT /api/v2/api_clients/{api_client_id}/api_keys/{api_key_id}/disable``, 60 a minute. Idempotent.
        """
        await self._call(DISABLE, api_client_id, api_key_id)

    async def refresh_secret(self, api_client_id: int | ApiClient, api_key_id: int | ApiKey) -> ApiKey:
        """Replace the secret of a key; ``auth_token`` of the response is shown only once.

        ``PUT /api/v2/api_clients/{api_client_id}/api_keys/{api_key_id}/refresh_secret``, 60 a minute. Not idempotent.

        Raises:
            OutcomeUnknownError: if the response was lost, and the new secret with it: refresh once more.
        """
        return await self._call(REFRESH_SECRET, api_client_id, api_key_id)

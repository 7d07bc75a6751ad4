"""Custom OAuth profiles: OAuth applications of your own, which connections use instead of Workato's.

Source: "Custom OAuth profiles" (docs: workato-api/custom-oauth-profiles).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from workato_async.base_model import AwareDatetime, Model
from workato_async.endpoint import PAGE, Endpoint, JsonObject
from workato_async.resources._base import Resource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workato_async.pages import Pages


@attrs.frozen(kw_only=True)
class CustomOAuthProfile(Model):
    """A profile. ``data`` holds the ``client_id`` and never a secret; it is still left out of ``repr``."""

    id: int
    name: str | None = None
    provider: str | None = None
    data: JsonObject = attrs.field(factory=dict, repr=False)
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None


LIST = Endpoint(
    "custom_oauth_profiles.list",
    "GET",
    "/api/custom_oauth_profiles",
    CustomOAuthProfile,
    wrapper="result",
    listing=PAGE,
)
GET = Endpoint(
    "custom_oauth_profiles.get", "GET", "/api/custom_oauth_profiles/{id}", CustomOAuthProfile, wrapper="result"
)
CREATE = Endpoint(
    "custom_oauth_profiles.create", "POST", "/api/custom_oauth_profiles", CustomOAuthProfile, wrapper="result"
)
UPDATE = Endpoint(
    "custom_oauth_profiles.update", "PUT", "/api/custom_oauth_profiles/{id}", CustomOAuthProfile, wrapper="result"
)
DELETE = Endpoint[None]("custom_oauth_profiles.delete", "DELETE", "/api/custom_oauth_profiles/{id}", wrapper="result")


class CustomOAuthProfiles(Resource):
    """Custom OAuth profiles: ``workato.custom_oauth_profiles``."""

    __slots__ = ()

    def list(self, *, per_page: int | None = None) -> Pages[CustomOAuthProfile]:
        """List the profiles. ``GET /api/custom_oauth_profiles``, 60 a minute, at most 100 per page.

        Args:
            per_page: profiles per page, 1 to 100.
        """
        return self._pages(LIST, per_page=per_page)

    async def get(self, profile_id: int | CustomOAuthProfile) -> CustomOAuthProfile:
        """Get one profile. ``GET /api/custom_oauth_profiles/{id}``, 60 a minute."""
        return await self._call(GET, profile_id)

    async def create(self, *, name: str, provider: str, data: Mapping[str, str]) -> CustomOAuthProfile:
        """Create a profile. ``POST /api/custom_oauth_profiles``, 60 a minute. Not idempotent.

        Args:
            name: its name.
            provider: the connector's internal name, e.g. ``"slack"``.
            data: ``client_id``, ``client_secret`` and, for Slack apps only, ``token``.
        """
        return await self._call(CREATE, body={"name": name, "provider": provider, "data": data})

    async def update(
        self, profile_id: int | CustomOAuthProfile, *, name: str, provider: str, data: Mapping[str, str]
    ) -> CustomOAuthProfile:
        """Update a profile as a whole, secret included.

        ``PUT /api/custom_oauth_profiles/{id}``, 60 a minute. Idempotent.

        No field keeps its old value: the arguments are those of ``create``, all required.
        """
        return await self._call(UPDATE, profile_id, body={"name": name, "provider": provider, "data": data})

    async def delete(self, profile_id: int | CustomOAuthProfile) -> None:
        """Delete a profile. ``DELETE /api/custom_oauth_profiles/{id}``, 60 a minute. Idempotent."""
        await self._call(DELETE, profile_id)

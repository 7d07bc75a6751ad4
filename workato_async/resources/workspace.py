"""The workspace that the token belongs to.

Source: "Workspace details" (docs: workato-api/users) and the official client spec.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from workato_async.base_model import AwareDatetime, Model
from workato_async.endpoint import Endpoint
from workato_async.errors import ConfigurationError, RateLimitedError, ResponseError, ServerError
from workato_async.resources._base import Resource

if TYPE_CHECKING:
    from workato_async.calls.caller import Caller


@attrs.frozen(kw_only=True)
class Workspace(Model):
    """A workspace. ``root_folder_id`` is its Home folder."""

    id: int
    name: str | None = None
    created_at: AwareDatetime | None = None
    plan_id: str | None = None
    current_billing_period_start: AwareDatetime | None = None
    current_billing_period_end: AwareDatetime | None = None
    expert: bool | None = None
    avatar_url: str | None = None
    recipes_count: int | None = None
    interested_applications: tuple[str, ...] = ()
    company_name: str | None = None
    location: str | None = None
    last_seen: AwareDatetime | None = None
    contact_phone: str | None = None
    contact_email: str | None = None
    about_me: str | None = None
    email: str | None = None
    phone: str | None = None
    active_recipes_count: int | None = None
    root_folder_id: int | None = None


ME = Endpoint("workspace.me", "GET", "/api/users/me", Workspace)


class WorkspaceDetails(Resource):
    """The workspace of the token: ``workato.workspace``."""

    __slots__ = ()

    async def me(self) -> Workspace:
        """Get the workspace that the token belongs to. ``GET /api/users/me``, 60 a minute.

        With environments, only clients of the DEV environment may call it: an error does not prove that the token is
        invalid.

        Raises:
            AuthenticationError: if the token is invalid, or the client belongs to an environment other than DEV.
            PermissionDeniedError: for the same reasons.
        """
        return await self._call(ME)


async def workspace_id(caller: Caller) -> int | None:
    """Return the id of the workspace; None if the client may not read it, or in a customer's workspace. One request.

    Raises:
        WorkatoError: if there was no such response.
    """
    try:
        caller.resolve(ME, ())
    except ConfigurationError:
        return None
    try:
        return (await WorkspaceDetails(caller).me()).id
    except (RateLimitedError, ServerError):
        raise
    except ResponseError:
        return None

"""Workato Identity: the end users of apps and genies, their groups, and links to apps.

Source: the quick reference of "Workato Identity IAM" (docs: workato-api/workato-identity-iam), which shows neither
bodies nor responses. The fields of users and groups were observed by other clients; the rest is sent and returned as it
is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from workato_async._checks import require_type
from workato_async.arguments import ids_of, plain
from workato_async.base_model import Model
from workato_async.endpoint import WHOLE, Endpoint, JsonObject
from workato_async.errors import ConfigurationError
from workato_async.resources._base import Resource, without_none

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workato_async.calls.caller import Caller
    from workato_async.endpoint import AnyEndpoint
    from workato_async.pages import Pages


@attrs.frozen(kw_only=True)
class IamUser(Model):
    """An end user. Other fields are in ``extra``, and so is the whole of a response that has another form."""

    id: str | None = None
    email: str | None = None
    name: str | None = None


@attrs.frozen(kw_only=True)
class IamUserGroup(Model):
    """A group of end users. Other fields are in ``extra``, and so is the whole of a response that has another form."""

    id: str | None = None
    name: str | None = None


LIST_USERS = Endpoint("iam.users.list", "GET", "/api/iam/users", IamUser, wrapper="data", listing=WHOLE)
GET_USER = Endpoint("iam.users.get", "GET", "/api/iam/users/{user_id}", IamUser, wrapper="data")
CREATE_USERS = Endpoint("iam.users.create", "POST", "/api/iam/users", IamUser, wrapper="data")
UPDATE_USER = Endpoint("iam.users.update", "PUT", "/api/iam/users/{user_id}", IamUser, wrapper="data")
DELETE_USER = Endpoint("iam.users.delete", "DELETE", "/api/iam/users/{user_id}", JsonObject)
ADD_TO_GROUP = Endpoint(
    "iam.users.add_to_group", "POST", "/api/iam/users/{user_id}/add_to_group", JsonObject, idempotent=True
)
REMOVE_FROM_GROUP = Endpoint(
    "iam.users.remove_from_group", "POST", "/api/iam/users/{user_id}/remove_from_group", JsonObject, idempotent=True
)

LIST_GROUPS = Endpoint(
    "iam.user_groups.list", "GET", "/api/iam/user_groups", IamUserGroup, wrapper="data", listing=WHOLE
)
GET_GROUP = Endpoint("iam.user_groups.get", "GET", "/api/iam/user_groups/{user_group_id}", IamUserGroup, wrapper="data")
CREATE_GROUP = Endpoint("iam.user_groups.create", "POST", "/api/iam/user_groups", IamUserGroup, wrapper="data")
UPDATE_GROUP = Endpoint(
    "iam.user_groups.update", "PUT", "/api/iam/user_groups/{user_group_id}", IamUserGroup, wrapper="data"
)
DELETE_GROUP = Endpoint("iam.user_groups.delete", "DELETE", "/api/iam/user_groups/{user_group_id}", JsonObject)
ADD_USERS = Endpoint(
    "iam.user_groups.add_users", "POST", "/api/iam/user_groups/{user_group_id}/add_users", JsonObject, idempotent=True
)
REMOVE_USERS = Endpoint(
    "iam.user_groups.remove_users", "DELETE", "/api/iam/user_groups/{user_group_id}/remove_users", JsonObject
)
MEMBERS = Endpoint("iam.user_groups.members", "GET", "/api/iam/user_groups/{user_group_id}/members", JsonObject)

LIST_LINKS = Endpoint("iam.app_links.list", "GET", "/api/iam/app_links", JsonObject)
CREATE_LINK = Endpoint("iam.app_links.create", "POST", "/api/iam/app_links", JsonObject)
DELETE_LINK = Endpoint("iam.app_links.delete", "DELETE", "/api/iam/app_links/{id}", JsonObject)
DELETE_LINKS = Endpoint("iam.app_links.delete_many", "DELETE", "/api/iam/app_links", JsonObject)


class IamUsers(Resource):
    """End users: ``workato.iam.users``."""

    __slots__ = ()

    def list(
        self,
        *,
        query: str | None = None,
        emails: Sequence[str] | None = None,
        user_ids: Sequence[str | IamUser | JsonObject] | None = None,
        name: str | None = None,
        user_group_ids: Sequence[str | IamUserGroup | JsonObject] | None = None,
        environment_id: str | None = None,
    ) -> Pages[IamUser]:
        """List the users, in one page. ``GET /api/iam/users``, 60 a minute.

        Args:
            query: text to search for.
            emails: users with one of these addresses.
            user_ids: these users.
            name: users of this name.
            user_group_ids: members of one of these groups.
            environment_id: the environment whose groups are meant.
        """
        filters = {
            "query": query,
            "emails[]": emails,
            "user_ids[]": user_ids,
            "name": name,
            "user_group_ids[]": user_group_ids,
            "environment_id": environment_id,
        }
        return self._pages(LIST_USERS, query=filters)

    async def get(self, user_id: str | IamUser | JsonObject) -> IamUser:
        """Get a user. ``GET /api/iam/users/{user_id}``, 60 a minute."""
        return await self._call(GET_USER, user_id)

    async def create(
        self, *, email: str | None = None, full_name: str | None = None, body: Mapping[str, Any] | None = None
    ) -> IamUser:
        """Create a user, or several. ``POST /api/iam/users``, 60 a minute. Not idempotent.

        Args:
            email: the user's address.
            full_name: the user's name.
            body: other fields, sent as they are. How several users are sent is not documented; what is returned for
                them is in ``extra``.

        Raises:
            ConfigurationError: if there is nothing to send.
        """
        return await self._call(CREATE_USERS, body=_fields(CREATE_USERS, body, email=email, full_name=full_name))

    async def update(self, user_id: str | IamUser | JsonObject, *, body: Mapping[str, Any]) -> IamUser:
        """Update a user. ``PUT /api/iam/users/{user_id}``, 60 a minute. Idempotent.

        Args:
            user_id: the user.
            body: not documented; sent as it is.
        """
        return await self._call(UPDATE_USER, user_id, body=body)

    async def delete(self, user_id: str | IamUser | JsonObject) -> JsonObject:
        """Delete a user. ``DELETE /api/iam/users/{user_id}``, 60 a minute. Idempotent.

        The shape of the response is not documented.
        """
        return await self._call(DELETE_USER, user_id)

    async def add_to_group(
        self,
        user_id: str | IamUser | JsonObject,
        *,
        user_group_id: str | IamUserGroup | JsonObject | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> JsonObject:
        """Add a user to a group. ``POST /api/iam/users/{user_id}/add_to_group``, 60 a minute. Idempotent.

        The shape of the response is not documented.

        Args:
            user_id: the user.
            user_group_id: the group.
            body: other fields, sent as they are.

        Raises:
            ConfigurationError: if there is nothing to send.
        """
        return await self._call(ADD_TO_GROUP, user_id, body=_fields(ADD_TO_GROUP, body, user_group_id=user_group_id))

    async def remove_from_group(self, user_id: str | IamUser | JsonObject, *, body: Mapping[str, Any]) -> JsonObject:
        """Remove a user from a group. ``POST /api/iam/users/{user_id}/remove_from_group``, 60 a minute. Idempotent.

        The shape of the response is not documented.

        Args:
            user_id: the user.
            body: not documented; sent as it is.
        """
        return await self._call(REMOVE_FROM_GROUP, user_id, body=body)


class IamUserGroups(Resource):
    """Groups of end users: ``workato.iam.user_groups``."""

    __slots__ = ()

    def list(self, *, query: str | None = None) -> Pages[IamUserGroup]:
        """List the groups of the environment, in one page. ``GET /api/iam/user_groups``, 60 a minute.

        Args:
            query: text to search for; known from other clients, not documented.
        """
        return self._pages(LIST_GROUPS, query={"query": query})

    async def get(self, user_group_id: str | IamUserGroup | JsonObject) -> IamUserGroup:
        """Get a group. ``GET /api/iam/user_groups/{user_group_id}``, 60 a minute."""
        return await self._call(GET_GROUP, user_group_id)

    async def create(self, *, name: str | None = None, body: Mapping[str, Any] | None = None) -> IamUserGroup:
        """Create a group. ``POST /api/iam/user_groups``, 60 a minute. Not idempotent.

        Args:
            name: its name.
            body: other fields, sent as they are.

        Raises:
            ConfigurationError: if there is nothing to send.
            UnprocessableError: if there is a group of this name.
        """
        return await self._call(CREATE_GROUP, body=_fields(CREATE_GROUP, body, name=name))

    async def update(self, user_group_id: str | IamUserGroup | JsonObject, *, body: Mapping[str, Any]) -> IamUserGroup:
        """Update a group. ``PUT /api/iam/user_groups/{user_group_id}``, 60 a minute. Idempotent.

        Args:
            user_group_id: the group.
            body: not documented; sent as it is.
        """
        return await self._call(UPDATE_GROUP, user_group_id, body=body)

    async def delete(self, user_group_id: str | IamUserGroup | JsonObject) -> JsonObject:
        """Delete a group. ``DELETE /api/iam/user_groups/{user_group_id}``, 60 a minute. Idempotent.

        The shape of the response is not documented.
        """
        return await self._call(DELETE_GROUP, user_group_id)

    async def add_users(self, user_group_id: str | IamUserGroup | JsonObject, *, body: Mapping[str, Any]) -> JsonObject:
        """Add users to a group. ``POST /api/iam/user_groups/{user_group_id}/add_users``, 60 a minute. Idempotent.

        The shape of the response is not documented.

        Args:
            user_group_id: the group.
            body: not documented; sent as it is.
        """
        return await self._call(ADD_USERS, user_group_id, body=body)

    async def remove_users(
        self, user_group_id: str | IamUserGroup | JsonObject, *, body: Mapping[str, Any]
    ) -> JsonObject:
        """Remove users from a group.

        ``DELETE /api/iam/user_groups/{user_group_id}/remove_users``, 60 a minute. Idempotent.

        The shape of the response is not documented.

        Args:
            user_group_id: the group.
            body: not documented; sent as it is.
        """
        return await self._call(REMOVE_USERS, user_group_id, body=body)

    async def members(self, user_group_id: str | IamUserGroup | JsonObject) -> JsonObject:
        """List the members of a group. ``GET /api/iam/user_groups/{user_group_id}/members``, 60 a minute.

        The shape of the response is not documented.
        """
        return await self._call(MEMBERS, user_group_id)


class IamAppLinks(Resource):
    """Links to apps: ``workato.iam.app_links``."""

    __slots__ = ()

    async def list(self) -> JsonObject:
        """List the app links of the environment. ``GET /api/iam/app_links``, 60 a minute.

        The shape of the response is not documented.
        """
        return await self._call(LIST_LINKS)

    async def create(self, *, body: Mapping[str, Any]) -> JsonObject:
        """Create an app link. ``POST /api/iam/app_links``, 60 a minute. Not idempotent.

        The shape of the response is not documented.

        Args:
            body: not documented; sent as it is.
        """
        return await self._call(CREATE_LINK, body=body)

    async def delete(self, app_link_id: str | JsonObject) -> JsonObject:
        """Delete an app link. ``DELETE /api/iam/app_links/{id}``, 60 a minute. Idempotent.

        The shape of the response is not documented.
        """
        return await self._call(DELETE_LINK, app_link_id)

    async def delete_many(self, *, ids: Sequence[str | JsonObject]) -> JsonObject:
        """Delete several app links. ``DELETE /api/iam/app_links``, 60 a minute. Idempotent.

        The shape of the response is not documented.

        Args:
            ids: the links.

        Raises:
            ConfigurationError: if ``ids`` is empty: what a request without ids would delete is not documented.
        """
        if not ids or isinstance(ids, str):
            raise ConfigurationError(f"ids must be a collection of at least one id, not {ids!r}")
        return await self._call(DELETE_LINKS, body={"ids": ids_of(ids, "ids")})


class Iam(Resource):
    """Workato Identity: ``workato.iam``, with ``.users``, ``.user_groups`` and ``.app_links``."""

    __slots__ = ("app_links", "user_groups", "users")

    def __init__(self, caller: Caller) -> None:
        super().__init__(caller)
        self.users = IamUsers(caller)
        self.user_groups = IamUserGroups(caller)
        self.app_links = IamAppLinks(caller)


def _fields(endpoint: AnyEndpoint, body: Mapping[str, Any] | None, **fields: Any) -> dict[str, Any]:
    """Return the body of a request: the fields that are known, and others.

    Raises:
        ConfigurationError: if there are none.
    """
    others = plain(body)
    if others is not None:
        require_type("body", others, Mapping)
    given = {**(others or {}), **without_none(**fields)}
    if not given and others is None:
        raise ConfigurationError(f"nothing to send: pass at least one of {', '.join(fields)}", endpoint=endpoint.key)
    return given

"""Customers of an Embed admin workspace: their workspaces, members, environments and usage.

For vendors who run workspaces for their customers. To read and change what is inside a customer's workspace, use
``workato.customer(id)``, which has the same resources as the session.

Source: "Manage customers" (docs: oem/oem-api/managed-users), "Embedded Environments APIs" (docs:
oem/embedded-environments), "Connections", "Connectors", "Picklists", "Customer workspace collaborators" and "Recipe
lifecycle management" (docs: oem/oem-api). Most responses are under ``result``; a bare one is also accepted.
"""

from __future__ import annotations

import re
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import attrs

from workato_async._checks import require_type
from workato_async._unset import UNSET
from workato_async.arguments import id_of, one_of, plain
from workato_async.base_model import AwareDatetime, Model, Part
from workato_async.endpoint import PAGE, Endpoint, JsonObject
from workato_async.errors import ConfigurationError
from workato_async.http.messages import Upload
from workato_async.http.urls import build_target
from workato_async.limits.quota import Quota
from workato_async.operations import Operation
from workato_async.resources._base import Resource, changes, polled, without_none
from workato_async.resources.connections import Choice
from workato_async.resources.members import Member
from workato_async.resources.packages import Package

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workato_async._unset import Unset
    from workato_async.calls.caller import Caller
    from workato_async.pages import Pages
    from workato_async.resources.connections import Connection
    from workato_async.resources.export_manifests import ExportManifest
    from workato_async.resources.folders import Folder

Environment = Literal["dev", "test", "prod"]
"""An environment of a customer that has environments."""

_NAME = re.compile(r"([1-9][0-9]*|E(?!_(?:dev|test|prod)$).+?)(_dev|_test|_prod)?", re.DOTALL)


@attrs.frozen(kw_only=True)
class CustomerEnvironment(Part):
    """An environment of a customer; its ``id`` names the customer in this environment."""

    id: int | None = None
    name: str | None = None
    type: str | None = None


@attrs.frozen(kw_only=True)
class Customer(Model):
    """A customer. Its ``id`` is that of its workspace, or of its development environment."""

    id: int
    external_id: str | None = None
    name: str | None = None
    notification_email: str | None = None
    error_notification_emails: str | None = None
    admin_notification_emails: str | None = None
    plan_id: str | None = None
    origin_url: str | None = None
    frame_ancestors: str | None = None
    trial: bool | None = None
    in_trial: bool | None = None
    full_embedding: bool | None = None
    whitelisted_apps: tuple[str, ...] = ()
    environments: tuple[CustomerEnvironment, ...] = ()
    time_zone: str | None = None
    team_name: str | None = None
    auth_settings: JsonObject | None = None
    current_billing_period_start: str | None = None
    current_billing_period_end: str | None = None
    task_count: int | None = None
    active_connection_limit: int | None = None
    active_connection_count: int | None = None
    active_recipe_count: int | None = None
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None


_FAST = Quota(1000, per=60)

LIST = Endpoint("customers.list", "GET", "/api/managed_users", Customer, wrapper="result", listing=PAGE)
GET = Endpoint("customers.get", "GET", "/api/managed_users/{id}", Customer, wrapper="result")
CREATE = Endpoint("customers.create", "POST", "/api/managed_users", Customer, quota=_FAST, wrapper="result")
UPDATE = Endpoint("customers.update", "PUT", "/api/managed_users/{id}", Customer, wrapper="result")
DELETE = Endpoint[None]("customers.delete", "DELETE", "/api/managed_users/{id}")
PROVISION = Endpoint(
    "customers.provision_environments",
    "POST",
    "/api/managed_users/{id}/environments",
    JsonObject,
    quota=_FAST,
    wrapper="result",
)
USAGE = Endpoint("customers.usage", "GET", "/api/managed_users/usage", JsonObject, quota=_FAST, wrapper="result")
CONNECTION_SCHEMA = Endpoint(
    "customers.connection_input_schema",
    "GET",
    "/api/managed_users/{id}/connections/{adapter_name}/input_schema",
    JsonObject,
    wrapper="result",
)
CONNECTOR_SCHEMA = Endpoint(
    "customers.connector_input_schema",
    "GET",
    "/api/v2/managed_users/{id}/connectors/{connector_name}/input_schema",
    JsonObject,
    quota=_FAST,
    wrapper="result",
)
PICK_LIST = Endpoint[tuple[Choice, ...]](
    "customers.pick_list",
    "POST",
    "/api/managed_users/{id}/connections/{connection_id}/pick_list",
    tuple[Choice, ...],
    idempotent=True,  # it only reads
    wrapper="result",
)
INVITE = Endpoint(
    "customers.invite", "POST", "/api/managed_users/{id}/member_invitations", JsonObject, wrapper="result"
)
MEMBERS_LIST = Endpoint(
    "customers.members.list",
    "GET",
    "/api/managed_users/{id}/members",
    Member,
    wrapper="result",
    listing=PAGE,
)
MEMBERS_GET = Endpoint(
    "customers.members.get", "GET", "/api/managed_users/{id}/members/{member_id}", Member, wrapper="result"
)
MEMBERS_CREATE = Endpoint(
    "customers.members.create", "POST", "/api/managed_users/{id}/members", Member, wrapper="result"
)
MEMBERS_UPDATE = Endpoint(
    "customers.members.update",
    "PUT",
    "/api/managed_users/{id}/members/{member_id}",
    Member,
    wrapper="result",
)
MEMBERS_DELETE = Endpoint[None](
    "customers.members.delete", "DELETE", "/api/managed_users/{id}/members/{member_id}", quota=_FAST
)
MEMBERS_PRIVILEGES = Endpoint(
    "customers.members.privileges",
    "GET",
    "/api/managed_users/{id}/members/{member_id}/privileges",
    JsonObject,
    wrapper="result",
)
STATISTICS_USAGE = Endpoint(
    "customers.statistics.usage",
    "POST",
    "/api/v2/managed_users/statistics/usage",
    JsonObject,
    quota=_FAST,
    idempotent=True,
    reads_by_post=True,
    wrapper="result",
)
STATISTICS_CONNECTION_USAGE = Endpoint(
    "customers.statistics.connection_usage",
    "POST",
    "/api/v2/managed_users/statistics/connection_usage",
    JsonObject,
    quota=_FAST,
    idempotent=True,
    reads_by_post=True,
    wrapper="result",
)
IMPORTS_CREATE = Endpoint(
    "customers.imports.create", "POST", "/api/managed_users/{id}/imports", Package, wrapper="result"
)
IMPORTS_GET = Endpoint(
    "customers.imports.get", "GET", "/api/managed_users/{id}/imports/{import_id}", Package, wrapper="result"
)
EXPORTS_CREATE = Endpoint(
    "customers.exports.create", "POST", "/api/managed_users/{id}/exports/{manifest_id}", Package, wrapper="result"
)
EXPORTS_GET = Endpoint(
    "customers.exports.get", "GET", "/api/managed_users/{id}/exports/{export_id}", Package, wrapper="result"
)


def customer_named(customer_id: int | str | Customer, environment: Environment | None = None) -> str:
    """Return the text by which a path names a customer and its environment.

    Args:
        customer_id: its number, ``"E"`` and its external id, or a model; a text may end in the environment.
        environment: the environment.

    Raises:
        ConfigurationError: if ``customer_id`` does not name a customer, or the environment is named twice.
    """
    text = str(id_of(customer_id, "customer_id"))
    found = _NAME.fullmatch(text)
    if found is None:
        raise ConfigurationError(
            f"{text!r} does not name a customer: pass its number, or 'E' and its external id, as in 'EA2300'"
        )
    build_target("/api/managed_users/{customer_id}", [text])  # raises for what could turn it into another path
    chosen = plain(environment)
    if chosen is None:
        return text
    if not isinstance(chosen, str):  # one_of also takes collections
        raise ConfigurationError(f"environment must be 'dev', 'test' or 'prod', not {type(chosen).__name__}")
    one_of("environment", chosen, Environment)
    if found[2]:
        raise ConfigurationError(
            f"{text!r} already names an environment: leave out either {found[2]!r} or environment={chosen!r}"
        )
    return f"{text}_{chosen}"


class CustomerMembers(Resource):
    """Members of a customer's workspace: ``workato.customers.members``."""

    __slots__ = ()

    def list(self, customer_id: int | str | Customer, *, per_page: int | None = None) -> Pages[Member]:
        """List the members. ``GET /api/managed_users/{id}/members``, 60 a minute, at most 100 per page.

        Args:
            customer_id: the customer.
            per_page: members per page, 1 to 100; whether there are pages is not documented.
        """
        return self._pages(MEMBERS_LIST, customer_named(customer_id), per_page=per_page)

    async def get(self, customer_id: int | str | Customer, member_id: int | str | Member) -> Member:
        """Get a member. ``GET /api/managed_users/{id}/members/{member_id}``, 60 a minute."""
        return await self._call(MEMBERS_GET, customer_named(customer_id), member_id)

    async def create(
        self,
        customer_id: int | str | Customer,
        *,
        name: str,
        email: str | None = None,
        oauth_id: str | None = None,
        external_id: str | None = None,
        role_name: str | None = None,
        env_roles: Sequence[Mapping[str, str]] | None = None,
    ) -> Member:
        """Create a member. ``POST /api/managed_users/{id}/members``, 60 a minute. Not idempotent.

        Args:
            customer_id: the customer.
            name: the full name.
            email: the e-mail address.
            oauth_id: the identifier with which the member signs in.
            external_id: your own identifier of the member.
            role_name: the role, in workspaces with legacy roles.
            env_roles: the roles by environment, as in ``workato.members.update``.
        """
        fields = without_none(
            name=name,
            email=email,
            oauth_id=oauth_id,
            external_id=external_id,
            role_name=role_name,
            env_roles=env_roles,
        )
        return await self._call(MEMBERS_CREATE, customer_named(customer_id), body=fields)

    async def update(
        self,
        customer_id: int | str | Customer,
        member_id: int | str | Member,
        *,
        name: str | Unset = UNSET,
        external_id: str | Unset | None = UNSET,
        role_name: str | Unset = UNSET,
        env_roles: Sequence[Mapping[str, str]] | Unset = UNSET,
    ) -> Member:
        """Update a member. ``PUT /api/managed_users/{id}/members/{member_id}``, 60 a minute. Idempotent.

        Args:
            customer_id: the customer.
            member_id: the member.
            name: the full name.
            external_id: your own identifier of the member.
            role_name: the role, in workspaces with legacy roles.
            env_roles: the roles by environment, as in ``workato.members.update``.
        """
        fields = changes(MEMBERS_UPDATE, name=name, external_id=external_id, role_name=role_name, env_roles=env_roles)
        return await self._call(MEMBERS_UPDATE, customer_named(customer_id), member_id, body=fields)

    async def delete(self, customer_id: int | str | Customer, member_id: int | str | Member) -> None:
        """Delete a member from the workspace.

        ``DELETE /api/managed_users/{id}/members/{member_id}``, 1,000 a minute. Idempotent.
        """
        await self._call(MEMBERS_DELETE, customer_named(customer_id), member_id)

    async def privileges(self, customer_id: int | str | Customer, member_id: int | str | Member) -> JsonObject:
        """List the privileges of a member. ``GET /api/managed_users/{id}/members/{member_id}/privileges``, 60 a minute.

        The shape of the response is not documented.
        """
        return await self._call(MEMBERS_PRIVILEGES, customer_named(customer_id), member_id)


class CustomerStatistics(Resource):
    """Usage of customers' workspaces: ``workato.customers.statistics``."""

    __slots__ = ()

    async def usage(self, *, body: Mapping[str, Any] | None = None) -> JsonObject:
        """Get the tasks, recipes and jobs of customers in a time frame.

        ``POST /api/v2/managed_users/statistics/usage``, 1,000 a minute. Idempotent.

        Args:
            body: not documented; sent as it is.
        """
        return await self._call(STATISTICS_USAGE, body=body)

    async def connection_usage(self, *, body: Mapping[str, Any] | None = None) -> JsonObject:
        """Get the usage of customers' connections.

        ``POST /api/v2/managed_users/statistics/connection_usage``, 1,000 a minute. Idempotent.

        Args:
            body: not documented; sent as it is.
        """
        return await self._call(STATISTICS_CONNECTION_USAGE, body=body)


class CustomerImports(Resource):
    """Imports of packages into a customer's workspace: ``workato.customers.imports``."""

    __slots__ = ()

    def create(
        self,
        customer_id: int | str | Customer,
        package: bytes | str | PathLike[str],
        *,
        folder_id: int | str | Folder,
        restart_recipes: bool | None = None,
    ) -> Operation[Package]:
        """Create an import. ``POST /api/managed_users/{id}/imports``, 60 a minute. Not idempotent.

        ``await`` starts it, ``.wait()`` waits for it to finish. A file is read while it is sent.

        Args:
            customer_id: the customer.
            package: the zip file, by path or as bytes.
            folder_id: the folder to import into.
            restart_recipes: stop affected running recipes and restart them afterwards.

        Raises:
            ConfigurationError: if there is no such file.
        """
        given = plain(package)
        require_type("package", given, bytes | str | PathLike)
        content = given if isinstance(given, bytes) else Path(given)
        if isinstance(content, Path) and not content.is_file():
            raise ConfigurationError(f"{content} is not a file")
        customer = customer_named(customer_id)
        query = {"folder_id": id_of(folder_id, "folder_id"), "restart_recipes": restart_recipes}
        return Operation(
            lambda: self._call(IMPORTS_CREATE, customer, query=query, upload=Upload(content)),
            lambda package: self.get(customer, package),
            ended=_ended,
            failed=_failed,
            what=f"the import for customer {customer}",
            polled=lambda package: polled(self._caller, IMPORTS_GET, customer, package),
            started_by=polled(self._caller, IMPORTS_CREATE, customer),
        )

    async def get(self, customer_id: int | str | Customer, import_id: int | Package) -> Package:
        """Get the state of an import. ``GET /api/managed_users/{id}/imports/{import_id}``, 60 a minute."""
        return await self._call(IMPORTS_GET, customer_named(customer_id), import_id)


class CustomerExports(Resource):
    """Exports of packages from a customer's workspace: ``workato.customers.exports``."""

    __slots__ = ()

    def create(self, customer_id: int | str | Customer, manifest_id: int | ExportManifest) -> Operation[Package]:
        """Create an export.

        ``POST /api/managed_users/{id}/exports/{manifest_id}``, 60 a minute. Not idempotent.

        ``await`` starts it, ``.wait()`` waits for it to finish; ``download_url`` of the result is then the address of
        the file.

        Args:
            customer_id: the customer.
            manifest_id: a manifest of ``workato.customer(id).export_manifests``.
        """
        customer, manifest = customer_named(customer_id), id_of(manifest_id, "manifest_id")
        return Operation(
            lambda: self._call(EXPORTS_CREATE, customer, manifest),
            lambda package: self.get(customer, package),
            ended=_ended,
            failed=_failed,
            what=f"the export of manifest {manifest} of customer {customer}",
            polled=lambda package: polled(self._caller, EXPORTS_GET, customer, package),
            started_by=polled(self._caller, EXPORTS_CREATE, customer, manifest),
        )

    async def get(self, customer_id: int | str | Customer, export_id: int | Package) -> Package:
        """Get the state of an export. ``GET /api/managed_users/{id}/exports/{export_id}``, 60 a minute."""
        return await self._call(EXPORTS_GET, customer_named(customer_id), export_id)


class Customers(Resource):
    """Customers of an Embed admin workspace: ``workato.customers``.

    Wherever a customer is expected: its number, ``"E"`` and its external id, or a ``Customer``. A text may end in
    an environment, as ``"98178_test"`` does.
    """

    __slots__ = ("exports", "imports", "members", "statistics")

    def __init__(self, caller: Caller) -> None:
        super().__init__(caller)
        self.members = CustomerMembers(caller)
        self.statistics = CustomerStatistics(caller)
        self.imports = CustomerImports(caller)
        self.exports = CustomerExports(caller)

    def list(self, *, per_page: int | None = None) -> Pages[Customer]:
        """List the customers. ``GET /api/managed_users``, 60 a minute, at most 100 per page.

        Args:
            per_page: customers per page, 1 to 100; whether there are pages is not documented.
        """
        return self._pages(LIST, per_page=per_page)

    async def get(self, customer_id: int | str | Customer) -> Customer:
        """Get a customer. ``GET /api/managed_users/{id}``, 60 a minute."""
        return await self._call(GET, customer_named(customer_id))

    async def create(
        self,
        *,
        name: str,
        notification_email: str,
        external_id: str | None = None,
        plan_id: str | None = None,
        origin_url: str | None = None,
    ) -> Customer:
        """Create a customer and its workspace. ``POST /api/managed_users``, 1,000 a minute. Not idempotent.

        Args:
            name: its name.
            notification_email: the address for errors and notifications.
            external_id: your own identifier of the customer, by which paths can name it.
            plan_id: its plan; your account's default plan if not given.
            origin_url: the page that embeds Workato, if it is not your account's.
        """
        fields = without_none(
            name=name,
            notification_email=notification_email,
            external_id=external_id,
            plan_id=plan_id,
            origin_url=origin_url,
        )
        return await self._call(CREATE, body=fields)

    async def update(
        self,
        customer_id: int | str | Customer,
        *,
        name: str | Unset = UNSET,
        notification_email: str | Unset = UNSET,
        external_id: str | Unset | None = UNSET,
        plan_id: str | Unset | None = UNSET,
        origin_url: str | Unset | None = UNSET,
    ) -> Customer:
        """Update a customer. ``PUT /api/managed_users/{id}``, 60 a minute. Idempotent.

        Args:
            customer_id: the customer.
            name: its name.
            notification_email: the address for errors and notifications.
            external_id: your own identifier of the customer.
            plan_id: its plan.
            origin_url: the page that embeds Workato; None for your account's.
        """
        fields = changes(
            UPDATE,
            name=name,
            notification_email=notification_email,
            external_id=external_id,
            plan_id=plan_id,
            origin_url=origin_url,
        )
        return await self._call(UPDATE, customer_named(customer_id), body=fields)

    async def delete(self, customer_id: int | str | Customer) -> None:
        """Delete a customer and its workspace. ``DELETE /api/managed_users/{id}``, 60 a minute. Idempotent."""
        await self._call(DELETE, customer_named(customer_id))

    async def provision_environments(
        self, customer_id: int | str | Customer, *, body: Mapping[str, Any] | None = None
    ) -> JsonObject:
        """Provision the environments of a customer: development, test and production.

        ``POST /api/managed_users/{id}/environments``, 1,000 a minute. Not idempotent.

        The customer's existing workspace becomes the development environment. The shape of the response is not
        documented.

        Args:
            customer_id: the customer.
            body: not documented; sent as it is.
        """
        return await self._call(PROVISION, customer_named(customer_id), body=body)

    async def usage(self) -> JsonObject:
        """Get the tasks that all customers used, by month. ``GET /api/managed_users/usage``, 1,000 a minute.

        The shape of the response is not documented; a list is under ``data``.
        """
        return await self._call(USAGE)

    async def connection_input_schema(self, customer_id: int | str | Customer, adapter_name: str) -> JsonObject:
        """Get the fields of a connection.

        ``GET /api/managed_users/{id}/connections/{adapter_name}/input_schema``, 60 a minute.

        The shape of the response is not documented; a list is under ``data``.

        Args:
            customer_id: the customer.
            adapter_name: the connector, e.g. ``"salesforce"``.
        """
        return await self._call(CONNECTION_SCHEMA, customer_named(customer_id), adapter_name)

    async def connector_input_schema(self, customer_id: int | str | Customer, connector_name: str) -> JsonObject:
        """Get the fields of a connector's connections.

        ``GET /api/v2/managed_users/{id}/connectors/{connector_name}/input_schema``, 1,000 a minute.

        The shape of the response is not documented; a list is under ``data``.

        Args:
            customer_id: the customer.
            connector_name: the connector, e.g. ``"salesforce"``.
        """
        return await self._call(CONNECTOR_SCHEMA, customer_named(customer_id), connector_name)

    async def pick_list(
        self,
        customer_id: int | str | Customer,
        connection_id: int | Connection,
        *,
        pick_list_name: str,
        pick_list_params: JsonObject | None = None,
    ) -> tuple[Choice, ...]:
        """Get the values of a connector's pick list through a connection of a customer.

        ``POST /api/managed_users/{id}/connections/{connection_id}/pick_list``, 60 a minute. Idempotent.

        Args:
            customer_id: the customer.
            connection_id: the connection.
            pick_list_name: the list's name in the connector, e.g. ``"sobject_fields"``.
            pick_list_params: what the list depends on, e.g. ``{"sobject_name": "Account"}``.

        Returns:
            A tuple for each value: its label, the value, and anything else the connector adds.
        """
        fields = without_none(pick_list_name=pick_list_name, pick_list_params=pick_list_params)
        return await self._call(PICK_LIST, customer_named(customer_id), connection_id, body=fields)

    async def invite(
        self,
        customer_id: int | str | Customer,
        *,
        name: str,
        email: str,
        role_name: str | None = None,
        env_roles: Sequence[Mapping[str, str]] | None = None,
    ) -> JsonObject:
        """Invite a person by e-mail. ``POST /api/managed_users/{id}/member_invitations``, 60 a minute. Not idempotent.

        The same person can be invited once every 20 minutes. The shape of the response is not documented.

        Args:
            customer_id: the customer.
            name: the name of the person to invite.
            email: the person's address.
            role_name: the person's role, in workspaces with legacy roles.
            env_roles: the person's roles by environment, as in ``workato.members.update``.
        """
        fields = without_none(name=name, email=email, role_name=role_name, env_roles=env_roles)
        return await self._call(INVITE, customer_named(customer_id), body=fields)


def _ended(package: Package) -> bool:
    return package.status in ("completed", "failed")


def _failed(package: Package) -> str:
    return (package.error or "no reason given") if package.status == "failed" else ""

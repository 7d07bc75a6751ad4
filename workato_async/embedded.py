"""The Embedded API: the endpoints of the Developer API, for the workspace of one customer.

For vendors who run workspaces for their customers. The same resource classes call it: an endpoint of the Developer API
has its counterpart under another path and with another quota, which ``MIRRORS`` states as data. A quota belongs to the
Embed admin workspace and is shared by all customers, so there is one bucket for each path template.

Source: "Embedded API" (docs: oem/oem-api, its pages, and oem/oem-api/limits).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

import attrs

from workato_async.calls.caller import Caller
from workato_async.errors import ConfigurationError
from workato_async.limits.quota import ONE_PER_SECOND, STANDARD, Quota

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from workato_async.endpoint import AnyEndpoint, Endpoint
    from workato_async.http.messages import Request, Response, Sink, Upload
    from workato_async.http.urls import PathArgument, Query

    EMBEDDED_ENDPOINTS: tuple[AnyEndpoint, ...]
    """The endpoints of one customer's workspace, in the order of ``ENDPOINTS``. Their ids begin with ``embedded.``, as
    ``"embedded.recipes.list"`` does; the endpoints about customers are in ``ENDPOINTS``, as ``"customers.list"``."""

T = TypeVar("T")


@attrs.frozen
class Mirror:
    """The counterpart of an endpoint, or of a family of them.

    Attributes:
        quota: what the documentation allows; None for the Developer API's quota, if it says nothing else.
        version: the version in its path, e.g. ``"v2"``; empty for the Developer API's.
        without: the part of the Developer API's path that it lacks.
        id: the id of the endpoint of ``workato.customers`` that it is; empty if it has one of its own.
    """

    quota: Quota | None = None
    version: str = ""
    without: str = ""
    id: str = ""


_SAME = Mirror()
_STANDARD = Mirror(STANDARD)
_FAST = Mirror(Quota(1000, per=60))
_TEN = Mirror(Quota(10, per=1))
_V2 = Mirror(STANDARD, version="v2")
_V2_FAST = Mirror(Quota(1000, per=60), version="v2")

MIRRORS: Mapping[str, Mirror] = {
    "activity_logs": _SAME,
    "api_access_profiles": _FAST,
    "api_clients": _FAST,
    "api_clients_v1": _FAST,
    "api_collections": _FAST,
    "api_endpoints": _FAST,
    "api_keys": _FAST,
    "api_portals": _STANDARD,
    "cert_bundles": _STANDARD,
    "connections": _STANDARD,
    "connections.list": _FAST,
    "connections.pick_list": Mirror(STANDARD, id="customers.pick_list"),
    "connectors": _FAST,
    "data_tables": _V2,
    "deployments": _STANDARD,
    "developer_api_client_roles": _V2,
    "developer_api_client_roles.list": _V2_FAST,
    "developer_api_clients": _V2,
    "developer_api_clients.list": _V2_FAST,
    "environment_roles": _TEN,
    "export_manifests": _SAME,
    "folders": _SAME,
    "genie_clients": _SAME,
    "genies": _SAME,
    "iam": _STANDARD,
    "insights": Mirror(STANDARD, version="v2", without="/v1"),
    "jobs": _SAME,
    "jobs.get": _FAST,
    "jobs.list": _FAST,
    "jobs.repeat": Mirror(ONE_PER_SECOND),
    "knowledge_bases": _SAME,
    "lookup_tables": _SAME,
    "mcp_servers": Mirror(STANDARD, without="/mcp"),
    "members.delete": Mirror(Quota(1000, per=60), id="customers.members.delete"),
    "members.get": Mirror(STANDARD, id="customers.members.get"),
    "members.invite": Mirror(STANDARD, id="customers.invite"),
    "members.list": Mirror(STANDARD, id="customers.members.list"),
    "members.privileges": Mirror(STANDARD, id="customers.members.privileges"),
    "members.update": Mirror(STANDARD, id="customers.members.update"),
    "on_prem_agents": _SAME,
    "on_prem_groups": _SAME,
    "packages": _SAME,
    "project_builds": _STANDARD,
    "project_roles": _TEN,
    "projects": _STANDARD,
    "projects.list": _FAST,
    "properties": _SAME,
    "recipes": _SAME,
    "roles": _SAME,
    "skills": _SAME,
    "tags": _SAME,
    "tags_assignments": _SAME,
    "test_cases": _STANDARD,
    "user_groups": _TEN,
    "user_groups.project_grants": _STANDARD,
}
"""By endpoint id or family; the most specific one counts."""

NOT_MIRRORED: Mapping[str, str] = {
    "custom_connectors": "Connectors are shared from the admin workspace: use `workato.custom_connectors`.",
    "custom_oauth_profiles": "",
    "customers": "It is about all customers: call it on the session.",
    "data_table_records": "",
    "event_messages": "",
    "event_topics": "",
    "mcp": "",
    "members": "",
    "project_grants": "",
    "roles_migration": "",
    "sdk": "",
    "secrets": "",
    "workspace": "`workato.customers.get` returns what is known of a customer.",
}
"""The families without a counterpart in the documentation, and what to do instead where there is something."""

_BY_PATH = "If Workato has one by now, call it by its whole path with `request` of the session."
_CUSTOMER = "/managed_users/{managed_user_id}"
_ROOT = re.compile(r"/api(/v\d+)?(?=/)")
_NAMES_CUSTOMER = re.compile(r"/managed_users\b")


_MIRRORED: dict[AnyEndpoint, AnyEndpoint] = {}
"""The counterparts that were asked for, one of each, whichever thread asked first."""


def _mirrored(endpoint: AnyEndpoint) -> AnyEndpoint:
    names = endpoint.id.split(".")
    families = [".".join(names[:length]) for length in range(len(names), 0, -1)]
    mirror = next((MIRRORS[family] for family in families if family in MIRRORS), None)
    if endpoint.host != "api" or (mirror is None and names[0] in NOT_MIRRORED):
        raise ConfigurationError(
            "the Embedded API has no such endpoint for the workspace of a customer",
            endpoint=endpoint.key,
            advice=NOT_MIRRORED.get(names[0]) or _BY_PATH,
        )
    mirror = mirror or _SAME
    return attrs.evolve(
        endpoint,
        id=mirror.id or f"embedded.{endpoint.id}",
        path=in_workspace(endpoint.path.replace(mirror.without, "", 1), mirror.version),
        quota=mirror.quota or endpoint.quota,
        shared_quota=endpoint.shared_quota and f"embedded.{endpoint.shared_quota}",
        also_under="" if endpoint.wrapper.startswith("result") else "result",
    )


def mirrored(endpoint: Endpoint[T]) -> Endpoint[T]:
    """Return the counterpart of an endpoint of the Developer API, whose first path argument is the customer.

    An endpoint of the user's own has one by the same rule.

    Raises:
        ConfigurationError: if there is none.
    """
    return _MIRRORED.get(endpoint) or _MIRRORED.setdefault(endpoint, _mirrored(endpoint))


def in_workspace(path: str, version: str = "") -> str:
    """Return a path of the Developer API as it is for a customer, who comes after ``/api`` and the version.

    Raises:
        ConfigurationError: if it begins otherwise, or names a customer.
    """
    root = _ROOT.match(path)
    if root is None or _NAMES_CUSTOMER.search(path):
        raise ConfigurationError(
            f"{path} is not a path in the workspace of a customer: pass that of the Developer API, which begins with "
            "/api and does not name the customer"
        )
    return f"{root[0]}/{version}".rstrip("/") + _CUSTOMER + path[root.end() :]


@attrs.frozen(eq=False)
class CustomerCaller(Caller):
    """Sends the calls of the Developer API's endpoints to their counterparts for one customer.

    Attributes:
        customer: the id by which paths name the customer, and its environment.
        admin: sends calls of any endpoint, with the same options.
    """

    customer: str = ""
    admin: Caller = attrs.field(kw_only=True, repr=False)

    @classmethod
    def of(cls, admin: Caller, customer: str) -> CustomerCaller:
        """Return a caller with the options of another one."""
        options = {field.name: getattr(admin, field.name) for field in attrs.fields(Caller)}
        return cls(**options, customer=customer, admin=admin)

    def resolve(
        self, endpoint: Endpoint[T], arguments: Sequence[PathArgument]
    ) -> tuple[Caller, Endpoint[T], Sequence[PathArgument]]:
        """Return what sends the calls of an endpoint, its counterpart, and the arguments of its path."""
        return self.admin, mirrored(endpoint), (self.customer, *arguments)

    def _request(
        self,
        endpoint: AnyEndpoint,
        arguments: Sequence[PathArgument],
        query: Query | None = None,
        body: object = None,
        *,
        upload: Upload | None = None,
        sink: Sink | None = None,
        timeout: float | None = None,
        decode: Callable[[Request, Response], object],
    ) -> Request:
        """Build the request of the counterpart's call: every call of this caller gets its request here."""
        _, endpoint, arguments = self.resolve(endpoint, arguments)
        return super()._request(
            endpoint, arguments, query, body, upload=upload, sink=sink, timeout=timeout, decode=decode
        )


if not TYPE_CHECKING:  # with __getattr__, type checkers would accept any name

    def __getattr__(name: str) -> object:
        if name != "EMBEDDED_ENDPOINTS":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from workato_async.resources import ENDPOINTS

        own = {endpoint.id for endpoint in ENDPOINTS}
        mirrors = (mirrored(endpoint) for endpoint in ENDPOINTS if _has_mirror(endpoint))
        return globals().setdefault(name, tuple(one for one in mirrors if one.id not in own))


def _has_mirror(endpoint: AnyEndpoint) -> bool:
    return endpoint.id.partition(".")[0] in MIRRORS or endpoint.id in MIRRORS

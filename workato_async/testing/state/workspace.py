"""What belongs to the workspace as a whole: roles, API clients, on-prem groups and agents, the activity log."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Literal

import msgspec

from workato_async.testing.clock import pacific
from workato_async.testing.state.store import Store, Table, insert, known

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from workato_async.endpoint import JsonObject
    from workato_async.testing.clock import Clock

Kind = Literal["project", "environment"]
"""What a role of the new permission model applies to."""

ENVIRONMENTS = ("DEV", "TEST", "PROD")


class WorkspaceStore(Store):
    """Roles, API clients, on-prem groups and agents, the activity log.

    Attributes:
        roles: legacy collaborator roles by id.
        project_roles: by their ids, which are text (``pr-…``).
        environment_roles: by their ids, which are text.
        api_clients: by id, without the values of their tokens.
        tokens: the token value of each API client, by client id.
        revoked_tokens: values that were replaced or deleted; the server rejects them.
        on_prem_groups: by id.
        on_prem_agents: by id.
        activity_logs: by id; entries with higher ids are newer.
    """

    def __init__(self, clock: Clock, *, seed: int, time_scale: float) -> None:
        super().__init__(clock, seed=seed, time_scale=time_scale)
        self.roles: Table = {}
        self.project_roles: dict[str, JsonObject] = {}
        self.environment_roles: dict[str, JsonObject] = {}
        self.api_clients: Table = {}
        self.tokens: dict[int, str] = {}
        self.revoked_tokens: set[str] = set()
        self.on_prem_groups: Table = {}
        self.on_prem_agents: Table = {}
        self.activity_logs: Table = {}

    def add_role(self, name: str, *, folder_ids: Sequence[int] = (), inheritable: bool = False) -> JsonObject:
        """Add a legacy collaborator role."""
        now = self.now()
        return insert(
            self.roles,
            {
                "id": self.new_id("role", 901),
                "name": name,
                "inheritable": inheritable,
                "folder_ids": [*folder_ids],
                "created_at": now,
                "updated_at": now,
                "privileges": {"Recipes": ["read", "run"], "Connections": ["read"]},
            },
        )

    def add_project_role(self, name: str, *, type: str = "custom") -> JsonObject:  # noqa: A002 - the API's own word
        """Add a project role of type ``system``, ``custom``, ``inheritable`` or ``inherited``."""
        return self.add_scoped_role("project", name, type=type)

    def add_scoped_role(
        self,
        kind: Kind,
        name: str,
        *,
        type: str = "custom",  # noqa: A002 - the API's own word
        privileges: JsonObject | None = None,
    ) -> JsonObject:
        """Add a role for projects or environments, of one of the types of project roles."""
        now = self.now()
        return insert(
            self.project_roles if kind == "project" else self.environment_roles,
            {
                "id": self.handle("pr" if kind == "project" else "er"),
                "name": name,
                "members_count": 0,
                "type": type,
                "created_at": now,
                "updated_at": now,
                "privileges": privileges or {},
            },
        )

    def add_api_client(
        self,
        name: str,
        *,
        api_privilege_group_id: int = 1,
        folder_ids: Sequence[int] = (),
        environment: str | None = None,
        ip_allow_list: str | None = None,
    ) -> JsonObject:
        """Add an API client with a token; without ``folder_ids`` it sees all folders."""
        now = self.now()
        client = insert(
            self.api_clients,
            {
                "id": self.new_id("API client", 401),
                "name": name,
                "api_privilege_group_id": api_privilege_group_id,
                "created_at": now,
                "updated_at": now,
                "all_folders": not folder_ids,
                "folder_ids": [*folder_ids],
                **in_environment(environment),
                "ip_allow_list": ip_allow_list,
                "token": {"updated_at": now},
            },
        )
        self.tokens[client["id"]] = self._new_token()
        return client

    def regenerate_token(self, client_id: int) -> None:
        """Replace the token of an API client; the old one is revoked at once."""
        self.revoked_tokens.add(self.tokens[client_id])
        self.tokens[client_id] = self._new_token()
        self.api_clients[client_id]["token"] = {"updated_at": self.now()}

    def remove_api_client(self, client_id: int) -> None:
        """Delete an API client; its token is revoked at once."""
        del self.api_clients[client_id]
        self.revoked_tokens.add(self.tokens.pop(client_id))

    def add_on_prem_group(
        self, name: str, *, use_managed_connection: bool = False, whitelisted_ips: Sequence[str] = ()
    ) -> JsonObject:
        """Add an on-prem group without agents."""
        return insert(
            self.on_prem_groups,
            {
                "id": self.new_id("on-prem group", 16_801),
                "name": name,
                "created_at": self.now(),
                "in_use": False,
                "use_managed_connection": use_managed_connection,
                "config_version": None,
                "logs_enabled": False,
                "whitelisted_ips": [*whitelisted_ips],
            },
        )

    def add_on_prem_agent(
        self,
        group_id: int,
        name: str,
        *,
        os: str = "linux",
        awaiting_setup: bool = True,
        enabled: bool = True,
        activated: bool = False,
    ) -> JsonObject:
        """Add an on-prem agent.

        Raises:
            ConfigurationError: if there is no such group.
        """
        known(self.on_prem_groups, group_id, "on-prem group")
        now = self.now()
        agent_id = self.new_id("on-prem agent", 12_201)
        return insert(
            self.on_prem_agents,
            {
                "id": agent_id,
                "on_prem_group_id": group_id,
                "name": name,
                "cn": f"{self._rng.getrandbits(128):032x}:{agent_id}",
                "os": os,
                "installation_method": None,
                "awaiting_setup": awaiting_setup,
                "enabled": enabled,
                "last_seen_version": "27.0" if activated else None,
                "created_at": now,
                "updated_at": now,
                "state": "awaiting_setup" if awaiting_setup else "connected",
                "activated": activated,
            },
        )

    def agents_of(self, group_id: int) -> list[JsonObject]:
        """Return the agents of a group."""
        return [agent for agent in self.on_prem_agents.values() if agent["on_prem_group_id"] == group_id]

    def activation_code(self, agent: JsonObject) -> str:
        """Return the code that activates an agent: an unsigned JWT."""
        header = _base64({"typ": "JWT", "alg": "RS256"})
        payload = _base64({"sub": agent["cn"], "agent": agent["id"], "iat": int(self.clock.time.timestamp())})
        return f"{header}.{payload}.{self._rng.getrandbits(256):064x}"

    def add_activity(
        self,
        event_type: str,
        *,
        resource_type: str = "Flow",
        resource_id: int = 0,
        user_id: int = 4848,
        at: datetime | None = None,
    ) -> JsonObject:
        """Add an entry to the activity log, by default at the current time."""
        return insert(
            self.activity_logs,
            {
                "id": self.new_id("activity", 90_001),
                "timestamp": pacific(at or self.clock.time),
                "event_type": event_type,
                "workspace": {"id": 77, "name": "Example", "email": "team@example.com", "environment": "development"},
                "user": {"id": user_id, "name": "Kim Example", "email": "kim@example.com"},
                "details": {"request": {"ip_address": "192.0.2.7", "user_agent": "fake"}},
                "resource": {"id": resource_id, "name": f"{resource_type} {resource_id}", "type": resource_type},
            },
        )

    def _new_token(self) -> str:
        return f"wrkaus-{self._rng.getrandbits(256):064x}"


def in_environment(name: str | None) -> JsonObject:
    """Return the fields about the environment of an API client."""
    number = ENVIRONMENTS.index(name) + 1 if name else None
    return {"environment": name, "environment_name": name, "environment_id": number}


def _base64(value: JsonObject) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(value)).decode().rstrip("=")

"""On-prem groups and the agents in them.

Source: "On-premise API" (docs: workato-api/on-prem).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from workato_async._unset import UNSET
from workato_async.arguments import id_of
from workato_async.base_model import AwareDatetime, Model, Part
from workato_async.endpoint import WHOLE, Endpoint
from workato_async.resources._base import Resource, changes, without_none

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workato_async._unset import Unset
    from workato_async.pages import Pages


@attrs.frozen(kw_only=True)
class OnPremGroup(Model):
    """A group of agents. ``config_version`` is None until an agent has connected."""

    id: int
    name: str | None = None
    created_at: AwareDatetime | None = None
    in_use: bool | None = None
    use_managed_connection: bool | None = None
    config_version: int | None = None
    logs_enabled: bool | None = None
    whitelisted_ips: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class OnPremProfileConnection(Part):
    """A connection that uses a profile."""

    id: int | None = None
    name: str | None = None


@attrs.frozen(kw_only=True)
class OnPremProfile(Part):
    """A connection profile of a group."""

    name: str | None = None
    provider: str | None = None
    type: str | None = None
    connections: tuple[OnPremProfileConnection, ...] = ()


@attrs.frozen(kw_only=True)
class OnPremGroupStatus(Model):
    """How many agents a group has, how many of them are active, and its connection profiles."""

    agent_count: int
    active_agent_count: int
    profiles: tuple[OnPremProfile, ...] = ()


@attrs.frozen(kw_only=True)
class OnPremAgent(Model):
    """An agent. ``on_prem_agents.search`` returns fewer fields; what was not sent is None.

    ``last_seen_version`` is None until the agent has connected; ``state`` is e.g. ``"connected"`` or
    ``"awaiting_setup"``.
    """

    id: int
    on_prem_group_id: int | None = None
    name: str | None = None
    cn: str | None = None
    os: str | None = None
    installation_method: str | None = None
    awaiting_setup: bool | None = None
    enabled: bool | None = None
    last_seen_version: str | None = None
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None
    state: str | None = None
    activated: bool | None = None


@attrs.frozen(kw_only=True)
class OnPremAgentStatus(Model):
    """Whether an agent is active."""

    active: bool


@attrs.frozen(kw_only=True)
class ActivationCode(Model):
    """The code that activates an agent: a secret, so ``repr`` hides it."""

    code: str = attrs.field(repr=False)


LIST_GROUPS = Endpoint("on_prem_groups.list", "GET", "/api/on_prem_groups", OnPremGroup, listing=WHOLE)
CREATE_GROUP = Endpoint("on_prem_groups.create", "POST", "/api/on_prem_groups", OnPremGroup, single=True)
GET_GROUP = Endpoint("on_prem_groups.get", "GET", "/api/on_prem_groups/{id}", OnPremGroup, single=True)
UPDATE_GROUP = Endpoint("on_prem_groups.update", "PUT", "/api/on_prem_groups/{id}", OnPremGroup, single=True)
DELETE_GROUP = Endpoint[None]("on_prem_groups.delete", "DELETE", "/api/on_prem_groups/{id}")
GROUP_STATUS = Endpoint("on_prem_groups.status", "GET", "/api/on_prem_groups/{id}/status", OnPremGroupStatus)
LIST_AGENTS = Endpoint("on_prem_agents.list", "GET", "/api/on_prem_agents", OnPremAgent, listing=WHOLE)
CREATE_AGENT = Endpoint("on_prem_agents.create", "POST", "/api/on_prem_agents", OnPremAgent, single=True)
GET_AGENT = Endpoint("on_prem_agents.get", "GET", "/api/on_prem_agents/{id}", OnPremAgent, single=True)
UPDATE_AGENT = Endpoint("on_prem_agents.update", "PUT", "/api/on_prem_agents/{id}", OnPremAgent, single=True)
DELETE_AGENT = Endpoint[None]("on_prem_agents.delete", "DELETE", "/api/on_prem_agents/{id}")
AGENT_STATUS = Endpoint("on_prem_agents.status", "GET", "/api/on_prem_agents/{id}/status", OnPremAgentStatus)
SEARCH_AGENTS = Endpoint("on_prem_agents.search", "GET", "/api/on_prem_agents/search", OnPremAgent, listing=WHOLE)
ACTIVATION_CODE = Endpoint(
    "on_prem_agents.activation_code", "GET", "/api/on_prem_agents/{id}/activation_code", ActivationCode, single=True
)


class OnPremGroups(Resource):
    """Groups of on-prem agents: ``workato.on_prem_groups``."""

    __slots__ = ()

    def list(self) -> Pages[OnPremGroup]:
        """List the groups, in one page. ``GET /api/on_prem_groups``, 60 a minute."""
        return self._pages(LIST_GROUPS)

    async def create(
        self,
        *,
        name: str,
        use_managed_connection: bool | None = None,
        whitelisted_ips: Sequence[str] | None = None,
    ) -> OnPremGroup:
        """Create a group. ``POST /api/on_prem_groups``, 60 a minute. Not idempotent.

        Args:
            name: its name.
            use_managed_connection: True keeps the configuration in a cloud profile; otherwise every agent has its own
                ``config.yml``.
            whitelisted_ips: addresses and networks to allow, e.g. ``["192.0.2.0/24"]``.
        """
        fields = without_none(
            name=name,
            use_managed_connection=use_managed_connection,
            settings_attributes=None if whitelisted_ips is None else _settings(whitelisted_ips),
        )
        return await self._call(CREATE_GROUP, body=fields)

    async def get(self, group_id: int | OnPremGroup) -> OnPremGroup:
        """Get one group. ``GET /api/on_prem_groups/{id}``, 60 a minute."""
        return await self._call(GET_GROUP, group_id)

    async def update(
        self,
        group_id: int | OnPremGroup,
        *,
        name: str | Unset | None = UNSET,
        whitelisted_ips: Sequence[str] | Unset | None = UNSET,
    ) -> OnPremGroup:
        """Update a group; fields not given stay unchanged. ``PUT /api/on_prem_groups/{id}``, 60 a minute. Idempotent.

        Args:
            group_id: the group.
            name: its new name.
            whitelisted_ips: all addresses and networks to allow from now on.
        """
        fields = changes(UPDATE_GROUP, name=name, whitelisted_ips=whitelisted_ips)
        if whitelisted_ips is not UNSET:
            fields["settings_attributes"] = _settings(fields.pop("whitelisted_ips"))
        return await self._call(UPDATE_GROUP, group_id, body=fields)

    async def delete(self, group_id: int | OnPremGroup) -> None:
        """Delete a group and its agents. ``DELETE /api/on_prem_groups/{id}``, 60 a minute. Idempotent."""
        await self._call(DELETE_GROUP, group_id)

    async def status(self, group_id: int | OnPremGroup) -> OnPremGroupStatus:
        """Get the agent counts and profiles of a group. ``GET /api/on_prem_groups/{id}/status``, 60 a minute."""
        return await self._call(GROUP_STATUS, group_id)


class OnPremAgents(Resource):
    """On-prem agents: ``workato.on_prem_agents``."""

    __slots__ = ()

    def list(self) -> Pages[OnPremAgent]:
        """List the agents of all groups, in one page. ``GET /api/on_prem_agents``, 60 a minute."""
        return self._pages(LIST_AGENTS)

    async def create(
        self,
        *,
        name: str,
        on_prem_group_id: int | OnPremGroup,
        os: str | None = None,
        awaiting_setup: bool | None = None,
        enabled: bool | None = None,
    ) -> OnPremAgent:
        """Create an agent. ``POST /api/on_prem_agents``, 60 a minute. Not idempotent.

        Args:
            name: its name.
            on_prem_group_id: the group it joins.
            os: ``"windows"``, ``"linux"`` or ``"mac"``.
            awaiting_setup: False skips the state ``"awaiting_setup"``; the server's default is True.
            enabled: False creates it disabled.
        """
        fields = without_none(
            name=name,
            on_prem_group_id=id_of(on_prem_group_id, "on_prem_group_id"),
            os=os,
            awaiting_setup=awaiting_setup,
            enabled=enabled,
        )
        return await self._call(CREATE_AGENT, body=fields)

    async def get(self, agent_id: int | OnPremAgent) -> OnPremAgent:
        """Get one agent. ``GET /api/on_prem_agents/{id}``, 60 a minute."""
        return await self._call(GET_AGENT, agent_id)

    async def update(
        self,
        agent_id: int | OnPremAgent,
        *,
        name: str | Unset | None = UNSET,
        os: str | Unset | None = UNSET,
        on_prem_group_id: int | OnPremGroup | Unset | None = UNSET,
        enabled: bool | Unset | None = UNSET,
    ) -> OnPremAgent:
        """Update an agent; fields not given stay unchanged. ``PUT /api/on_prem_agents/{id}``, 60 a minute. Idempotent.

        Args:
            agent_id: the agent.
            name: its new name.
            os: ``"windows"``, ``"linux"`` or ``"mac"``.
            on_prem_group_id: the group to move it to.
            enabled: whether it may work.
        """
        fields = changes(UPDATE_AGENT, name=name, os=os, on_prem_group_id=on_prem_group_id, enabled=enabled)
        return await self._call(UPDATE_AGENT, agent_id, body=fields)

    async def delete(self, agent_id: int | OnPremAgent) -> None:
        """Delete an agent. ``DELETE /api/on_prem_agents/{id}``, 60 a minute. Idempotent."""
        await self._call(DELETE_AGENT, agent_id)

    async def status(self, agent_id: int | OnPremAgent) -> OnPremAgentStatus:
        """Get whether an agent is active. ``GET /api/on_prem_agents/{id}/status``, 60 a minute."""
        return await self._call(AGENT_STATUS, agent_id)

    def search(self, *, cn: str | None = None) -> Pages[OnPremAgent]:
        """Search agents by common name, in one page. ``GET /api/on_prem_agents/search``, 60 a minute.

        Args:
            cn: the common name, e.g. ``"134fd7acd89cf5b8b96deea4870d413d:12233"``; all agents if it is not given.
        """
        return self._pages(SEARCH_AGENTS, query={"cn": cn})

    async def activation_code(self, agent_id: int | OnPremAgent) -> ActivationCode:
        """Get a code that activates an agent: a JWT, to be kept secret.

        ``GET /api/on_prem_agents/{id}/activation_code``, 60 a minute.
        """
        return await self._call(ACTIVATION_CODE, agent_id)


def _settings(whitelisted_ips: Sequence[str] | None) -> dict[str, object]:
    """Return the addresses as they are sent: under ``settings_attributes``, although responses have them flat."""
    return {"whitelisted_ips": whitelisted_ips}

"""Models of genies and their clients.

Source: "Agent Studio" (docs: workato-api/agent-studio), which does not show the responses; the fields of clients were
observed by several public clients.
"""

from __future__ import annotations

from typing import Any

import attrs

from workato_async.base_model import AwareDatetime, Model, Part
from workato_async.endpoint import JsonObject


@attrs.frozen(kw_only=True)
class GenieUserGroup(Part):
    """A user group that may use a genie."""

    id: str | None = None
    name: str | None = None


@attrs.frozen(kw_only=True)
class Genie(Model):
    """A genie.

    ``state`` is e.g. ``"active"``. ``chat_interface`` is None without a client. The contents of ``matrix`` and
    ``skills`` are not documented; both, and the groups, only come from ``get``.
    """

    id: str
    name: str | None = None
    description: str | None = None
    folder_id: int | None = None
    project_id: int | None = None
    instructions: str | None = None
    ai_provider: str | None = None
    ai_model: str | None = None
    state: str | None = None
    matrix: JsonObject | None = None
    chat_interface: JsonObject | None = None
    user_groups: tuple[GenieUserGroup, ...] = ()
    skills: tuple[Any, ...] = ()
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None


@attrs.frozen(kw_only=True)
class GenieClient(Model):
    """A client. ``api_key`` only comes from ``create`` and ``regenerate``, once; ``repr`` hides it."""

    client_id: str | None = None
    client_name: str | None = None
    api_key: str | None = attrs.field(default=None, repr=False)
    oauth_client_id: str | None = None

    @property
    def id(self) -> str:
        """The same as ``client_id``; empty if the response did not have it."""
        return self.client_id or ""

"""Models of genies and their clients.

Source: "Agent Studio" (docs: workato-api/agent-studio), which does not show the responses; the fields of clients were
observed by several public clients.
"""

from __future__ import annotations

import attrs

from workato_async.base_model import AwareDatetime, Model


@attrs.frozen(kw_only=True)
class Genie(Model):
    """A genie."""

    id: str
    name: str | None = None
    description: str | None = None
    folder_id: int | None = None
    project_id: int | None = None
    instructions: str | None = None
    ai_provider: str | None = None
    state: str | None = None
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None


@attrs.frozen(kw_only=True)
class GenieClient(Model):
    """A client. ``api_key`` only comes from ``create`` and ``regenerate``, once; ``repr`` hides it."""

    client_id: str | None = None
    client_name: str | None = None
    api_key: str | None = attrs.field(default=None, repr=False)

    @property
    def id(self) -> str:
        """The same as ``client_id``; empty if the response did not have it."""
        return self.client_id or ""

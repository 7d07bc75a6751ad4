"""Models of the activity audit log.

Source: "Environment management" (docs: workato-api/environment-management).
"""

from __future__ import annotations

from typing import Any

import attrs

from workato_async.base_model import AwareDatetime, Model, Part
from workato_async.endpoint import JsonObject


@attrs.frozen(kw_only=True)
class ActivityWorkspace(Part):
    """The workspace in which it happened."""

    id: int | None = None
    name: str | None = None
    email: str | None = None
    environment: str | None = None


@attrs.frozen(kw_only=True)
class ActivityUser(Part):
    """Who did it."""

    id: int | None = None
    name: str | None = None
    email: str | None = None


@attrs.frozen(kw_only=True)
class ActivityResource(Part):
    """What it was done to.

    ``id`` is a number for some types and text for others; the other fields depend on the type and are in
    ``extra["resource"]`` of the entry.
    """

    id: Any = None
    name: str | None = None
    type: str | None = None


@attrs.frozen(kw_only=True)
class ActivityLog(Model):
    """An entry of the audit log.

    ``details`` holds the request (address, user agent) and the fields of this type of event.
    """

    id: int
    timestamp: AwareDatetime | None = None
    event_type: str | None = None
    workspace: ActivityWorkspace | None = None
    user: ActivityUser | None = None
    details: JsonObject = attrs.field(factory=dict)
    resource: ActivityResource | None = None

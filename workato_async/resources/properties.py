"""Properties of an environment or of a project.

Source: "Environment properties", "Project properties" (docs: workato-api/account-properties,
workato-api/project-properties) and the official client spec.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async.endpoint import Endpoint
from workato_async.resources._base import Resource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workato_async.resources.projects.models import Project

LIST = Endpoint("properties.list", "GET", "/api/properties", dict[str, str | None])
UPSERT = Endpoint[None]("properties.upsert", "POST", "/api/properties", idempotent=True)


class Properties(Resource):
    """Properties of the environment, or with ``project_id`` those of a project: ``workato.properties``."""

    __slots__ = ()

    async def list(self, *, prefix: str, project_id: int | str | Project | None = None) -> dict[str, str | None]:
        """List properties by name prefix. ``GET /api/properties``, 60 a minute.

        Args:
            prefix: what their names begin with. An empty text lists all properties; known from other programs, not
                documented.
            project_id: properties of this project; those of the environment by default.

        Returns:
            Values by name, with names as Workato sends them. According to the documentation, a project's properties
            also have whole names, but its sample shows them without the prefix.
        """
        return await self._call(LIST, query={"prefix": prefix, "project_id": project_id})

    async def upsert(self, *, properties: Mapping[str, str], project_id: int | str | Project | None = None) -> None:
        """Create or update properties. ``POST /api/properties``, 60 a minute. Idempotent.

        No endpoint deletes properties.

        Args:
            properties: values by name: names of at most 100 characters, values of at most 1,024; an environment and a
                project have at most 1,000 properties each.
            project_id: the project they belong to; the environment by default.

        Raises:
            BadRequestError: if a name or value is too long, or there are too many properties.
        """
        await self._call(UPSERT, query={"project_id": project_id}, body={"properties": properties})

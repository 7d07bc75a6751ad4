"""Skills of Agent Studio: recipes that genies and MCP servers can use.

Source: "Agent Studio" (docs: workato-api/agent-studio) and the official Go client's recorded responses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from workato_async.arguments import id_of
from workato_async.base_model import Model
from workato_async.endpoint import PAGE, Endpoint
from workato_async.limits.quota import AGENT_STUDIO_READS
from workato_async.resources._base import Resource

if TYPE_CHECKING:
    from workato_async.pages import Pages
    from workato_async.resources.folders import Folder
    from workato_async.resources.recipes.models import Recipe


@attrs.frozen(kw_only=True)
class Skill(Model):
    """A skill; ``provider_id`` is the id of its recipe."""

    id: str
    name: str | None = None
    description: str | None = None
    provider_id: int | None = None
    provider_type: str | None = None
    folder_id: int | None = None
    project_id: int | None = None
    running: bool | None = None
    genies_count: int | None = None
    trigger_description: str | None = None
    applications: tuple[Any, ...] = ()


LIST = Endpoint(
    "skills.list", "GET", "/api/agentic/skills", Skill, quota=AGENT_STUDIO_READS, wrapper="data", listing=PAGE
)
GET = Endpoint("skills.get", "GET", "/api/agentic/skills/{id}", Skill, quota=AGENT_STUDIO_READS, wrapper="data")
CREATE = Endpoint("skills.create", "POST", "/api/agentic/skills", Skill, wrapper="data")


class Skills(Resource):
    """Skills: ``workato.skills``."""

    __slots__ = ()

    def list(self, *, folder_id: int | Folder | None = None, per_page: int | None = None) -> Pages[Skill]:
        """List the skills. ``GET /api/agentic/skills``, 1,000 a minute, at most 100 per page.

        Args:
            folder_id: skills of this folder only; known from other clients, not documented.
            per_page: skills per page, 1 to 100.
        """
        return self._pages(LIST, query={"folder_id": folder_id}, per_page=per_page)

    async def get(self, skill_id: str | Skill) -> Skill:
        """Get a skill. ``GET /api/agentic/skills/{id}``, 1,000 a minute.

        Args:
            skill_id: the skill, ``skl-…``.
        """
        return await self._call(GET, skill_id)

    async def create(self, *, recipe_id: int | Recipe) -> Skill:
        """Create a skill from a recipe. ``POST /api/agentic/skills``, 60 a minute. Not idempotent.

        A recipe with the trigger ``workato_genie`` becomes a skill by itself: find it by ``provider_id``, its id.

        Args:
            recipe_id: the recipe.

        Raises:
            UnprocessableError: if it is a skill already.
        """
        return await self._call(CREATE, body={"recipe_id": id_of(recipe_id, "recipe_id")})

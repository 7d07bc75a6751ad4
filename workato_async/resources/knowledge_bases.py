"""Knowledge bases of Agent Studio: what genies search.

Source: "Agent Studio" (docs: workato-api/agent-studio).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from workato_async._unset import UNSET
from workato_async.arguments import id_of
from workato_async.base_model import AwareDatetime, Model
from workato_async.endpoint import PAGE, WHOLE, Endpoint, JsonObject
from workato_async.limits.quota import AGENT_STUDIO_READS
from workato_async.resources._base import Resource, changes, without_none

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workato_async._unset import Unset
    from workato_async.pages import Pages
    from workato_async.resources.folders import Folder


@attrs.frozen(kw_only=True)
class KnowledgeBase(Model):
    """A knowledge base. The contents of ``data_sources`` are not documented."""

    id: str
    name: str | None = None
    description: str | None = None
    folder_id: int | None = None
    source_type: str | None = None
    data_sources: tuple[Any, ...] = ()
    storage_size: int | None = None
    active_recipes_count: int | None = None
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None


@attrs.frozen(kw_only=True)
class KnowledgeBaseDataSource(Model):
    """A data source of a knowledge base. Its fields are not documented; those that were sent are in ``extra``."""

    id: int | str | None = None
    name: str | None = None


@attrs.frozen(kw_only=True)
class KnowledgeBaseRecipe(Model):
    """A recipe that fills a knowledge base. Its fields are not documented; those that were sent are in ``extra``."""

    id: int | None = None
    name: str | None = None


LIST = Endpoint(
    "knowledge_bases.list",
    "GET",
    "/api/agentic/knowledge_bases",
    KnowledgeBase,
    quota=AGENT_STUDIO_READS,
    wrapper="data",
    listing=PAGE,
)
GET = Endpoint(
    "knowledge_bases.get",
    "GET",
    "/api/agentic/knowledge_bases/{id}",
    KnowledgeBase,
    quota=AGENT_STUDIO_READS,
    wrapper="data",
)
CREATE = Endpoint("knowledge_bases.create", "POST", "/api/agentic/knowledge_bases", KnowledgeBase, wrapper="data")
UPDATE = Endpoint("knowledge_bases.update", "PUT", "/api/agentic/knowledge_bases/{id}", KnowledgeBase, wrapper="data")
DELETE = Endpoint("knowledge_bases.delete", "DELETE", "/api/agentic/knowledge_bases/{id}", JsonObject)
DATA_SOURCES = Endpoint(
    "knowledge_bases.data_sources",
    "GET",
    "/api/agentic/knowledge_bases/{id}/data_sources",
    KnowledgeBaseDataSource,
    wrapper="data",
    listing=WHOLE,
)
RECIPES = Endpoint(
    "knowledge_bases.recipes",
    "GET",
    "/api/agentic/knowledge_bases/{id}/recipes",
    KnowledgeBaseRecipe,
    wrapper="data",
    listing=WHOLE,
)


class KnowledgeBases(Resource):
    """Knowledge bases: ``workato.knowledge_bases``."""

    __slots__ = ()

    def list(self, *, folder_id: int | Folder | None = None, per_page: int | None = None) -> Pages[KnowledgeBase]:
        """List the knowledge bases. ``GET /api/agentic/knowledge_bases``, 1,000 a minute, at most 100 per page.

        Args:
            folder_id: knowledge bases of this folder only; known from other clients, not documented.
            per_page: knowledge bases per page, 1 to 100.
        """
        return self._pages(LIST, query={"folder_id": folder_id}, per_page=per_page)

    async def get(self, knowledge_base_id: str | KnowledgeBase) -> KnowledgeBase:
        """Get a knowledge base. ``GET /api/agentic/knowledge_bases/{id}``, 1,000 a minute."""
        return await self._call(GET, knowledge_base_id)

    async def create(
        self,
        *,
        name: str,
        folder_id: int | Folder,
        description: str | None = None,
        source_type: str | None = None,
        data_sources: Sequence[Mapping[str, Any]] | None = None,
    ) -> KnowledgeBase:
        """Create a knowledge base. ``POST /api/agentic/knowledge_bases``, 60 a minute. Not idempotent.

        Args:
            name: its name.
            folder_id: the folder to create it in.
            description: what it is about.
            source_type: what kind of sources it has.
            data_sources: what it is filled from; the fields of an entry are not documented and are sent as they are.
        """
        fields = without_none(
            name=name,
            folder_id=id_of(folder_id, "folder_id"),
            description=description,
            source_type=source_type,
            data_sources=data_sources,
        )
        return await self._call(CREATE, body=fields)

    async def update(
        self,
        knowledge_base_id: str | KnowledgeBase,
        *,
        name: str | Unset | None = UNSET,
        description: str | Unset | None = UNSET,
    ) -> KnowledgeBase:
        """Update a knowledge base; fields not given stay unchanged.

        ``PUT /api/agentic/knowledge_bases/{id}``, 60 a minute. Idempotent.

        Args:
            knowledge_base_id: the knowledge base.
            name: its name.
            description: what it is about.
        """
        return await self._call(UPDATE, knowledge_base_id, body=changes(UPDATE, name=name, description=description))

    async def delete(self, knowledge_base_id: str | KnowledgeBase) -> JsonObject:
        """Delete a knowledge base. ``DELETE /api/agentic/knowledge_bases/{id}``, 60 a minute. Idempotent.

        The shape of the response is not documented.
        """
        return await self._call(DELETE, knowledge_base_id)

    def data_sources(self, knowledge_base_id: str | KnowledgeBase) -> Pages[KnowledgeBaseDataSource]:
        """List the data sources of a knowledge base, in one page.

        ``GET /api/agentic/knowledge_bases/{id}/data_sources``, 60 a minute.
        """
        return self._pages(DATA_SOURCES, knowledge_base_id)

    def recipes(self, knowledge_base_id: str | KnowledgeBase) -> Pages[KnowledgeBaseRecipe]:
        """List the recipes of a knowledge base, in one page.

        ``GET /api/agentic/knowledge_bases/{id}/recipes``, 60 a minute.
        """
        return self._pages(RECIPES, knowledge_base_id)

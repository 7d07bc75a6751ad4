"""Genies: the agents of Agent Studio.

Source: "Agent Studio" (docs: workato-api/agent-studio). Talking to a genie uses a separate API with its own keys, which
is not part of this package.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async._unset import UNSET
from workato_async.arguments import id_of, ids_of
from workato_async.endpoint import PAGE, WHOLE, Endpoint, JsonObject
from workato_async.limits.quota import AGENT_STUDIO_READS, Quota
from workato_async.resources._base import Resource, changes, without_none
from workato_async.resources.genies.clients import GenieClientAssignments
from workato_async.resources.genies.models import Genie

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workato_async._unset import Unset
    from workato_async.calls.caller import Caller
    from workato_async.pages import Pages
    from workato_async.resources.connections import Connection
    from workato_async.resources.custom_oauth_profiles import CustomOAuthProfile
    from workato_async.resources.folders import Folder
    from workato_async.resources.knowledge_bases import KnowledgeBase
    from workato_async.resources.members import UserGroup
    from workato_async.resources.skills import Skill


LIST = Endpoint(
    "genies.list", "GET", "/api/agentic/genies", Genie, quota=AGENT_STUDIO_READS, wrapper="data", listing=PAGE
)
GET = Endpoint("genies.get", "GET", "/api/agentic/genies/{id}", Genie, quota=AGENT_STUDIO_READS, wrapper="data")
CREATE = Endpoint("genies.create", "POST", "/api/agentic/genies", Genie, wrapper="data")
UPDATE = Endpoint("genies.update", "PUT", "/api/agentic/genies/{id}", Genie, wrapper="data")
DELETE = Endpoint("genies.delete", "DELETE", "/api/agentic/genies/{id}", JsonObject)
START = Endpoint("genies.start", "POST", "/api/agentic/genies/{id}/start", JsonObject, idempotent=True)
STOP = Endpoint("genies.stop", "POST", "/api/agentic/genies/{id}/stop", JsonObject, idempotent=True)
ASSIGN_SKILLS = Endpoint(
    "genies.assign_skills", "POST", "/api/agentic/genies/{id}/assign_skills", JsonObject, idempotent=True
)
REMOVE_SKILLS = Endpoint(
    "genies.remove_skills", "POST", "/api/agentic/genies/{id}/remove_skills", JsonObject, idempotent=True
)
ASSIGN_KNOWLEDGE_BASES = Endpoint(
    "genies.assign_knowledge_bases",
    "POST",
    "/api/agentic/genies/{id}/assign_knowledge_bases",
    JsonObject,
    idempotent=True,
)
REMOVE_KNOWLEDGE_BASES = Endpoint(
    "genies.remove_knowledge_bases",
    "POST",
    "/api/agentic/genies/{id}/remove_knowledge_bases",
    JsonObject,
    idempotent=True,
)
ASSIGN_USER_GROUPS = Endpoint(
    "genies.assign_user_groups",
    "POST",
    "/api/agentic/genies/{id}/assign_user_groups",
    JsonObject,
    idempotent=True,
)
REMOVE_USER_GROUPS = Endpoint(
    "genies.remove_user_groups",
    "POST",
    "/api/agentic/genies/{id}/remove_user_groups",
    JsonObject,
    idempotent=True,
)
CONVERSATIONS = Endpoint(
    "genies.conversations", "GET", "/api/agentic/genies/{id}/conversations", JsonObject, quota=Quota(10, 1)
)
CONVERSATION_EVENTS = Endpoint(
    "genies.conversation_events",
    "GET",
    "/api/agentic/genies/{id}/conversations/{conversation_id}/events",
    JsonObject,
    quota=Quota(10, 1),
    wrapper="data",
    listing=WHOLE,
)


class Genies(Resource):
    """Genies: ``workato.genies``, with ``.clients``. A genie's id is ``gin-…``."""

    __slots__ = ("clients",)

    def __init__(self, caller: Caller) -> None:
        super().__init__(caller)
        self.clients = GenieClientAssignments(caller)

    def list(self, *, per_page: int | None = None) -> Pages[Genie]:
        """List the genies. ``GET /api/agentic/genies``, 1,000 a minute, at most 100 per page.

        Args:
            per_page: genies per page, 1 to 100.
        """
        return self._pages(LIST, per_page=per_page)

    async def get(self, genie_id: str | Genie) -> Genie:
        """Get a genie. ``GET /api/agentic/genies/{id}``, 1,000 a minute."""
        return await self._call(GET, genie_id)

    async def create(
        self,
        *,
        name: str,
        folder_id: int | Folder,
        description: str | None = None,
        instructions: str | None = None,
        ai_provider: str | None = None,
        shared_account_id: int | Connection | None = None,
        custom_oauth_key_id: int | CustomOAuthProfile | None = None,
        matrix: JsonObject | None = None,
    ) -> Genie:
        """Create a genie. ``POST /api/agentic/genies``, 60 a minute. Not idempotent.

        Args:
            name: its name, of at most 35 characters.
            folder_id: the folder to create it in.
            description: what it is for.
            instructions: how it should behave.
            ai_provider: who runs its model.
            shared_account_id: the connection to that provider.
            custom_oauth_key_id: the custom OAuth profile it uses.
            matrix: not documented; another client sends ``{}``.

        Raises:
            UnprocessableError: if the name is too long.
        """
        fields = without_none(
            name=name,
            folder_id=id_of(folder_id, "folder_id"),
            description=description,
            instructions=instructions,
            ai_provider=ai_provider,
            shared_account_id=shared_account_id,
            custom_oauth_key_id=custom_oauth_key_id,
            matrix=matrix,
        )
        return await self._call(CREATE, body=fields)

    async def update(
        self,
        genie_id: str | Genie,
        *,
        name: str | Unset | None = UNSET,
        folder_id: int | Folder | Unset | None = UNSET,
        description: str | Unset | None = UNSET,
        instructions: str | Unset | None = UNSET,
        ai_provider: str | Unset | None = UNSET,
        shared_account_id: int | Connection | Unset | None = UNSET,
        custom_oauth_key_id: int | CustomOAuthProfile | Unset | None = UNSET,
    ) -> Genie:
        """Update a genie; fields not given stay unchanged. ``PUT /api/agentic/genies/{id}``, 60 a minute. Idempotent.

        The arguments are those of ``create``, without ``matrix``.
        """
        fields = changes(
            UPDATE,
            name=name,
            folder_id=folder_id,
            description=description,
            instructions=instructions,
            ai_provider=ai_provider,
            shared_account_id=shared_account_id,
            custom_oauth_key_id=custom_oauth_key_id,
        )
        return await self._call(UPDATE, genie_id, body=fields)

    async def delete(self, genie_id: str | Genie) -> JsonObject:
        """Delete a genie. ``DELETE /api/agentic/genies/{id}``, 60 a minute. Idempotent.

        The shape of the response is not documented.
        """
        return await self._call(DELETE, genie_id)

    async def start(self, genie_id: str | Genie) -> JsonObject:
        """Start a genie. ``POST /api/agentic/genies/{id}/start``, 60 a minute. Idempotent.

        The shape of the response is not confirmed: it is returned as it is, ``{}`` if it is empty.
        """
        return await self._call(START, genie_id)

    async def stop(self, genie_id: str | Genie) -> JsonObject:
        """Stop a genie. ``POST /api/agentic/genies/{id}/stop``, 60 a minute. Idempotent.

        The shape of the response is not confirmed: it is returned as it is, ``{}`` if it is empty.
        """
        return await self._call(STOP, genie_id)

    async def assign_skills(self, genie_id: str | Genie, *, skill_ids: Sequence[str | Skill]) -> JsonObject:
        """Add skills to a genie. ``POST /api/agentic/genies/{id}/assign_skills``, 60 a minute. Idempotent.

        The shape of the response is not confirmed: it is returned as it is, ``{}`` if it is empty.

        Args:
            genie_id: the genie.
            skill_ids: the skills, ``skl-…``.
        """
        return await self._call(ASSIGN_SKILLS, genie_id, body={"skill_ids": ids_of(skill_ids, "skill_ids")})

    async def remove_skills(self, genie_id: str | Genie, *, skill_ids: Sequence[str | Skill]) -> JsonObject:
        """Remove skills from a genie. ``POST /api/agentic/genies/{id}/remove_skills``, 60 a minute. Idempotent.

        The shape of the response is not confirmed: it is returned as it is, ``{}`` if it is empty.

        Args:
            genie_id: the genie.
            skill_ids: the skills, ``skl-…``.
        """
        return await self._call(REMOVE_SKILLS, genie_id, body={"skill_ids": ids_of(skill_ids, "skill_ids")})

    async def assign_knowledge_bases(
        self, genie_id: str | Genie, *, knowledge_base_ids: Sequence[str | KnowledgeBase]
    ) -> JsonObject:
        """Add knowledge bases to a genie.

        ``POST /api/agentic/genies/{id}/assign_knowledge_bases``, 60 a minute. Idempotent.

        The shape of the response is not confirmed: it is returned as it is, ``{}`` if it is empty.

        Args:
            genie_id: the genie.
            knowledge_base_ids: the knowledge bases.
        """
        body = {"knowledge_base_ids": ids_of(knowledge_base_ids, "knowledge_base_ids")}
        return await self._call(ASSIGN_KNOWLEDGE_BASES, genie_id, body=body)

    async def remove_knowledge_bases(
        self, genie_id: str | Genie, *, knowledge_base_ids: Sequence[str | KnowledgeBase]
    ) -> JsonObject:
        """Remove knowledge bases from a genie.

        ``POST /api/agentic/genies/{id}/remove_knowledge_bases``, 60 a minute. Idempotent.

        The shape of the response is not confirmed: it is returned as it is, ``{}`` if it is empty.

        Args:
            genie_id: the genie.
            knowledge_base_ids: the knowledge bases.
        """
        body = {"knowledge_base_ids": ids_of(knowledge_base_ids, "knowledge_base_ids")}
        return await self._call(REMOVE_KNOWLEDGE_BASES, genie_id, body=body)

    async def assign_user_groups(
        self, genie_id: str | Genie, *, user_group_ids: Sequence[str | UserGroup]
    ) -> JsonObject:
        """Allow user groups to use a genie.

        ``POST /api/agentic/genies/{id}/assign_user_groups``, 60 a minute. Idempotent.

        The shape of the response is not confirmed: it is returned as it is, ``{}`` if it is empty.

        Args:
            genie_id: the genie.
            user_group_ids: the groups.
        """
        return await self._call(
            ASSIGN_USER_GROUPS, genie_id, body={"user_group_ids": ids_of(user_group_ids, "user_group_ids")}
        )

    async def remove_user_groups(
        self, genie_id: str | Genie, *, user_group_ids: Sequence[str | UserGroup]
    ) -> JsonObject:
        """Stop user groups from using a genie.

        ``POST /api/agentic/genies/{id}/remove_user_groups``, 60 a minute. Idempotent.

        The shape of the response is not confirmed: it is returned as it is, ``{}`` if it is empty.

        Args:
            genie_id: the genie.
            user_group_ids: the groups.
        """
        return await self._call(
            REMOVE_USER_GROUPS, genie_id, body={"user_group_ids": ids_of(user_group_ids, "user_group_ids")}
        )

    async def conversations(self, genie_id: str | Genie) -> JsonObject:
        """Get the conversations of a genie. ``GET /api/agentic/genies/{id}/conversations``, 10 a second.

        The shape of the response is not documented.
        """
        return await self._call(CONVERSATIONS, genie_id)

    def conversation_events(self, genie_id: str | Genie, conversation_id: int | str | JsonObject) -> Pages[JsonObject]:
        """List the events of a conversation, in one page.

        ``GET /api/agentic/genies/{id}/conversations/{conversation_id}/events``, 10 a second. The shape of an event is
        not documented.
        """
        return self._pages(CONVERSATION_EVENTS, genie_id, conversation_id)

"""Genies and their clients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.contract.calls.knowledge_bases import a_knowledge_base
from tests.contract.calls.skills import a_skill
from tests.support.example import Example
from workato_async.testing.handlers.genies import CLIENTS, GENIES

if TYPE_CHECKING:
    from collections.abc import Callable

    from workato_async.testing import FakeWorkato

HANDLE = "gincl-AAAAAAAA-BBBBBB"


def a_genie(fake: FakeWorkato) -> tuple[str]:
    return (str(next(iter(GENIES.rows(fake.state)))),)


def a_client(fake: FakeWorkato) -> None:
    CLIENTS.rows(fake.state)[HANDLE] = {"client_id": HANDLE, "client_name": "Widget"}


def a_client_of_a_genie(fake: FakeWorkato) -> None:
    fake.state.tables[f"genies.clients/{a_genie(fake)[0]}"] = {HANDLE: {"client_id": HANDLE}}


def named(family: Callable[[FakeWorkato], tuple[str]], handle: str) -> Callable[[FakeWorkato], None]:
    """Set an id that an example can name on the first object of a family."""

    def prepare(fake: FakeWorkato) -> None:
        [old] = family(fake)
        table = next(rows for rows in fake.state.tables.values() if old in rows)
        table[handle] = {**table[old], "id": handle}

    return prepare


GENIE: dict[str, Any] = {
    "name": "Support",
    "folder_id": 2001,
    "description": "answers questions",
    "instructions": "be kind",
    "ai_provider": "anthropic",
    "shared_account_id": 5001,
    "custom_oauth_key_id": 7,
}
SKILLS = {"skill_ids": ["skl-1"]}
KNOWLEDGE_BASES = {"knowledge_base_ids": ["kb-1"]}
USER_GROUPS = {"user_group_ids": ["group-1", "group-2"]}

EXAMPLES = [
    Example("genies.list"),
    Example("genies.get", a_genie),
    Example("genies.create", (), {**GENIE, "matrix": {}}),
    Example("genies.update", a_genie, GENIE),
    Example("genies.delete", a_genie),
    Example("genies.start", a_genie),
    Example("genies.stop", a_genie),
    Example("genies.assign_skills", a_genie, SKILLS, prepare=named(a_skill, "skl-1")),
    Example("genies.remove_skills", a_genie, SKILLS),
    Example("genies.assign_knowledge_bases", a_genie, KNOWLEDGE_BASES, prepare=named(a_knowledge_base, "kb-1")),
    Example("genies.remove_knowledge_bases", a_genie, KNOWLEDGE_BASES),
    Example("genies.assign_user_groups", a_genie, USER_GROUPS),
    Example("genies.remove_user_groups", a_genie, USER_GROUPS),
    Example("genies.conversations", a_genie),
    Example("genies.conversation_events", lambda fake: (*a_genie(fake), "conv-1"), empty=True),
    Example("genies.clients.assign", a_genie, {"genie_client_id": HANDLE}, prepare=a_client),
    Example("genies.clients.remove", lambda fake: (*a_genie(fake), HANDLE), prepare=a_client_of_a_genie),
    Example("genies.clients.delete", (HANDLE,), prepare=a_client),
    Example("genie_clients.list", prepare=a_client),
    Example("genie_clients.create", (), {"client_name": "Widget", "auth": {"type": "api_key"}}),
    Example("genie_clients.regenerate", (HANDLE,), prepare=a_client),
]

"""Knowledge bases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.example import Example
from workato_async.testing.handlers.knowledge_bases import KNOWLEDGE_BASES

if TYPE_CHECKING:
    from workato_async.testing import FakeWorkato


def a_knowledge_base(fake: FakeWorkato) -> tuple[str]:
    return (str(next(iter(KNOWLEDGE_BASES.rows(fake.state)))),)


def filled(fake: FakeWorkato) -> None:
    for row in KNOWLEDGE_BASES.rows(fake.state).values():
        row["data_sources"] = [{"name": "Drive"}]


EXAMPLES = [
    Example("knowledge_bases.list"),
    Example("knowledge_bases.list", (), {"folder_id": 2001}, empty=True),
    Example("knowledge_bases.get", a_knowledge_base),
    Example(
        "knowledge_bases.create",
        (),
        {
            "name": "Handbook",
            "folder_id": 2001,
            "description": "rules of the house",
            "source_type": "files",
            "data_sources": [{"name": "Drive"}],
        },
    ),
    Example("knowledge_bases.update", a_knowledge_base, {"name": "Handbook", "description": "rules of the house"}),
    Example("knowledge_bases.delete", a_knowledge_base),
    Example("knowledge_bases.data_sources", a_knowledge_base, prepare=filled),
    Example("knowledge_bases.recipes", a_knowledge_base),
]

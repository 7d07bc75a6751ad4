"""Skills."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.example import Example
from workato_async.testing.handlers.skills import SKILLS

if TYPE_CHECKING:
    from workato_async.testing import FakeWorkato


def a_skill(fake: FakeWorkato) -> tuple[str]:
    return (str(next(iter(SKILLS.rows(fake.state)))),)


EXAMPLES = [
    Example("skills.list"),
    Example("skills.list", (), {"folder_id": 2001}, empty=True),
    Example("skills.get", a_skill),
    Example("skills.create", (), {"recipe_id": 10001}),
]

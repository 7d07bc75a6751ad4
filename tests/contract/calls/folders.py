"""Folders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.example import Example

if TYPE_CHECKING:
    from workato_async.testing import FakeWorkato


def an_empty_folder(fake: FakeWorkato) -> tuple[int]:
    return (fake.state.add_folder("Empty", parent_id=2001)["id"],)


EXAMPLES = [
    Example("folders.get", (2001,)),
    Example("folders.update", (2002,), {"name": "Old imports", "parent_id": "2004"}),
    Example("folders.delete", an_empty_folder, {"force": False}),
]

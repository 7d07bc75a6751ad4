"""What is logged of a field that cannot be read: what was expected in words, and where to find it, if anywhere."""

from __future__ import annotations

import json
from typing import Any

import pytest

from workato_async import ENDPOINTS, second_look
from workato_async.converter import decode

BY_ID = {endpoint.id: endpoint for endpoint in ENDPOINTS}


@pytest.fixture(autouse=True)
def nothing_logged_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_look, "_logged", set())


@pytest.mark.parametrize(
    ("name", "tree", "text"),
    [
        (
            "recipes.get",
            {"id": 1, "created_at": "soon"},
            "GET /api/recipes/{id}: $.created_at of a response cannot be read (expected a time, got text). It is left "
            "out, and `extra` has it as it was sent; this is logged once for each field",
        ),
        (
            "properties.list",
            {"name": ["a"]},
            "GET /api/properties: $ of a response cannot be read (expected text, got an array). It is left out; this "
            "is logged once for each field",
        ),
    ],
)
def test_the_text(caplog: pytest.LogCaptureFixture, name: str, tree: Any, text: str) -> None:
    decode(BY_ID[name], json.dumps(tree).encode())
    assert [record.getMessage() for record in caplog.records] == [text]

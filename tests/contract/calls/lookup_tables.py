"""Lookup tables and their rows."""

from __future__ import annotations

from tests.support.example import Example

EXAMPLES = [
    Example("lookup_tables.rows.get", (6001, 60001)),
    Example("lookup_tables.lookup", (6001,), {"by": {"Code": "C00001"}}, sent={"by[Code]": "C00001"}),
    Example(
        "lookup_tables.create",
        (),
        {"name": "Countries", "project_id": 301, "schema": [{"label": "Code"}, {"label": "Country"}]},
    ),
    Example("lookup_tables.batch_delete", (), {"ids": [6001, 6002]}),
]

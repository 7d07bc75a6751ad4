"""Lookup tables and their rows."""

from __future__ import annotations

from tests.contract.example import Example

EXAMPLES = [
    Example("lookup_tables.rows.get", (6001, 60001)),
    Example("lookup_tables.lookup", (6001,), {"by": {}}),  # parameters named after columns: tests/families
    Example(
        "lookup_tables.create",
        (),
        {"name": "Countries", "project_id": 301, "schema": [{"label": "Code"}, {"label": "Country"}]},
    ),
    Example("lookup_tables.batch_delete", (), {"ids": [6001, 6002]}),
]

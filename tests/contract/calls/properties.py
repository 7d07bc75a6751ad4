"""Properties of environments and projects."""

from __future__ import annotations

from tests.support.example import Example

EXAMPLES = [
    Example("properties.list", (), {"prefix": "crm."}),
    Example("properties.list", (), {"prefix": "crm.", "project_id": 301}),
    Example("properties.upsert", (), {"properties": {"crm.url": "https://crm.example.com"}}),
    Example("properties.upsert", (), {"properties": {"crm.retries": "3"}, "project_id": 301}),
]

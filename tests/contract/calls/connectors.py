"""Connectors of the platform."""

from __future__ import annotations

from tests.support.example import Example

EXAMPLES = [
    Example("connectors.get", (), {"applications": "jira,slack"}),
    Example("connectors.list"),
    Example("connectors.list", (), {"per_page": 2}),
]

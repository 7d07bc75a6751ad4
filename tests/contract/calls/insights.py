"""Insights."""

from __future__ import annotations

from tests.support.example import Example

EXAMPLES = [
    Example("insights.tables"),
    Example("insights.tables", (), {"catalog": "workato_data"}),
    Example("insights.schema", (["workato_data.public.jobs"],), sent={"tables": ["workato_data.public.jobs"]}),
    Example("insights.query", ("select 1 as one",), sent={"query": "select 1 as one", "format": "json"}),
]

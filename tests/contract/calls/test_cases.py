"""Test cases and their runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.example import Example
from workato_async.testing.handlers.test_cases import CASES, RUNS

if TYPE_CHECKING:
    from workato_async.testing import FakeWorkato


def with_a_case(fake: FakeWorkato) -> None:
    CASES.add(fake.state, CASES.rows(fake.state, 10001), {"id": "citc-1", "name": "Empty input"})


def with_a_run(fake: FakeWorkato) -> None:
    RUNS.add(fake.state, RUNS.rows(fake.state), {"id": "cirr-1", "status": "completed", "coverage": {"value": 50}})


EXAMPLES = [
    Example("test_cases.run", (), {"manifest_id": 801}),
    Example("test_cases.run", (), {"project_id": 301}),
    Example("test_cases.run", (), {"folder_id": 2001}),
    Example("test_cases.run", (), {"recipe_id": 10001}),
    Example("test_cases.run", (), {"test_case_ids": ["citc-1"]}, prepare=with_a_case),
    Example("test_cases.run_get", ("cirr-1",), prepare=with_a_run),
    Example("test_cases.list", (10001,)),
]

"""The brake on deletions: how many a single reading may miss."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workato_async._brake import is_too_many


@pytest.mark.parametrize(
    ("gone", "live", "too_many"),
    [
        (0, 0, False), (0, 9, False), (1, 1, True), (3, 3, True), (3, 4, False), (4, 4, True), (4, 39, True),
        (4, 40, False), (5, 40, True), (10, 100, False), (11, 100, True), (300, 300, True), (301, 300, True),
    ],
)  # fmt: skip
def test_how_many_are_too_many(gone: int, live: int, too_many: bool) -> None:
    assert is_too_many(gone, live) is too_many


@given(st.integers(1, 1000), st.integers(0, 1000))
def test_more_missing_are_never_more_credible(gone: int, live: int) -> None:
    assert is_too_many(gone + 1, live) >= is_too_many(gone, live)
    assert is_too_many(gone, live) >= is_too_many(gone, live + 1)


def test_the_export_needs_no_database() -> None:
    code = "import sys; sys.modules['sqlalchemy'] = None; import workato_async.cli.recipe_export"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

"""Whatever comes, there are rows or an InvalidResponseError, and rows that can be read are all there."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from contextlib import suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from workato_async import InvalidResponseError
from workato_async.resources.insights.rows import rows_in, rows_of_tree

VALUES = st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.integers(), max_size=2)
TREES = st.recursive(
    VALUES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["data", "rows", "columns", "schema", "name", "result", "x"]), inner)
    ),
    max_leaves=12,
)
NAMES = st.lists(st.text("abc_12", max_size=3), min_size=2, max_size=4)


@given(st.binary() | st.text().map(str.encode) | TREES.map(json.dumps).map(str.encode))
def test_anything_is_read_or_invalid(body: bytes) -> None:
    with suppress(InvalidResponseError):
        assert all(isinstance(row, dict) for row in rows_in(io.BytesIO(body)))


@given(TREES)
def test_any_list_of_tables_is_read_or_invalid(tree: Any) -> None:
    with suppress(InvalidResponseError):
        list(rows_of_tree(tree))


@given(NAMES, st.data())
def test_every_value_of_every_row_is_there(names: list[str], data: st.DataObject) -> None:
    """Whatever the columns are called, two of them with the same name too."""
    row = st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=len(names), max_size=len(names)
    )
    rows = data.draw(st.lists(row, max_size=5))
    text = io.StringIO(newline="")
    csv.writer(text).writerows([names, *rows])
    bodies = [text.getvalue().encode(), json.dumps({"columns": names, "rows": rows}).encode()]
    for body in bodies:
        with tempfile.TemporaryFile() as file:
            file.write(body)
            file.flush()
            for source in (file, io.BytesIO(body)):
                found = list(rows_in(source))
                assert [list(row.values()) for row in found] == rows
                assert all(len(row) == len(names) for row in found)

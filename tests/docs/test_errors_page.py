"""The page of errors has every class, and the messages on it are those of the code."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

import workato_async
from tests.support.documents import DOCS
from workato_async import errors

PAGE = (DOCS / "errors.md").read_text("utf-8")
CLASSES = [name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, Exception)]
FILLED_IN = re.compile(r"…|\d+|connection refused|an HTML page|text(?= of)| of (?=…)| bytes(?=,| is)|(?<=unknown: )")
"""What is an expression in the code, or the end of one."""
MESSAGES = re.findall(r"^\* `([^`]+)`", PAGE, re.MULTILINE)
PACKAGE = Path(workato_async.__file__).parent


@cache
def texts() -> str:
    """Return all texts of the package's code, those of the command line apart; an expression in one is ``…``."""
    found: list[str] = []
    for path in PACKAGE.rglob("*.py"):
        if not {"cli", "testing", "models.py"} & {*path.relative_to(PACKAGE).parts}:
            found += (_text(node) for node in ast.walk(ast.parse(path.read_text("utf-8"))))
    return "\n".join(filter(None, found))


def _text(node: ast.AST) -> str:
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    whole = [part.value if isinstance(part, ast.Constant) else "…" for part in parts]
    return "".join(part for part in whole if isinstance(part, str) and part != "…")


def test_every_public_error_has_a_heading_and_a_row() -> None:
    assert [name for name in CLASSES if f"\n## {name}\n" not in PAGE] == []
    rows = [name for name in CLASSES if name != "WorkatoError"]
    assert [name for name in rows if f"\n| [`{name}`](#{name.lower()}) |" not in PAGE] == []


@pytest.mark.parametrize("message", MESSAGES)
def test_messages_are_those_of_the_code(message: str) -> None:
    parts = [part for part in FILLED_IN.split(message) if part.strip(" :;.()")]
    assert [part for part in parts if part not in texts() and part.rstrip(".") not in texts()] == []


def test_the_table_says_what_is_retryable() -> None:
    """Of the classes that need no second look: those of which it says just yes or no."""
    rows = dict(re.findall(r"^\| \[`(\w+)`\].*\| (yes|\*{0,2}no)\b[^|,]*\|$", PAGE, re.MULTILINE))
    said = {name: retry == "yes" for name, retry in rows.items()}
    assert said == {name: errors.is_retryable(getattr(errors, name)("reason")) for name in said}
    assert len(said) > 15


def test_the_statuses_in_the_table_are_those_of_the_classes() -> None:
    rows = dict(re.findall(r"^\| \[`(\w+)`\].*?\| (\d{3}):", PAGE, re.MULTILINE))
    assert len(rows) > 5
    assert [name for name, status in rows.items() if errors.error_class(int(status)).__name__ != name] == []


def test_the_attributes_exist() -> None:
    found: dict[str, set[str]] = {}
    for section in PAGE.split("\n## ")[1:]:
        listed = re.search(r"\bAttributes: (.+?)(?=\n\n|\Z)", section, re.DOTALL)
        found[section.split("\n")[0]] = {*re.findall(r"`([a-z_]+)`", listed[1] if listed else "")}
    assert len(found["WorkatoError"]) > 5
    for name, attributes in found.items():
        if attributes:
            assert [one for one in attributes if not hasattr(getattr(errors, name)("reason"), one)] == [], name

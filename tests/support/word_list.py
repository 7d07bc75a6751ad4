"""The project's word list: ``python -m tests.support.word_list`` prints every place that uses a retired word.

The words that are used instead stand in CONTRIBUTING.md.
"""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import workato_async

PACKAGE = Path(workato_async.__file__).parent
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Rule:
    """Words that are retired, and the one to use instead."""

    name: str
    retired: re.Pattern[str]
    instead: str
    at_most: int = 0
    """How many places may have them, for a rule that cannot tell every good use from a bad one."""


def rule(name: str, retired: str, instead: str, at_most: int = 0) -> Rule:
    return Rule(name, re.compile(rf"(?i)\b(?:{retired})\b"), instead, at_most)


OPENING = Rule("opening", re.compile(r"\s*(Give|Tell|Say|Refuse|Take note)s?\b"), "Return, Whether, Raise", at_most=0)
"""For the first word of a docstring."""
RULES = (
    rule("replay-safe", "replay[- _]?safe(ty)?|waits out 429", "idempotent, retry_429"),
    rule("blacken", "blacken(s|ed|ing)?", "redact"),
    rule("answer", "answer(s|ed|ing)?", "response", at_most=3),
    rule("all the same", "all the same", "anyway, still"),
    rule("what is no", "(what|which|that) (is|are) no|nor is", "what is not a"),
    rule("moment", "moments?", "time, timestamp"),
    rule("quota token", "tokens? of (a|the|its|each) (quota|bucket|limiter)", "permit"),
    rule("in step", "in step", "in sync"),
    rule(
        "distributive a",
        r"(one|\d+|a) (file|line|folder|page)s? an? (recipe|request|page|stream|project)",
        "per",
    ),
    rule("trailing", "(likewise|meanwhile)(?=[.;:])", "also, or nothing"),
)


@dataclass(frozen=True)
class Place:
    path: Path
    line: int
    rule: Rule
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text!r}: say {self.rule.instead} ({self.rule.name})"


def docstrings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and ast.get_docstring(node):
            yield node.body[0].lineno, ast.get_docstring(node) or ""


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """Every text of a file that a person reads, line by line: of Python code the comments, strings and names."""
    source = path.read_text("utf-8")
    if path.suffix != ".py":
        old_names = r"^\|[^|]*\|" if path.name == "upgrade.md" else r"$^"  # the first column of its tables
        yield from enumerate((re.sub(old_names, "", line) for line in source.splitlines()), 1)
        return
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in {tokenize.COMMENT, tokenize.STRING, tokenize.NAME}:
            for number, line in enumerate(token.string.splitlines(), token.start[0]):
                yield number, line.replace("_", " ") if token.type == tokenize.NAME else line


def places() -> Iterator[Place]:
    code = sorted(path for path in PACKAGE.rglob("*") if path.suffix in {".py", ".lua"})
    for path in code:
        if path.suffix == ".py":
            for number, text in docstrings(ast.parse(path.read_text("utf-8"))):
                if found := OPENING.retired.match(text):
                    yield Place(path, number, OPENING, found[0])
    for path in (*code, ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(ROOT.glob("docs/**/*.md"))):
        for number, text in texts(path):
            for each in RULES:
                for found in each.retired.finditer(text):
                    yield Place(path, number, each, found[0])


def main() -> None:
    found = list(places())
    for place in found:
        print(place)  # noqa: T201
    for each in (OPENING, *RULES):
        number = sum(place.rule is each for place in found)
        sys.stderr.write(f"{each.name}: {number}, at most {each.at_most}\n")


if __name__ == "__main__":
    main()

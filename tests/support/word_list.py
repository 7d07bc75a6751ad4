"""The project's word list: ``python -m tests.support.word_list`` prints every place that uses a retired word.

The words that are used instead are in CONTRIBUTING.md.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_BREAK = r'(?:[\s"]|#|--|\bf")+'
"""What a space of a rule matches: also the end of a line, of a comment's line, and of a part of a text."""


@dataclass(frozen=True)
class Rule:
    """Words that are retired, and the one to use instead."""

    name: str
    retired: re.Pattern[str]
    instead: str
    at_most: int = 0
    """How many places may have them, for a rule that cannot tell every good use from a bad one."""


def rule(name: str, retired: str, instead: str, at_most: int = 0) -> Rule:
    return Rule(
        name, re.compile(rf"(?i)(?<![A-Za-z0-9-])(?:{retired.replace(' ', _BREAK)})(?![A-Za-z0-9])"), instead, at_most
    )


_END = r"(?=\s?[.;:)])"
_NUMBER = r"\d(?:[\d,.]*\d)?"
_PARTS = "request|recipe|page|call|line|stream|project|waiter|item|process|script|step"
RULES = (
    Rule(
        "opening",
        re.compile(r'(?m)^ *r?"""\s*(?:Give|Tell|Say|Refuse|Look|Take note)s?\b'),
        "Return …, Whether …, Raise …",
    ),
    Rule("role", re.compile(r":(?:class|meth|data|mod|func|attr|exc):`"), "``name``: the docstrings are Markdown"),
    Rule("literal block", re.compile(r"(?m)^(?!#).*(?<!:)::$\n\n"), "```py: the docstrings are Markdown"),
    Rule("section", re.compile(r"(?m)^ +(?:Args|Raises|Returns|Yields) \(.*\):$"), "Raises: as Google's style has it"),
    rule("replay-safe", r"replay[-\s_]?safe(ty)?|waits[\s_]out[\s_]429", "idempotent, retry_429"),
    rule("blacken", "blacken(s|ed|ing)?", "redact"),
    rule("answer", "answer(s|ed|ing)?", "response", at_most=3),
    rule("refuse", "refus(?:es?|ing)|(?:is|are|was|were|be|been) refused", "rate limited, rejected, invalid"),
    rule("all the same", "all the same|likewise|meanwhile|nonetheless|whoever", "anyway, also, or nothing"),
    rule("too", rf"(?<=\s)too{_END}", "also"),
    rule("as well", f"as well(?:{_END}|(?=,))", "also"),
    rule("somebody", "somebody|anybody", "someone, or what it is"),
    rule(
        "is no",
        r"(?<!there\s)(?:is|are|was|were) no (?!longer|more|less|other|such|need|one|problem|better|worse|file of)\w+",
        "is not a",
    ),
    rule("nor is", r"(?<=[;,.]\s)nor (?:is|are)", "and … not"),
    rule("is none", "(?:that|which|what|it|they|success|client) (?:is|are) (?-i:none)(?! of)", "is not one"),
    rule("no more", r"(?<!there\s)(?:works?|is|are|exists?) no more(?=[.;:,\n])", "no longer"),
    rule(
        "be had",
        "(?:be|is) had|in vain|if need be|affairs?|must lie between",
        "available, without effect, is required",
    ),
    rule("books", "(?:keeps?|the|its|whose|their) books", "records, state"),
    rule("moment", "moments?", "time, timestamp"),
    rule("quota token", "tokens? of (a|the|its|each) (quota|bucket|limiter)", "permit"),
    rule("in step", "in step", "in sync"),
    rule("back-off", "back-(?:off|ups)", "backoff, backups"),
    rule("responses of 429", "responses? of 429", "429s"),
    rule("permits 60", rf"permits? {_NUMBER} (?:a|per|requests)", "allows: a permit is the unit of a quota"),
    rule(
        "distributive a",
        rf"(?:{_NUMBER}|(?:one|an?|{_NUMBER})\s(?:file|line|folder|page|object|job|id|JSON\sobject)s?"
        rf"|(?:scripts|instructions|recipes|bytes))\san?\s(?:{_PARTS})",
        "per",
    ),
)


@dataclass(frozen=True)
class Place:
    path: Path
    line: int
    rule: Rule
    text: str

    def __str__(self) -> str:
        place = self.path.relative_to(ROOT)
        return f"{place}:{self.line}: {' '.join(self.text.split())!r}: say {self.rule.instead} ({self.rule.name})"


def files() -> Iterator[Path]:
    """Yield every file whose texts people read."""
    for folder, endings in {
        "workato_async": (".py", ".lua"),
        "docs": (".md", ".svg", ".txt"),
        "examples": (".py", ".md"),
    }.items():
        yield from sorted(path for path in (ROOT / folder).rglob("*") if path.suffix in endings)
    yield from sorted((ROOT / "benchmarks").glob("*.py"))
    yield ROOT / "benchmarks" / "README.md"
    yield from (ROOT / f"{name}.md" for name in ("README", "CHANGELOG", "CONTRIBUTING", "SECURITY"))


def text_of(path: Path) -> str:
    """Return the text of a file, without the tables of retired words and of former names."""
    text = path.read_text("utf-8")
    if path.name == "CONTRIBUTING.md":
        head, title, rest = text.partition("| say | not | for |")
        table, blank, rest = rest.partition("\n\n")
        text = head + title + re.sub(r"[^\n]", " ", table) + blank + rest
    elif path.name == "upgrade.md":
        text = re.sub(r"(?m)^\|[^|\n]*\|", "", text)
    return text


def places() -> Iterator[Place]:
    for path in files():
        text = text_of(path)
        for each in RULES:
            for found in each.retired.finditer(text):
                yield Place(path, text.count("\n", 0, found.start()) + 1, each, found[0])


def main() -> None:
    found = list(places())
    for place in found:
        print(place)  # noqa: T201
    for each in RULES:
        number = sum(place.rule is each for place in found)
        if number or each.at_most:
            sys.stderr.write(f"{each.name}: {number}, at most {each.at_most}\n")


if __name__ == "__main__":
    main()

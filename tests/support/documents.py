"""The pages that people read, and the code blocks in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import attrs

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
REPOSITORY = "https://github.com/workato-async/workato-async"
OTHERS = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "examples/README.md", "docs/llms.txt")
PAGES = sorted([*(ROOT / name for name in OTHERS), *DOCS.rglob("*.md")])
BLOCK = re.compile(
    r"""(?:<!--\ (?P<comment>setup\n.*?|\S+\.(?:py|yml):[ \w.]+)\s*-->\n)?   # see Block
        ^(?P<indent>[ ]*)```(?P<language>\w+)(?P<options>[^\n]*)\n(?P<code>.*?)^(?P=indent)```$
        (?:\n<!--\ check\n(?P<check>.*?)-->)?""",
    re.DOTALL | re.MULTILINE | re.VERBOSE,
)


@attrs.frozen
class Block:
    """A fenced block of code.

    What its language means is said in CONTRIBUTING.md, under "Change the documentation".

    Attributes:
        title: the name of the file it is, given as ``title="…"``.
        setup: hidden code that runs first: a comment ``<!-- setup … -->`` before the block.
        check: hidden code that runs afterwards: a comment ``<!-- check … -->`` after the block.
        quotes: whether it is taken from a file, by a comment ``<!-- examples/a.py: names -->``.
        follows: whether only space is between it and the block before.
    """

    language: str
    title: str
    code: str
    line: int
    setup: str
    check: str
    quotes: bool
    follows: bool

    @property
    def whole(self) -> str:
        """All that runs."""
        return "\n".join((self.setup, self.code, self.check))


def blocks(path: Path, *languages: str) -> Iterator[Block]:
    """Return the blocks of a page, of some languages only if there are any."""
    text = path.read_text("utf-8")
    end = 0
    for found in BLOCK.finditer(text):
        comment = found["comment"] or ""
        block = Block(
            language=found["language"],
            title="".join(re.findall(r'title="([^"]+)"', found["options"])),
            code=re.sub(f"^{found['indent']}", "", found["code"], flags=re.MULTILINE),
            line=text.count("\n", 0, found.start("code")) + 1,
            setup=comment.removeprefix("setup\n") if comment.startswith("setup\n") else "",
            check=found["check"] or "",
            quotes=bool(comment) and not comment.startswith("setup\n"),
            follows=not text[end : found.start()].strip(),
        )
        end = found.end()
        if not languages or block.language in languages:
            yield block


def prose(path: Path) -> str:
    """Return the text of a page without its code, and without comments."""
    return re.sub(r"^<!--.*?-->", "", BLOCK.sub("", path.read_text("utf-8")), flags=re.DOTALL | re.MULTILINE)


def name(path: Path) -> str:
    """Return a page's path inside the repository."""
    return path.relative_to(ROOT).as_posix()


def matches(shown: str, printed: str) -> bool:
    """Whether a text is what a page shows; ``…`` or ``...`` there stands for anything."""
    parts = (re.escape(part) for part in re.split(r"…|\.\.\.", shown.strip()))
    return re.fullmatch(".*?".join(parts), printed.strip(), re.DOTALL) is not None

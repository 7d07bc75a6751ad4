"""No code and no output on a page escapes the tests: by the form of its block, its place, or what is hidden."""

from __future__ import annotations

import ast
import configparser
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.support.documents import BLOCK, PAGES, ROOT, Block, blocks, name
from tests.support.quoted_code import QUOTE

NO_CODE = [ROOT / "CHANGELOG.md", ROOT / "benchmarks" / "README.md"]
"""Pages that no test runs, so that they have none."""
UNSEEN = re.compile(
    r"^[^\w`]*(?:`{3,}|~{3,})[^`\n]*$|<(?:pre|code)\b.*|(?<=\n\n)(?: {4,}|\t)(?![-*\d:]).*", re.MULTILINE
)
"""Code that is not a block for ``blocks``: fences of another form, HTML, and indented text outside lists."""
FILLED_IN = re.compile(
    r"""…|\d[\d.]*|(?:GET|POST)\ \S+|\[.*?\]|redis://\S+|[\w.]+\.com|[:;,()"]|\.\ |^\w+Error:
      | \ of\ .*?is\ not|\ (?=calls?\ wait)|\ (?=at\ once)|(?<=process)\ |on\ localhost|\bor\ (?=let)|recipe\?\ """,
    re.VERBOSE,
)
"""What is an expression in a message of the code, or the punctuation around one."""


@pytest.mark.parametrize("page", [*PAGES, *NO_CODE], ids=name)
def test_all_code_is_in_blocks_that_are_run(page: Path) -> None:
    text = page.read_text("utf-8")
    outside, found = BLOCK.subn("", text)
    assert UNSEEN.findall(outside) == []
    assert found == 0 or page not in NO_CODE
    hidden = re.findall(r"^<!-- (setup|check|\S+\.(?:py|yml):)", text, re.MULTILINE)
    every = list(blocks(page))
    assert hidden.count("setup") == sum(bool(block.setup) for block in every)
    assert hidden.count("check") == sum(bool(block.check) for block in every)
    quoted = [one for one in hidden if one.endswith(":")]
    assert len(quoted) == sum(block.quotes for block in every) == len(QUOTE.findall(text))


def names(code: str, context: type[ast.expr_context]) -> set[str]:
    """Return the names that code uses, or that it defines."""
    every = [*ast.walk(ast.parse(code))]
    found = {node.id for node in every if isinstance(node, ast.Name) and isinstance(node.ctx, context)}
    if context is ast.Store:
        aliases = (one for node in every if isinstance(node, ast.Import | ast.ImportFrom) for one in node.names)
        found |= {one.asname or one.name.partition(".")[0] for one in aliases}
    return found


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_what_code_imports_is_shown(page: Path) -> None:
    """A comment `setup` may make what the text speaks of, such as a folder; an import in it would be missing."""
    shown: set[str] = set()
    for block in blocks(page, "py"):
        if not block.quotes:
            imports = (node for node in ast.parse(block.setup).body if isinstance(node, ast.Import | ast.ImportFrom))
            hidden = {one for node in imports for one in names(ast.unparse(node), ast.Store)}
            shown |= names(block.code, ast.Store)
            assert hidden & names(block.code, ast.Load) <= shown, block.line


def outputs(page: Path) -> Iterator[tuple[Block, bool]]:
    """Return the blocks of text, and whether each is compared with what the code before it prints."""
    every = list(blocks(page))
    for before, block in zip([None, *every], every, strict=False):
        if block.language == "text" and not block.title:
            compared = before and block.follows and before.language in ("python", "py", "sql") and not before.quotes
            yield block, bool(compared)


@cache
def texts() -> str:
    """Return all texts of the package."""
    trees = (ast.walk(ast.parse(path.read_text("utf-8"))) for path in (ROOT / "workato_async").rglob("*.py"))
    found = (node.value for tree in trees for node in tree if isinstance(node, ast.Constant))
    return " ".join(" ".join(one for one in found if isinstance(one, str)).split())


@pytest.mark.parametrize("page", [page for page in PAGES if page.name != "commands.md"], ids=name)
def test_output_says_something_and_is_compared_or_a_message_of_the_package(page: Path) -> None:
    for block, compared in outputs(page):
        if compared:
            assert "…" not in block.code or len(re.sub(r"\W", "", block.code)) >= 5, block.line
        else:
            pieces = (piece.strip() for piece in FILLED_IN.split(" ".join(block.code.split())))
            words = [piece for piece in pieces if len(piece) > 3]
            assert words, f"line {block.line} follows no code"
            assert [piece for piece in words if piece not in texts()] == [], block.line


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_files_of_systemd(page: Path) -> None:
    for block in blocks(page, "ini"):
        configparser.ConfigParser().read_string(block.code)


CASES = """
~~~python
x
~~~
|``` python
x
```
|````py
x
````
|```
x
```
|> ```py
> x
> ```
|- ```py
  x
  ```
|<pre>x</pre>|<td><code>x</code></td>|\tx = 1|    x = 1|```py
x
``` """


@pytest.mark.parametrize("code", CASES.split("|"))
def test_what_is_seen(code: str) -> None:
    assert UNSEEN.search(BLOCK.sub("", f"Text.\n\n{code}\n"))

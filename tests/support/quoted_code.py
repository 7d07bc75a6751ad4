"""The code that pages quote from files: ``python -m tests.support.quoted_code`` writes it.

A comment in front of the code names the file and what is quoted: ``<!-- examples/a.py: CONSTANT Class.method -->``, or
``<!-- examples/a.py: everything -->``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from textwrap import dedent

from tests.support.documents import PAGES, ROOT

QUOTE = re.compile(r"(<!-- (\S+\.(?:py|yml)): ([\w. ]+) -->\n```\w+[^\n]*\n).*?(?=^```)", re.DOTALL | re.MULTILINE)


def rendered(text: str) -> str:
    """Return the text of a page with its quoted code up to date."""
    return QUOTE.sub(lambda found: found[1] + "\n\n".join(_quoted(found[2], found[3].split())), text)


def _quoted(path: str, names: list[str]) -> Iterator[str]:
    lines = (ROOT / path).read_text("utf-8").splitlines(keepends=True)
    if names == ["everything"]:
        yield "".join(lines)
        return
    definitions = dict(_definitions(ast.parse("".join(lines))))
    for name in names:
        node = definitions[name]
        first = min((one.lineno for one in getattr(node, "decorator_list", ())), default=node.lineno)
        yield dedent("".join(lines[first - 1 : node.end_lineno]))


def _definitions(body: ast.Module | ast.ClassDef, within: str = "") -> Iterator[tuple[str, ast.stmt]]:
    for node in body.body:
        match node:
            case ast.ClassDef(name=name):
                yield within + name, node
                yield from _definitions(node, f"{within}{name}.")
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.Assign(targets=[ast.Name(id=name)]):
                yield within + name, node


if __name__ == "__main__":
    for page in PAGES:
        page.write_text(rendered(page.read_text("utf-8")), "utf-8")

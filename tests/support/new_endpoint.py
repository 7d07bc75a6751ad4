"""Write the three parts of a new endpoint: its line and method in a resource, its fact, its contract example.

::

    python -m tests.support.new_endpoint skills.archive POST "/api/agentic/skills/{id}/archive"

What it writes is the least that works: no parameters, no documented result, the default quota. Correct it from the
documentation, then run the tests: they say what is still missing. The fake serves the endpoint with a placeholder until
it has a handler.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import json
import keyword
import re
import sys
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

from tests.contract import calls
from tests.facts import FACTS
from workato_async import ENDPOINTS, WorkatoSession
from workato_async.limits.quota import STANDARD

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[2]
FACT_BOOK = ROOT / "tests/facts/endpoints.json"
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_LINE_LENGTH = 120


class New:
    """The endpoint to add: its id in parts, its method and its path."""

    def __init__(self, id_: str, method: str, path: str) -> None:
        self.id, self.method, self.path = id_, method, path
        self.family, _, self.verb = id_.rpartition(".")
        self.idempotent = method != "POST"
        own_id = f"{self.family.rpartition('.')[2].removesuffix('s')}_id"
        self.arguments = [own_id if name == "id" else name for name in re.findall(r"\{(\w+)\}", path)]

    def problem(self) -> str | None:
        """Return why it cannot be added, None if it can."""
        if not re.fullmatch(r"[a-z]\w*(\.[a-z]\w*)+", self.id) or keyword.iskeyword(self.verb):
            return f"{self.id!r} is not an id such as skills.archive or recipes.versions.list"
        if self.method not in _METHODS or not self.path.startswith("/api/"):
            return f"{self.method} {self.path} is not one of {', '.join(_METHODS)} and a path from /api/"
        if any(self.id == known.id or (self.method, self.path) == (known.method, known.path) for known in ENDPOINTS):
            return f"{self.id} or {self.method} {self.path} already exists"
        return None

    def declaration(self, constant: str) -> str:
        """Return the lines that declare the endpoint, wrapped as ruff does it."""
        arguments = [f'"{self.id}"', f'"{self.method}"', f'"{self.path}"', "JsonObject"]
        together = ", ".join(arguments)
        line = f"{constant} = Endpoint({together})\n"
        if len(line) <= _LINE_LENGTH + 1:
            return line
        inner = together if len(together) <= _LINE_LENGTH - 4 else ",\n    ".join(arguments) + ","
        return f"{constant} = Endpoint(\n    {inner}\n)\n"

    def method_text(self, constant: str) -> str:
        """Return the method of the resource class."""
        parameters = "".join(f", {name}: int | str" for name in self.arguments)
        may_repeat = "" if self.method == "GET" else " Idempotent." if self.idempotent else " Not idempotent."
        return (
            f"\n    async def {self.verb}(self{parameters}) -> JsonObject:\n"
            f'        """TODO: say what it does.\n\n'
            f'        ``{self.method} {self.path}``, {STANDARD.requests} a minute.{may_repeat}\n        """\n'
            f"        return await self._call({', '.join([constant, *self.arguments])})\n"
        )


def add_resource(new: New) -> Path:
    """Add the endpoint and its method to the module of its family, which is made if there is none."""
    family: Any = WorkatoSession("token")
    for name in new.family.split("."):
        family = getattr(family, name, None)
    if family is None:
        return _new_resource(new)
    path = Path(inspect.getfile(type(family)))
    lines = path.read_text().splitlines(keepends=True)
    tree = ast.parse("".join(lines))
    names = {target.id for node in tree.body for target in _targets(node)}
    constant = new.verb.upper()
    if constant in names:
        constant = f"{new.family.rpartition('.')[2].upper()}_{constant}"
    [cls] = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == type(family).__name__]
    declared = [node for node in tree.body if isinstance(node, ast.Assign) and _is_endpoint(node.value)]
    after = (declared or tree.body[: tree.body.index(cls)])[-1].end_lineno
    imported = next(
        node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module == "workato_async.endpoint"
    )
    # From the end of the file to its beginning, so that the line numbers stay right.
    lines.insert(cls.end_lineno or 0, new.method_text(constant))
    lines.insert(after or 0, new.declaration(constant))
    lines[imported.lineno - 1 : imported.end_lineno] = [_import_line(imported, "Endpoint", "JsonObject")]
    path.write_text("".join(lines))
    return path


def add_fact(new: New) -> Path:
    """Add what is documented of the endpoint, beside the facts of its family."""
    facts = json.loads(FACT_BOOK.read_bytes())
    kin = [index for index, fact in enumerate(facts) if fact["id"].rpartition(".")[0] == new.family]
    place = kin[-1] + 1 if kin else len(facts)
    group = facts[kin[-1]]["group"] if kin else new.family.replace("_", " ").capitalize()
    fact = {
        "id": new.id,
        "group": group,
        "method": new.method,
        "path": new.path,
        "host": "api",
        "in_seeds": False,
        "confidence": "inferred",
        "quota": {"requests": STANDARD.requests, "seconds": int(STANDARD.per)},
        "idempotent": new.idempotent,
        "pages": "none",
        "max_per_page": None,
        "wrapper": None,
        "kind": None,
        "privilege": None,
        "query": {},
        "body_wrapper": None,
        "content_type": "application/json",
        "body": {},
        "official_client": False,
    }
    assert fact.keys() == next(iter(FACTS.values())).keys()
    facts.insert(place, fact)
    FACT_BOOK.write_text(json.dumps(facts, indent=1) + "\n")
    return FACT_BOOK


def add_example(new: New) -> Path:
    """Add a call of the endpoint to the examples of its family, whose module is made if there is none."""
    arguments = f", ({', '.join('1' for _ in new.arguments)}{',' if len(new.arguments) == 1 else ''})"
    example = f'Example("{new.id}"{arguments if new.arguments else ""}, placeholder=True)'
    for depth in (new.family, new.family.partition(".")[0]):
        for module in iter_modules(calls.__path__):
            examples = import_module(f"{calls.__name__}.{module.name}").EXAMPLES
            if any(one.id.startswith(f"{depth}.") for one in examples):
                path = Path(calls.__path__[0]) / f"{module.name}.py"
                path.write_text(_with_example(path.read_text(), example))
                return path
    path = Path(calls.__path__[0]) / f"{new.family.partition('.')[0]}.py"
    title = new.family.replace("_", " ").replace(".", ", ").capitalize()
    path.write_text(
        f'"""{title}."""\n\nfrom __future__ import annotations\n\n'
        f"from tests.support.example import Example\n\nEXAMPLES = [\n    {example},\n]\n"
    )
    return path


def _new_resource(new: New) -> Path:
    name = new.family.replace(".", "_")
    class_name = name.title().replace("_", "")
    path = ROOT / f"workato_async/resources/{name}.py"
    path.write_text(
        f'"""TODO: what it is.\n\nSource: TODO.\n"""\n\nfrom __future__ import annotations\n\n'
        f"from workato_async.endpoint import Endpoint, JsonObject\n"
        f"from workato_async.resources._base import Resource\n\n"
        f"{new.declaration(new.verb.upper())}\n\n"
        f'class {class_name}(Resource):\n    """TODO: ``workato.{new.family}``."""\n\n    __slots__ = ()\n'
        f"{new.method_text(new.verb.upper())}"
    )
    sys.stdout.write(
        f"a new family: in workato_async/api.py, import workato_async.resources.{name} and add\n"
        f'    {new.family}: workato_async.resources.{name}.{class_name}\n    """TODO."""\n'
    )
    return path


def _with_example(text: str, example: str) -> str:
    tree = ast.parse(text)
    [node] = [node for node in tree.body if any(target.id == "EXAMPLES" for target in _targets(node))]
    value = node.value  # type: ignore[attr-defined]
    lines = text.splitlines(keepends=True)
    last = value.end_lineno - 1
    if value.lineno == value.end_lineno:
        lines[last] = f"{lines[last][: value.end_col_offset - 1]}, {example}]\n"
    else:
        lines.insert(last, f"    {example},\n")
    return "".join(lines)


def _targets(node: ast.stmt) -> list[ast.Name]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [target for target in targets if isinstance(target, ast.Name)]


def _is_endpoint(node: ast.expr) -> bool:
    if not isinstance(node, ast.Call):
        return False
    function = node.func.value if isinstance(node.func, ast.Subscript) else node.func
    return isinstance(function, ast.Name) and function.id == "Endpoint"


def _import_line(node: ast.ImportFrom, *needed: str) -> str:
    """Return an import with more names, in the order of ruff: constants, classes, the rest."""
    names = {alias.name for alias in node.names} | {*needed}
    ordered = sorted(names, key=lambda name: (not name.isupper(), not name[0].isupper(), name))
    line = f"from {node.module} import {', '.join(ordered)}\n"
    if len(line) <= _LINE_LENGTH:
        return line
    return f"from {node.module} import (\n" + "".join(f"    {name},\n" for name in ordered) + ")\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Add an endpoint; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.support.new_endpoint", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("id", help="family.name, e.g. skills.archive: the method is workato.skills.archive")
    parser.add_argument("method", help=", ".join(_METHODS))
    parser.add_argument("path", help='from /api/, e.g. "/api/agentic/skills/{id}/archive"')
    options = parser.parse_args(arguments)
    new = New(options.id, options.method.upper(), options.path)
    if problem := new.problem():
        sys.stderr.write(f"{problem}\n")
        return 1
    for add in (add_resource, add_fact, add_example):
        sys.stdout.write(f"{add(new).relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

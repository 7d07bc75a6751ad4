"""The type stub of ``workato_async.blocking``: ``python -m tests.support.blocking_stub`` writes it.

It holds the signatures of the asynchronous API, without ``await``: what returns ``Pages`` or an ``Operation`` there
returns those of the blocking interface, and every other type is the same.
"""

from __future__ import annotations

import ast
import inspect
import os
import shutil
import subprocess
import sys
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import workato_async
from workato_async import Operation, Pages, Watch, WorkatoSession
from workato_async._blocking import mirror, proxies, workato
from workato_async.api import Api
from workato_async.mirror import Mirror
from workato_async.resources._base import Resource

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

PATH = Path(workato_async.__file__).parent / "blocking.pyi"
_HEAD = '''"""The API without ``await``; what that means is said in the module beside this stub.

Written by ``python -m tests.support.blocking_stub`` from the signatures of the asynchronous API.
"""

{imports}

__all__ = ["Api", "Mirror", "Operation", "Pages", "Watch", "Workato"]

_P = ParamSpec("_P")
_R = TypeVar("_R")
_T = TypeVar("_T")

'''
_HERE = {"P": "_P", "R": "_R", "T": "_T", "View": "Api"}
_OWN = {"Api", "Mirror", "Operation", "Pages", "Watch", "Workato"}
_ITERATORS = {"AsyncGenerator", "AsyncIterator", "AsyncIterable"}
_FAN_OUT_CASES = ("Pages[_R]", "Operation[_R]", "Coroutine[Any, Any, _R]", "_R")


class Stub:
    """Collects the classes of the stub and what they import."""

    def __init__(self) -> None:
        self._imports = {
            name: f"from {module} import {name}"
            for module, names in {
                "typing": "Any Generic ParamSpec TypeVar overload",
                "collections.abc": "Coroutine Iterator",
            }.items()
            for name in names.split()
        }
        self._classes: dict[str, str] = {}

    def render(self) -> str:
        """Return the source of the stub."""
        session = WorkatoSession("no-call-is-made", base_url="http://127.0.0.1:1")
        families = [f"{name}: {self._family(getattr(session, name))}" for name in Api.__annotations__]
        self._add("Pages(Generic[_T])", Pages, extra=[self._one(proxies.Pages, "__iter__")], shown=proxies.Pages)
        start = self._one(proxies.Operation, "start")
        self._add("Operation(Generic[_T])", Operation, only={"wait"}, extra=[start], shown=proxies.Operation)
        iteration = [self._one(proxies.Stream, "__iter__"), self._one(proxies.Watch, "__next__")]
        self._add("Watch(Generic[_T])", Watch, extra=iteration, shown=proxies.Watch)
        options = [self._one(WorkatoSession, name) for name in ("options", "customer", "base_url")]
        self._add("Api", Api, extra=[*families, *options])
        own = list(self._of(workato.Workato, lambda name: name not in ("fan_out", "clone")))
        limiter = '@property\ndef limiter(self) -> Limiter:\n    """What keeps the calls inside their quotas."""'
        own = [self._constructor(), limiter, *own, *self._fan_out()]
        self._add("Workato(Api)", extra=own, shown=workato.Workato)
        more = [self._one(mirror.Mirror, name) for name in ("__init__", "__enter__", "__exit__")]
        self._add("Mirror", Mirror, extra=more, shown=mirror.Mirror)
        head = _HEAD.format(imports="\n".join(sorted(self._imports.values())))
        return head + "\n\n".join(self._classes.values()) + "\n"

    def _add(
        self,
        heading: str,
        cls: type | None = None,
        *,
        only: Container[str] = (),
        extra: Iterable[str] = (),
        shown: type | None = None,
    ) -> None:
        """Add a class with some or all methods of another one, and the first sentence of a third one's docstring."""
        lines = [*extra, *(self._of(cls, lambda name: not only or name in only) if cls else ())]
        body = "\n".join(f"    {line}" for text in lines for line in text.splitlines()) or "    ..."
        self._classes[heading] = f'class {heading}:\n    """{_summary(shown or cls)}"""\n{body}'

    def _family(self, family: Resource) -> str:
        """Add the class of a family, and return its name."""
        cls = type(family)
        name = f"_{cls.__name__}"
        parts = {part: getattr(family, part) for part in dir(family) if not part.startswith("_")}
        inner = [f"{part}: {self._family(value)}" for part, value in parts.items() if isinstance(value, Resource)]
        self._add(name, cls, extra=inner)
        return name

    def _other(self, cls: type) -> str:
        """Add the class of something else that methods return, and return its name."""
        name, base = f"_{cls.__name__}", ""
        if issubclass(cls, Operation):
            (declared,) = _definition(cls).bases
            base = f"({ast.unparse(self._translated(declared, cls, result=True))})"
        extra = []
        if hasattr(cls, "__aiter__"):
            extra.append(self._one(cls, "__aiter__").replace("__aiter__", "__iter__"))
        if f"{name}{base}" not in self._classes:
            self._classes[f"{name}{base}"] = ""  # it may refer to itself
            self._add(f"{name}{base}", cls, extra=extra)
        return name

    def _of(self, cls: type, wanted: Any) -> Iterator[str]:
        """Yield the public methods that a class itself defines."""
        for node in _definition(cls).body:
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or not wanted(node.name):
                continue
            if not node.name.startswith("_") or node.name in ("__enter__", "__exit__"):
                yield self._method(node, cls)

    def _one(self, cls: type, name: str) -> str:
        (node,) = (node for node in _functions(cls) if node.name == name)
        return self._method(node, cls)

    def _constructor(self) -> str:
        """Return the constructor: the session's, but for the limiter and the borrowed aiohttp session."""
        (node,) = (node for node in _functions(WorkatoSession) if node.name == "__init__")
        (own,) = (node for node in _functions(workato.Workato) if node.name == "__init__")
        types = {argument.arg: argument.annotation for argument in own.args.kwonlyargs}
        pairs = [
            (argument, default)
            for argument, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
            if argument.arg != "http"
        ]
        for argument, _ in pairs:
            if argument.arg == "limiter":
                argument.annotation = types["limiter"]
        node.args.kwonlyargs, node.args.kw_defaults = [one for one, _ in pairs], [default for _, default in pairs]
        self._imports["Callable"] = "from collections.abc import Callable"
        return self._method(node, WorkatoSession)

    def _fan_out(self) -> Iterator[str]:
        (node,) = (node for node in _functions(workato.Workato) if node.name == "fan_out")
        plain = self._method(node, workato.Workato)
        for case in _FAN_OUT_CASES:
            text = plain.replace("Callable[[_T], _R]", f"Callable[[_T], {case}]")
            if case.startswith("Pages"):
                text = text.replace("Outcome[_T, _R]", "Outcome[_T, list[_R]]")
            yield "@overload\n" + (text if case == "_R" else text.partition('"""')[0].rstrip() + " ...")

    def _method(self, node: ast.FunctionDef | ast.AsyncFunctionDef, cls: type) -> str:
        """Return the stub of a method."""
        shadowed = {one.name for one in _functions(cls)}
        decorators = [name for one in node.decorator_list if (name := ast.unparse(one)) in ("property", "overload")]
        for argument in ast.walk(node.args):
            if isinstance(argument, ast.arg) and argument.annotation is not None:
                argument.annotation = self._translated(argument.annotation, cls, shadowed)
        node.args.defaults = [_default(one) for one in node.args.defaults]
        node.args.kw_defaults = [one and _default(one) for one in node.args.kw_defaults]
        returns = (
            "None" if node.returns is None else ast.unparse(self._translated(node.returns, cls, shadowed, result=True))
        )
        lines = [f"@{name}" for name in decorators]
        lines.append(f"def {node.name}({ast.unparse(node.args)}) -> {returns}:")
        found = ast.get_docstring(node)
        lines.append(f'    """{found.partition(chr(10) * 2)[0]}"""' if found and node.name != "__init__" else "    ...")
        return "\n".join(lines)

    def _translated(
        self, node: ast.expr, cls: type, shadowed: Container[str] = (), *, result: bool = False
    ) -> ast.expr:
        """Return an annotation with the types of the blocking interface, and import the others."""
        names = _names(cls.__module__)

        class Translate(ast.NodeTransformer):
            def visit_Name(translate, name: ast.Name) -> ast.AST:  # noqa: N805
                return ast.Name(self._name(name.id, names, shadowed, result=result))

            def visit_Subscript(translate, subscript: ast.Subscript) -> ast.AST:  # noqa: N805
                kind = subscript.value.id if isinstance(subscript.value, ast.Name) else ""
                if result and kind in _ITERATORS:
                    item = subscript.slice.elts[0] if isinstance(subscript.slice, ast.Tuple) else subscript.slice
                    subscript = ast.Subscript(ast.Name("Iterator"), item)
                elif kind == "Literal":
                    translate.visit_Name(subscript.value)  # type: ignore[arg-type]
                    return subscript
                return translate.generic_visit(subscript)

        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node = ast.parse(node.value, mode="eval").body
        translated: ast.expr = Translate().visit(node)
        return translated

    def _name(self, name: str, names: dict[str, str], shadowed: Container[str], *, result: bool) -> str:
        """Return what stands for a name here, and import it if need be."""
        if name in _HERE or name in _OWN:
            return _HERE.get(name, name)
        if name not in names:  # a builtin
            if name in shadowed:
                self._imports["builtins"] = "import builtins"
                return f"builtins.{name}"
            return name
        statement = names[name]
        found = _value(statement, name)
        if result and inspect.isclass(found) and _is_asynchronous(found):
            return self._other(found)
        if inspect.isclass(found) and statement.startswith("from workato_async"):
            statement = f"from {found.__module__} import {name}"
        if self._imports.setdefault(name, statement) == statement:
            return name
        module, _, _ = statement.removeprefix("from ").partition(" import ")
        alias = f"{module.rpartition('.')[2]}_{name}"
        self._imports[alias] = f"{statement} as {alias}"
        return alias


@cache
def _tree(module: str) -> ast.Module:
    return ast.parse(inspect.getsource(import_module(module)))


def _definition(cls: type) -> ast.ClassDef:
    """Return a fresh copy of a class definition."""
    tree = ast.parse(inspect.getsource(import_module(cls.__module__)))
    (found,) = (node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == cls.__name__)
    return found


def _functions(cls: type) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in _definition(cls).body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


@cache
def _names(module: str) -> dict[str, str]:
    """Return the names that a module imports or defines, each with the statement that imports it elsewhere."""
    names: dict[str, str] = {}
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.ImportFrom):
            names |= {one.asname or one.name: f"from {node.module} import {ast.unparse(one)}" for one in node.names}
        elif isinstance(node, ast.Import):
            names |= {one.asname or one.name: f"import {ast.unparse(one)}" for one in node.names}
    for node in _tree(module).body:
        for target in getattr(node, "targets", [node]):
            name = getattr(target, "id", getattr(target, "name", ""))
            if name and not name.startswith("_"):
                names[name] = f"from {module} import {name}"
    return names


def _value(statement: str, name: str) -> object:
    namespace: dict[str, object] = {}
    exec(statement, namespace)
    return namespace[name.partition(".")[0]]


def _is_asynchronous(cls: type) -> bool:
    """Whether methods return objects of a class that is used with ``await`` or ``async for``."""
    here = cls.__module__.startswith("workato_async.resources")
    return here and (issubclass(cls, Operation) or hasattr(cls, "__aiter__"))


def _default(node: ast.expr) -> ast.expr:
    """Return a default as stubs show it: a constant, or dots."""
    return node if isinstance(node, ast.Constant) else ast.Constant(...)


def _summary(cls: type | None) -> str:
    return (inspect.getdoc(cls) or "").partition("\n\n")[0].replace("\n", " ")


def rendered() -> str:
    """Return the source of the stub."""
    return Stub().render()


def formatted(source: str) -> str:
    """Return a stub as ruff formats it."""
    ruff = shutil.which("ruff", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}") or "ruff"
    for command in (["check", "--select=I,F401", "--fix", "--quiet"], ["format"]):
        arguments = [ruff, *command, "--stdin-filename", str(PATH), "-"]
        source = subprocess.run(arguments, input=source, capture_output=True, text=True, check=True).stdout
    return source


if __name__ == "__main__":
    PATH.write_text(formatted(rendered()))

"""The rules of the house that a machine can check."""

from __future__ import annotations

import ast
import importlib.metadata
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import workato_async
from tests.support.methods import method_named
from workato_async import ENDPOINTS, WorkatoError, WorkatoSession, errors
from workato_async.endpoint import AnyEndpoint
from workato_async.resources._base import Resource

PACKAGE = Path(workato_async.__file__).parent
SOURCES = sorted(path for path in PACKAGE.rglob("*.py") if "testing" not in path.parts)


def calls(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == name:
            yield node


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_limiter_and_back_off_sleep(path: Path) -> None:
    found = calls(ast.parse(path.read_text()), "asyncio.sleep")
    sleeps = [call for call in found if ast.unparse(call.args[0]) != "0"]  # which only gives other tasks a turn
    assert not sleeps or path.name == "_backoff.py" or path.parent.name == "limits"


def resources() -> Iterator[type[Resource]]:
    waiting = [Resource]
    while waiting:
        cls = waiting.pop()
        waiting += cls.__subclasses__()
        yield cls


@pytest.mark.parametrize("cls", list(resources()), ids=lambda cls: cls.__name__)
def test_no_public_method_takes_anything_whatever(cls: type[Resource]) -> None:
    for name, method in inspect.getmembers(cls, inspect.isfunction):
        kinds = {parameter.kind for parameter in inspect.signature(method).parameters.values()}
        if not name.startswith("_"):
            assert inspect.Parameter.VAR_KEYWORD not in kinds, f"{cls.__name__}.{name}"
            assert method.__doc__, f"{cls.__name__}.{name} says nothing"


def test_every_endpoint_is_a_method_where_its_id_says() -> None:
    session = WorkatoSession("token")
    for endpoint in ENDPOINTS:
        assert callable(method_named(session, endpoint.id)), endpoint.id


def stated(endpoint: AnyEndpoint) -> str:
    """Return the sentence of a docstring that states the facts of an endpoint, without the length of a page."""
    window = {1: "a second", 60: "a minute", 3600: "an hour"}[int(endpoint.quota.per)]
    return f"``{endpoint.key}``, {endpoint.quota.requests:,} {window}"


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.id)
def test_the_docstring_states_the_facts_of_the_endpoint(endpoint: AnyEndpoint) -> None:
    """ "``METHOD path``, quota[, at most N per page]." and, unless it is a GET, "Idempotent." or "Not idempotent."."""
    text = " ".join((method_named(WorkatoSession("token"), endpoint.id).__doc__ or "").split())
    facts = re.search(
        re.escape(stated(endpoint))
        + r"(?:, at most (?P<largest>[\d,]+) per page)?\.(?P<idempotent> (?:Not i|I)dempotent\.)?",
        text,
    )
    assert facts, f"{endpoint.id} does not state {stated(endpoint)!r}"
    if facts["largest"]:
        assert endpoint.listing
        assert endpoint.listing.size
        assert facts["largest"] == f"{endpoint.listing.largest:,}"
    expected = {True: " Idempotent.", False: " Not idempotent."}[endpoint.idempotent]
    assert facts["idempotent"] == (None if endpoint.method == "GET" else expected)
    elsewhere = text.replace(facts[0], "")
    assert "dempotent" not in elsewhere, "said once"
    assert "``/api" not in elsewhere
    assert not re.search(r"``(GET|POST|PUT|PATCH|DELETE) /", elsewhere), "the path of another endpoint"


VERBS = {"list": "List", "get": "Get", "create": "Create", "update": "Update", "delete": "Delete"}


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.id)
def test_the_docstring_begins_with_the_verb_of_the_method(endpoint: AnyEndpoint) -> None:
    verb = (method_named(WorkatoSession("token"), endpoint.id).__doc__ or "").split()[0]
    assert verb == VERBS.get(endpoint.id.rpartition(".")[2], verb)
    assert verb not in {"Give", "Tell", "Say", "Fetch", "Read", "Change", "Let", "Take", "Put"}


def test_every_method_that_states_facts_is_an_endpoint() -> None:
    """The docstring of a helper, such as ``wait``, does not pretend to be a request."""
    session = WorkatoSession("token")
    endpoints = {method_named(session, endpoint.id).__func__ for endpoint in ENDPOINTS}
    for cls in resources():
        for name, method in inspect.getmembers(cls, inspect.isfunction):
            if not name.startswith("_") and re.search(r"``[A-Z]+ /api", method.__doc__ or ""):
                assert method in endpoints, f"{cls.__name__}.{name}"


def test_every_path_stands_in_one_place() -> None:
    """Endpoint lines only: a path in any other string of code would be a second place for a fact."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("/api/"):
                assert "resources" in path.parts, f"{path.name}: {node.value}"


def circles(imports: dict[str, set[str]]) -> set[str]:
    """Return the modules that are on an import circle, or import one that is."""
    left = dict(imports)
    while free := [module for module, imported in left.items() if not imported & left.keys()]:
        for module in free:
            del left[module]
    return {*left}


def test_no_module_imports_itself_by_a_detour() -> None:
    """Imports for type checkers and inside functions count."""
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}) == {"a", "b", "c"}
    grimp = pytest.importorskip("grimp", reason="comes with import-linter")
    graph = grimp.build_graph("workato_async", cache_dir=None)
    assert len(graph.modules) > 200
    assert circles({module: graph.find_modules_directly_imported_by(module) for module in graph.modules}) == set()


def test_every_error_is_in_the_tree_and_public() -> None:
    for _, cls in inspect.getmembers(errors, inspect.isclass):
        if issubclass(cls, Exception):
            assert issubclass(cls, WorkatoError)
            assert cls.__name__ in workato_async.__all__
            assert cls.__name__ in (errors.__doc__ or "")


def test_the_package_is_typed_and_asks_for_what_it_needs() -> None:
    assert (PACKAGE / "py.typed").exists()
    required = importlib.metadata.requires("workato-async") or []
    base = {line.split(">")[0] for line in required if "extra ==" not in line}
    assert base == {"aiohttp", "aiolimiter", "attrs", "cattrs", "msgspec"}

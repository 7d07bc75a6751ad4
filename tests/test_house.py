"""The rules of the house that a machine can check."""

from __future__ import annotations

import ast
import importlib.metadata
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

import workato_async
from workato_async import ENDPOINTS, WorkatoError, WorkatoSession, errors
from workato_async.resources._base import Resource

PACKAGE = Path(workato_async.__file__).parent
SOURCES = sorted(path for path in PACKAGE.rglob("*.py") if "testing" not in path.parts)


def calls(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == name:
            yield node


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_limiter_and_back_off_sleep(path: Path) -> None:
    sleeps = list(calls(ast.parse(path.read_text()), "asyncio.sleep"))
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
        target: object = session
        for part in endpoint.id.split("."):
            target = getattr(target, part)
        assert callable(target), endpoint.id
        assert endpoint.path in (target.__doc__ or ""), f"{endpoint.id} does not name its path"


def test_every_path_stands_in_one_place() -> None:
    """Endpoint lines only: a path in any other string of code would be a second place for a fact."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("/api/"):
                assert "resources" in path.parts, f"{path.name}: {node.value}"


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

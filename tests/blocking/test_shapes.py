"""Everything that the asynchronous API has is there, in one of its four shapes, under the same name."""

from __future__ import annotations

import asyncio
import inspect
import pickle
import pydoc
import traceback
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.filled_models import filled
from tests.support.method_calls import CALLABLE, arguments_for
from tests.support.methods import method_named
from workato_async import ENDPOINTS, ConfigurationError, Limiter, WorkatoSession, blocking
from workato_async import Pages as AsyncPages
from workato_async._blocking.proxies import Stream
from workato_async.blocking import Api, Operation, Pages, Workato
from workato_async.endpoint import AnyEndpoint
from workato_async.testing import FakeWorkato

TOKEN = "s3cr3t-t0k3n"


@pytest.fixture(scope="module")
def shapes() -> Iterator[Workato]:
    """A client that sends nothing."""
    workato = Workato(TOKEN, base_url="http://127.0.0.1:9", limiter=Limiter())
    yield workato
    workato.close()


def called(endpoint: AnyEndpoint, method: Any) -> Any:
    """Call a method with arguments of the right types."""
    arguments = arguments_for(endpoint, given={"folder_id": 7} if endpoint.id == "test_cases.run" else None)
    parameters = inspect.signature(method).parameters
    by_place = [arguments.pop(n) for n, p in parameters.items() if p.kind is p.POSITIONAL_OR_KEYWORD and n in arguments]
    return method(*by_place, **arguments)


@pytest.mark.parametrize("endpoint", CALLABLE, ids=lambda endpoint: endpoint.id)
def test_every_method_has_the_shape_of_the_asynchronous_one(shapes: Workato, endpoint: AnyEndpoint) -> None:
    method = method_named(shapes, endpoint.id)
    original = method_named(shapes.session, endpoint.id)
    assert inspect.signature(method) == inspect.signature(original)
    assert (method.__name__, method.__doc__) == (original.__name__, original.__doc__)
    assert not inspect.iscoroutinefunction(method)
    if inspect.iscoroutinefunction(original):
        return
    made = called(endpoint, method)
    streams = endpoint.id == "insights.query"  # is awaited, iterated over, or saved
    assert type(made) is (Pages if endpoint.listing else Stream if streams else Operation)
    if isinstance(made, Operation):
        vars(made)["_get"]().close()  # it is not to be started


def test_all_endpoints_are_reachable(shapes: Workato) -> None:
    for endpoint in ENDPOINTS:
        assert callable(method_named(shapes, endpoint.id))
        assert callable(method_named(shapes.options(timeout=3), endpoint.id))


@pytest.mark.parametrize("path", ["", "recipes", "recipes.health", "lookup_tables.rows", "options"])
def test_dir_lists_what_the_asynchronous_object_has(shapes: Workato, path: str) -> None:
    mine: Any = shapes.options() if path == "options" else shapes
    original: Any = shapes.session.options() if path == "options" else shapes.session
    for name in path.split(".") if path not in ("", "options") else ():
        mine, original = getattr(mine, name), getattr(original, name)
    assert {name for name in dir(original) if not name.startswith("_")} <= set(dir(mine))
    assert not [name for name in dir(mine) if name.startswith("_")]


def test_the_public_names_of_the_session_are_those_of_the_client() -> None:
    documented = {name for name in vars(WorkatoSession) if not name.startswith("_")}
    workato = Workato("secret")
    assert documented <= set(dir(workato))
    assert workato.base_url == "https://www.workato.com"
    assert workato.limiter is workato.session.limiter
    assert workato.closed is False


def test_help_shows_the_signature_and_the_docstring(shapes: Workato) -> None:
    text = pydoc.render_doc(shapes.recipes.get, renderer=pydoc.TextDoc())
    assert "(recipe_id: 'int" in text
    assert "-> 'Recipe'" in text
    assert "Get one recipe with its code." in text
    assert "Write ``for``" in pydoc.render_doc(blocking, renderer=pydoc.TextDoc())


def test_reprs(shapes: Workato) -> None:
    assert repr(shapes) == "<Workato of http://127.0.0.1:9>"
    assert repr(shapes.recipes) == f"<blocking {shapes.session.recipes!r}>"
    assert repr(shapes.recipes.list()) == "<blocking <Pages of GET /api/recipes>>"
    with Workato("secret") as closed:
        pass
    assert repr(closed) == "<Workato of https://www.workato.com, closed>"


def texts_of(thing: object, seen: set[int] | None = None, depth: int = 0) -> Iterator[str]:
    """Yield the repr of a thing and of what its attributes hold."""
    seen = set() if seen is None else seen
    if id(thing) in seen or depth > 6:
        return
    seen.add(id(thing))
    yield repr(thing)
    for value in getattr(thing, "__dict__", {}).values():
        yield from texts_of(value, seen, depth + 1)


def test_nothing_shows_the_token(shapes: Workato) -> None:
    things: list[object] = [shapes, shapes.recipes, shapes.recipes.get, shapes.recipes.list(), shapes.options()]
    for thing in things:
        assert not [text for text in texts_of(thing) if TOKEN in text]
    with pytest.raises(Exception) as raised:
        shapes.options(deadline=0.2).recipes.get(1)
    assert not shows_token(raised.value)


def shows_token(error: BaseException) -> bool:
    """Whether the text of an error, with the variables of all functions, has the token."""
    return TOKEN in "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())


@pytest.mark.parametrize(
    "wrong",
    [
        {"data_center": "nowhere"},
        {"timeout": -1},
        {"unknown": 1},
        {"limiter": 3},
        {"on_event": 3},
        {"http": object()},
        {"base_url": "http://example.com"},
    ],
)
def test_no_traceback_of_a_wrong_argument_shows_the_token(wrong: dict[str, Any]) -> None:
    with pytest.raises((ConfigurationError, TypeError)) as raised:
        Workato(TOKEN, **wrong)
    assert not shows_token(raised.value)


@pytest.mark.parametrize("token", ["", "two words", 3])
def test_an_invalid_token_is_not_shown_either(token: Any) -> None:
    with pytest.raises(ConfigurationError, match="token"):
        Workato(token)


def test_a_client_is_not_pickled_or_copied(shapes: Workato) -> None:
    for thing in (shapes, shapes.recipes, shapes.recipes.list()):
        with pytest.raises(TypeError, match="cannot be pickled or copied: make one in each process"):
            pickle.dumps(thing)


def test_pages_are_no_lists(shapes: Workato) -> None:
    pages: Any = shapes.recipes.list()
    for use in (len, bool, lambda p: p[0], lambda p: 1 in p, next, reversed):
        with pytest.raises(TypeError, match=r"write `for item in …`, or `….collect\(\)` for a list"):
            use(pages)


def test_results_are_those_of_the_asynchronous_api(fake: FakeWorkato, workato: Workato) -> None:
    recipe = workato.recipes.list().first()
    assert recipe is not None
    assert workato.recipes.get(recipe) == workato.recipes.get(recipe.id)
    assert filled(type(recipe)) is not None
    assert workato.request("GET", "/api/recipes", query={"per_page": 1})["items"][0]["id"] == recipe.id
    assert type(workato.options(timeout=3)) is Api
    assert workato.options(timeout=3).recipes.get(recipe.id).id == recipe.id
    asynchronous = workato.session.recipes.list()
    assert isinstance(asynchronous, AsyncPages)
    assert workato.run(asynchronous.collect) == workato.recipes.list().collect()


def test_an_operation_is_started_once(workato: Workato) -> None:
    folder = workato.folders.list().first()
    assert folder is not None
    states: list[Any] = []
    manifest = workato.export_manifests.create(name="m", folder_id=folder.id)
    operation = workato.packages.export(manifest.id)
    assert type(operation) is Operation
    started = operation.start()
    assert operation.start().id == started.id
    last = operation.wait(on_progress=states.append)
    assert last.id == started.id
    assert states[0] == started
    assert states[-1] == last
    assert "started" in repr(operation)


def test_what_is_not_there_is_an_attribute_error(shapes: Workato) -> None:
    for path in ("recipe", "recipes.gett", "_hidden"):
        with pytest.raises(AttributeError):
            method_named(shapes, path)
    assert asyncio.iscoroutinefunction(shapes.session.recipes.get)

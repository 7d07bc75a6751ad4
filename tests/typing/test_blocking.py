"""What a type checker sees of the blocking interface: checked by mypy --strict and pyright; run, it has to import."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path
from typing import Any, assert_type

import workato_async.blocking
from tests.support.blocking_stub import PATH, rendered
from workato_async import UNSET, Limiter, Outcome, Page, WorkatoSession
from workato_async.blocking import Api, Mirror, Operation, Pages, Workato
from workato_async.limits.machine import MachineStore
from workato_async.mirror import MirrorReport
from workato_async.models import Connection, Job, Package, Project, ProjectBuild, Recipe, RecipeHealth, RepeatReport


async def count(workato: WorkatoSession, limit: int) -> int:
    return len(await workato.recipes.list().collect(limit=limit))


async def numbers(limit: int) -> AsyncIterator[int]:
    for number in range(limit):
        yield number


def plain(recipe_id: int) -> str:
    return str(recipe_id)


def what_a_user_writes(workato: Workato, path: Path) -> None:
    assert_type(workato.recipes.get(1), Recipe)
    assert_type(workato.recipes.list(running=True), Pages[Recipe])
    assert_type(list(workato.recipes.list()), list[Recipe])
    for recipe in workato.recipes.list():
        assert_type(recipe, Recipe)
    assert_type(workato.recipes.list().pages(), Iterator[Page[Recipe]])
    assert_type(workato.jobs.list(1).first(), Job | None)
    assert_type(workato.jobs.list(1).page(), Page[Job])
    assert_type(workato.connections.list().collect(limit=3), list[Connection])
    assert_type(workato.jobs.repeat(1, ["j-1"]), RepeatReport)
    assert_type(workato.recipes.health.get(1), RecipeHealth | None)
    assert_type(workato.options(deadline=5), Api)
    assert_type(workato.options(deadline=5).recipes.get(1), Recipe)
    assert_type(workato.packages.import_(1, path), Operation[Package])
    assert_type(workato.packages.import_(1, path).start(), Package)
    assert_type(workato.packages.import_(1, path).wait(timeout=3, on_progress=print), Package)
    assert_type(workato.packages.export(1).save(path, max_bytes=1), Path)
    assert_type(workato.projects.build(1).wait(), ProjectBuild)
    assert_type(workato.projects.update(1, description=UNSET), Project)
    assert_type(workato.run(count, workato.session, 3), int)
    assert_type(workato.run(count, workato.session, limit=3), int)
    assert_type(workato.iterate(numbers, 3), Generator[int, None, None])
    assert_type(workato.request("GET", "/api/recipes"), Any)
    assert_type(next(workato.fan_out(workato.recipes.get, [1])), Outcome[int, Recipe])
    assert_type(next(workato.fan_out(workato.jobs.list, [1])), Outcome[int, list[Job]])
    assert_type(next(workato.fan_out(plain, [1])), Outcome[int, str])
    assert_type(workato.limiter, Limiter)
    with Mirror(workato, "sqlite:///x.db") as mirror:
        assert_type(mirror.run(["recipes"]), MirrorReport)
    Workato(data_center="eu", limiter=lambda: Limiter(store=MachineStore()))


def what_a_user_gets_wrong(workato: Workato) -> None:
    workato.recipes.get(1, nonsense=1)  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
    workato.recipes.nonsense()  # type: ignore[attr-defined] # pyright: ignore[reportAttributeAccessIssue]
    workato.recipes.list(running="yes")  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    workato.run(count, workato.session, "3")  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    workato.run(count)  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
    workato.run(plain, 1)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    Workato(http=None)  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]


def statements(source: str) -> list[str]:
    """Return what a module states, without its imports, which ruff sorts."""
    return [ast.dump(node) for node in ast.parse(source).body if not isinstance(node, ast.Import | ast.ImportFrom)]


def test_the_stub_is_current() -> None:
    assert statements(PATH.read_text()) == statements(rendered()), "run `python -m tests.support.blocking_stub`"


def test_the_stub_names_what_is_there() -> None:
    stub = ast.parse(PATH.read_text())
    classes = {node.name: node for node in stub.body if isinstance(node, ast.ClassDef)}
    public = {name for name in classes if not name.startswith("_")}
    assert public == set(workato_async.blocking.__all__)
    with_async = [
        name for name, node in classes.items() for one in ast.walk(node) if isinstance(one, ast.AsyncFunctionDef)
    ]
    assert with_async == []
    assert not asyncio.iscoroutinefunction(Workato.run)

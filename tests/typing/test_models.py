"""Every model is importable from ``workato_async.models``, typed and one module at a time."""

from __future__ import annotations

import subprocess
import sys
from typing import assert_type

import attrs
import pytest

import workato_async.models
from tests.support.models_module import PATH, models, rendered
from workato_async import ENDPOINTS, WorkatoSession
from workato_async.base_model import Model
from workato_async.models import Connection, Folder, Job, Project, Recipe

CLASSES = [cls for classes in models().values() for cls in classes]


async def what_a_user_writes(workato: WorkatoSession) -> None:
    assert_type(await workato.recipes.get(1), Recipe)
    assert_type(await workato.jobs.get(1, "j-1"), Job)
    assert_type(await workato.connections.list().collect(), list[Connection])
    assert_type(await workato.folders.list().first(), Folder | None)
    assert_type([project async for project in workato.projects.list()], list[Project])
    workato_async.models.Recipee  # type: ignore[attr-defined]  # noqa: B018 - a misspelt name is a type error


def test_the_module_is_up_to_date() -> None:
    assert PATH.read_text() == rendered(), "run `python -m tests.support.models_module`"


def test_no_model_is_missing() -> None:
    """A second look, independent of how the module is rendered: what endpoints return, and every loaded model."""
    assert len(CLASSES) > 100
    assert {cls.__name__ for cls in CLASSES} == set(workato_async.models.__all__)
    assert len(CLASSES) == len(workato_async.models.__all__), "two models share a name"
    returned = {endpoint.result for endpoint in ENDPOINTS if attrs.has(endpoint.result or int)}
    ours = [cls for cls in Model.__subclasses__() if cls.__module__.startswith("workato_async.")]
    for cls in {*returned, *ours}:
        assert cls is not None
        assert getattr(workato_async.models, cls.__name__) is cls


def test_names_are_the_classes_themselves() -> None:
    for cls in CLASSES:
        assert getattr(workato_async.models, cls.__name__) is cls
    assert {cls.__name__ for cls in CLASSES} <= set(dir(workato_async.models))


def test_an_unknown_name_is_an_attribute_error() -> None:
    name = "Recipee"
    with pytest.raises(AttributeError, match="has no attribute 'Recipee'"):
        getattr(workato_async.models, name)
    with pytest.raises(ImportError):
        exec(f"from workato_async.models import {name}")


def test_a_model_loads_its_own_module_only() -> None:
    program = (
        "import sys; from workato_async.models import Folder; "
        "print([name for name in sys.modules if name.startswith('workato_async.resources.')])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = done.stdout.strip()
    assert "workato_async.resources.folders" in loaded
    assert "workato_async.resources.jobs" not in loaded
    assert "workato_async.resources.recipes" not in loaded


def test_a_star_import_brings_every_model() -> None:
    names: dict[str, object] = {}
    exec("from workato_async.models import *", names)
    assert {cls.__name__ for cls in CLASSES} <= set(names)

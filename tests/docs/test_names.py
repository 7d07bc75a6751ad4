"""The names that pages mention in their text exist: attributes of a session, and what is imported from the package."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.support.documents import PAGES, name
from workato_async import WorkatoSession
from workato_async.blocking import Workato

CODE = re.compile(r"`([^`\n]+)`")
OF_A_SESSION = re.compile(r"\bworkato\.([a-z_][a-z_0-9]*(?:\.[a-z_0-9]+)*)")
OF_THE_PACKAGE = re.compile(r"\b(workato_async(?:\.\w+)+)")


@pytest.fixture(scope="module")
def session() -> Any:
    return WorkatoSession("token", data_center="us")


@pytest.fixture(scope="module")
def blocking() -> Any:
    return Workato("token", data_center="us")


def exists(dotted: str) -> bool:
    """Whether a name is a module of the package, or an attribute of one."""
    module, _, attribute = dotted.rpartition(".")
    try:
        import_module(dotted)
    except ImportError:
        return bool(module) and (hasattr(import_module(module), attribute) or exists_in_class(module, attribute))
    return True


def exists_in_class(owner: str, attribute: str) -> bool:
    module, _, cls = owner.rpartition(".")
    return hasattr(getattr(import_module(module), cls), attribute)


def reaches(session: Any, path: str) -> bool:
    found = session
    for part in path.split("."):
        found = getattr(found, part, None)
        if found is None:
            return False
    return True


OTHERS = [page for page in PAGES if page.name != "upgrade.md"]  # it has former names; see tests/test_release.py


@pytest.mark.parametrize("page", OTHERS, ids=name)
def test_names(page: Path, session: Any, blocking: Any) -> None:
    text = re.sub(r"```.*?^ *```", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    spans = CODE.findall(text)
    of_session = {found for span in spans for found in OF_A_SESSION.findall(span)} - {
        "db",
        "com",
        "mirror.age",
        *("wait", "in_flight", "rate_limited", "permits.free", "permits.room", "permits.withheld"),
    }  # a file, a host, metrics
    assert [path for path in sorted(of_session) if not (reaches(session, path) or reaches(blocking, path))] == []
    packaged = {found for span in spans for found in OF_THE_PACKAGE.findall(span)}
    assert [dotted for dotted in sorted(packaged) if not dotted.endswith(".py") and not exists(dotted)] == []

"""What the page for contributors names exists."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

from tests.support.documents import DOCS, ROOT

PACKAGE = ROOT / "workato_async"
PROSE = re.sub(r"```.*?```", "", (DOCS / "architecture.md").read_text("utf-8"), flags=re.DOTALL)
NAMES = sorted({*re.findall(r"`((?:tests\.)?_?[a-z]\w*(?:\.\w+)+)`", PROSE)} - {"pyproject.toml"})
PLACES = sorted({*re.findall(r"`([\w/]+/)`", PROSE)})


def resolve(name: str) -> Any:
    """Return what a dotted name stands for, in the package or in the tests."""
    first, *rest = name.split(".")
    found = import_module(first if first == "tests" else f"workato_async.{first}")
    for part in rest:
        if not hasattr(found, part):
            import_module(f"{found.__name__}.{part}")
        found = getattr(found, part)
    return found


def test_names_exist() -> None:
    scripts = {name for name in NAMES if name.endswith((".lua", ".pyi"))}
    for name in NAMES:
        assert list(PACKAGE.rglob(name)) if name in scripts else resolve(name) is not None, name
    assert {"calls.retry.decide", "limits.redis.protocol.Step", "state.lua"} <= {*NAMES}


def test_places_exist() -> None:
    assert PLACES
    for place in PLACES:
        assert (PACKAGE / place).is_dir() or (ROOT / place).is_dir(), place


def test_the_picture_names_what_exists() -> None:
    texts = " ".join(re.findall(r">([^<>]+)</text>", (DOCS / "assets" / "architecture.svg").read_text("utf-8")))
    named = re.findall(r"(?<![\w/])(?:\w+/\w*|\w+\.py)(?![\w/])", texts)
    assert {"session.py", "http/", "calls/retry"} <= {*named}
    assert [one for one in named if not ((PACKAGE / one).exists() or (PACKAGE / f"{one}.py").exists())] == []

"""What pages name in code font exists: options, commands, arguments, environment variables, classes, files, extras."""

from __future__ import annotations

import builtins
import inspect
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import attrs
import pytest

import workato_async
from tests.docs.test_names import OTHERS
from tests.docs.test_shell import SESSIONS
from tests.support.command_pages import choices_of, commands, group_names, options_of
from tests.support.documents import DOCS, ROOT, blocks, name, prose
from workato_async import (
    EMBEDDED_ENDPOINTS,
    ENDPOINTS,
    NotFoundError,
    WorkatoSession,
    blocking,
    events,
    mirror,
    models,
    testing,
)
from workato_async.limits import redis
from workato_async.resources._base import Resource
from workato_async.testing import FakeWorkato

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
READ = [*OTHERS, ROOT / "CHANGELOG.md"]
OF_OTHER_PROGRAMS = {
    *("--collect-submodules", "--list", "--no-install", "--no-venv", "--preload", "--record", "--strict"),
}
ARGUMENTS_OF_OTHERS = {"cafile", "deferrable", "loop_scope", "utc"}
CLASSES_OF_OTHERS = {
    *("AirflowFailException", "ClientSession", "DataFrame", "JsonObject", "LocalCluster", "ThreadPoolExecutor"),
    "ValidationError",
}
WORDS_OF_OTHERS = {
    *("acks_late", "autoretry_for", "nest_asyncio", "retried_if_harmless", "testing_your_code", "visibility_timeout"),
    *("workato_default", "workato_mirror"),
}
OBJECTS: dict[str, set[str]] = {
    "outcome": {*dir(workato_async.Outcome)},
    "page": {*dir(workato_async.Page)},
    "watch": {*dir(workato_async.Watch)},
    "operation": {*dir(workato_async.Operation), *dir(blocking.Operation)},
    "mirror": {*dir(mirror.Mirror)},
    "error": {*dir(NotFoundError(""))},
    "recipe": {*dir(models.Recipe)},
    "job": {*dir(models.Job)},
    "limiter": {*dir(workato_async.Limiter)},
    "fake": {*dir(FakeWorkato())},
    "fake_workato": {*dir(FakeWorkato())},
}
"""What the pages call by a name of their own, and what it has."""
VARIABLES_OF_OTHERS = {"CELERY_BROKER_URL", "CELERY_RESULT_BACKEND", "HYPOTHESIS_PROFILE", "WORKATO_DEV_TOKEN"}
MODULES_OF_OTHERS = {"asyncio", "attrs", "pd", "pandas", "ssl", "pytest"}
FILES = {
    "cfg",
    "csv",
    "db",
    "html",
    "ini",
    "json",
    "jsonl",
    "lua",
    "md",
    "parquet",
    "py",
    "pyi",
    "svg",
    "toml",
    "txt",
    "yml",
    "zip",
}
FOLDERS = r"(?:docs|tests|workato_async|examples|benchmarks|cli|limits|http|resources|calls)/[\w./-]+"


def spans(page: Path) -> Iterator[str]:
    text = prose(page)
    if page.name == "CHANGELOG.md":  # a release names what it had
        text = text.partition("\n## [")[2].partition(f"\n## [{workato_async.__version__}]")[2].partition("\n## [")[0]
    text = re.sub(r"`{2,}.*?`{2,}", "", text)
    yield from (" ".join(span.split()) for span in re.findall(r"`([^`]+)`", text))


each = pytest.mark.parametrize("page", READ, ids=name)


@cache
def options() -> dict[str, set[str]]:
    return {" ".join(names): options_of(command) for names, command in commands()}


@each
def test_options_and_commands(page: Path) -> None:
    known = options()
    every = {one for each in known.values() for one in each} | options_of(None) | OF_OTHER_PROGRAMS
    for span in spans(page):
        written = re.sub(r"^workato-async ", "", span)
        command = next((one for one in known if f"{written} ".startswith(f"{one} ")), None)
        for option, values in choices().get(command or "", {}).items():
            assert {*re.findall(rf"{option} ([a-z]+)", written)} <= {*values}, span
        assert {*re.findall(r"(?<![\w-])--[a-z][\w-]*", span)} <= (known[command] if command else every), span
        if span.startswith("workato-async "):
            first = re.match(r"[a-z-]+(?= |$)", written)
            assert not first or command or first[0] in group_names(), span
        if (group := re.match(r"([a-z-]+) ([a-z-]+(?:\|[a-z-]+)*)(?= |$)", written)) and group[1] in group_names():
            for one in group[2].split("|"):
                assert f"{group[1]} {one}" in {*known} | of_workato(), span


@cache
def choices() -> dict[str, dict[str, list[str]]]:
    return {" ".join(names): choices_of(command) for names, command in commands()}


@cache
def of_workato() -> set[str]:
    """Return the commands of Workato's client in the table of the README."""
    table = (ROOT / "README.md").read_text("utf-8").partition("[start:migration]")[2]
    return {one for first in re.findall(r"^\| ([^|]*)", table, re.MULTILINE) for one in re.findall(r"`([^`]+)`", first)}


@cache
def source() -> str:
    folders = ("workato_async", "tests/support")
    return "".join(path.read_text("utf-8") for folder in folders for path in (ROOT / folder).rglob("*.py"))


@cache
def arguments() -> set[str]:
    """Return what the package has as an argument or a field."""
    return {*re.findall(r"\b([a-z_]\w*)(?:: |=)", source())}


def parameters(thing: Any) -> set[str] | None:
    """Return the names of the arguments of the package's class or function, unless it takes any."""
    if not callable(thing):
        return None
    found = inspect.signature(thing).parameters.values()
    return None if any(one.kind is one.VAR_KEYWORD for one in found) else {one.name for one in found}


@pytest.fixture(scope="module")
def session() -> Any:
    return WorkatoSession("token", data_center="us")


def called(session: Any, path: str) -> Any:
    """Return what a span calls, if it is the package's and its name says whose it is."""
    first, *rest = path.removeprefix("workato_async.").split(".")
    found: Any = next(
        (getattr(one, first) for one in (workato_async, testing, redis, mirror) if hasattr(one, first)), None
    )
    if first in ("workato", "fake"):
        found = session if first == "workato" else FakeWorkato
    elif not found:
        found = getattr(session, first, None)
    for one in rest:
        found = getattr(found, one, None)
    return found


@each
def test_arguments(page: Path, session: Any) -> None:
    for span in spans(page):
        for path, inside in re.findall(r"([A-Za-z_][\w.]*)\(([^()]*)\)", span):
            things = [called(one, path) for one in (session, blocking.Workato)]
            accepted = [parameters(one) for one in things if callable(one)]
            given = {*re.findall(r"(?<![\w.])([a-z_]\w*)=(?!=)", inside)}
            assert not accepted or None in accepted or given <= set().union(*filter(None, accepted)), span
        given = {*re.findall(r"(?<![\w.?&-])([a-z_]\w*)=(?!=)", span)}
        assert given <= arguments() | ARGUMENTS_OF_OTHERS, span


@each
def test_classes_and_variables(page: Path) -> None:
    shown = "".join(block.code for block in blocks(page))
    for span in spans(page):
        classes = {*re.findall(r"(?<![\w/])(?:[A-Z][a-z]+){2,}\b", span)} - CLASSES_OF_OTHERS
        assert [one for one in classes if not (hasattr(builtins, one) or one in words())] == []
        if re.fullmatch(r"[a-z]+(?:_[a-z0-9]+)+|[A-Z]{4,}", span):
            assert span in words() or span in WORDS_OF_OTHERS, span
        variables = {*re.findall(r"\b[A-Z]+_[A-Z_]+\b", span)} - VARIABLES_OF_OTHERS
        assert [one for one in variables if one not in source() and one not in shown] == [], span


@each
def test_attributes(page: Path, session: Any) -> None:
    """Methods of a session's attributes exist; any other attribute is a word of the package, at least."""
    for span in spans(page):
        for first, rest in re.findall(r"(?<![\w./])([a-z_]+)\.([a-z_]\w*)(?![\w/])", span):
            family = getattr(session, first, None)
            if first in OBJECTS and rest not in FILES:
                assert rest in OBJECTS[first], span
            if isinstance(family, Resource) and rest not in FILES:
                assert hasattr(family, re.sub("^import$", "import_", rest)), span
            elif not span.endswith(("." + rest) if rest in FILES else "\0") and first not in MODULES_OF_OTHERS:
                assert rest in words(), span


@each
def test_everywhere(page: Path) -> None:
    """In code and in prose: environment variables of the package, and privileges, are known."""
    text = " ".join(page.read_text("utf-8").split())
    variables = {*re.findall(r"\bWORKATO_[A-Z_]+\b", text)} - VARIABLES_OF_OTHERS
    assert [one for one in variables if f'"{one}"' not in source()] == []
    privileges = {endpoint.privilege for endpoint in ENDPOINTS}
    named = re.findall(r'\*([A-Z][\w &]+: [\w ]+)\*|privileges? "(\w[^"]+)"', text)
    assert {first or second for first, second in named} <= privileges


@cache
def words() -> set[str]:
    return {*re.findall(r"\w+", source())}


@each
def test_files_and_extras(page: Path) -> None:
    extras = {*PROJECT["optional-dependencies"]}
    text = page.read_text("utf-8")
    assert {one for found in re.findall(r"workato[-_]async\[([\w,]+)\]", text) for one in found.split(",")} <= extras
    assert {*re.findall(r"\(extra `(\w+)`\)", text)} <= extras
    for span in spans(page):
        for sessions in re.findall(r"^nox .*?-s ((?:[a-z][\w.]* ?)+)", span):
            assert {*sessions.split()} <= SESSIONS, span
        for file in re.findall(rf"^{FOLDERS}$", span):
            assert (ROOT / file).exists() or (ROOT / "workato_async" / file).exists(), span


@pytest.mark.parametrize("page", [*READ, DOCS / "upgrade.md"], ids=name)
def test_numbers(page: Path) -> None:
    """How many endpoints there are, and how many have a privilege."""
    text = " ".join(page.read_text("utf-8").split())
    privileges = sum(bool(endpoint.privilege) for endpoint in ENDPOINTS)
    counts = {str(len(ENDPOINTS)), str(len(EMBEDDED_ENDPOINTS))}
    assert {*re.findall(r"\b(\d{3}) (?:endpoints(?! name)|with those that other)", text)} <= counts
    assert {*re.findall(r"\b(\d+) endpoints name", text)} <= {str(privileges)}


def test_the_commands_beside_those_of_workato_exist() -> None:
    table = (ROOT / "README.md").read_text("utf-8").partition("[start:migration]")[2].partition("<!--")[0]
    known = {*options()}
    for cell in re.findall(r"^\| `[^|]*\| ([^|]*)", table, re.MULTILINE):
        for span in re.findall(r"`(?!workato\.|workato-async\b|wk\b|git |--)([a-z][a-z -]+)\b", cell):
            assert {" ".join(span.split()[:length]) for length in (1, 2)} & known, span


def test_the_records_of_events_have_their_fields() -> None:
    table = (DOCS / "guide" / "logging.md").read_text("utf-8").partition("| record |")[2].partition("\n\n")[0]
    common = {*re.findall(r"`(\w+)`", table.partition("\n")[0])}
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \|([^|]*)\|$", table, re.MULTILINE)
    assert {record for record, _ in rows} == {cls.__name__ for cls in events.Event.__subclasses__()}
    for record, cell in rows:
        fields = {field.name for field in attrs.fields(getattr(events, record))}
        assert {*re.findall(r"`(\w+)`", cell)} == fields - common, record


def test_the_readme_has_every_extra() -> None:
    table = (ROOT / "README.md").read_text("utf-8").partition("| extra | for |")[2].partition("\n\n")[0]
    named = {
        one for row in table.splitlines() for one in re.findall(r"`(\w+)`", row.partition("| ")[2].partition("|")[0])
    }
    assert named == {*PROJECT["optional-dependencies"]} - {"all"}

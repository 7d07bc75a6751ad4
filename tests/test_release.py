"""What a release says about itself: the changelog, the description on PyPI, and the names in the upgrade notes."""

from __future__ import annotations

import inspect
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import Any
from unittest.mock import Mock

import pytest
from typer.testing import CliRunner

from tests.support.descriptions import RAW, REPOSITORY, ROOT, description, links, problems
from tests.support.documents import PAGES
from tests.support.release_notes import CHANGELOG, release_notes
from workato_async import WorkatoSession, __version__
from workato_async.cli.app import app
from workato_async.otel import Telemetry

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
README = (ROOT / "README.md").read_text("utf-8")
CODE = re.compile(r"^ *```.*?^ *```$", re.DOTALL | re.MULTILINE)
EXAMPLE = """# Changelog

## [Unreleased]

## [0.2.0] - 2027-01-01

### Fixed

- A thing, see [upgrade] and [0.1.0].

## [0.1.0] - 2026-11-29

- Everything.

[Unreleased]: https://example.com/compare
[0.1.0]: https://example.com/tag/v0.1.0
[upgrade]: https://example.com/upgrade.md
"""


def test_the_notes_of_a_release_are_its_section_with_the_links_it_uses() -> None:
    assert release_notes("0.2.0", EXAMPLE) == (
        "### Fixed\n\n- A thing, see [upgrade] and [0.1.0].\n\n"
        "[0.1.0]: https://example.com/tag/v0.1.0\n[upgrade]: https://example.com/upgrade.md\n"
    )
    assert release_notes("0.1.0", EXAMPLE) == "- Everything.\n"


@pytest.mark.parametrize("version", ["Unreleased", "0.3.0", "0.1", "0x1.0"])
def test_a_release_without_a_dated_section_has_no_notes(version: str) -> None:
    with pytest.raises(ValueError, match=f"no section '## \\[{re.escape(version)}"):
        release_notes(version, EXAMPLE)


def test_a_section_without_text_is_an_error() -> None:
    with pytest.raises(ValueError, match="with anything in it"):
        release_notes("0.2.0", EXAMPLE.replace("### Fixed\n\n- A thing, see [upgrade] and [0.1.0].\n\n", ""))


def test_the_changelog_has_the_version_and_every_link_it_uses() -> None:
    text = CHANGELOG.read_text("utf-8")
    notes = release_notes(__version__, text)
    assert not re.findall(r"\]\((?!https://)", notes), "on the page of the release there are no files"
    headings = re.findall(r"(?m)^## \[(.+?)\]", text)
    assert headings[0] == "Unreleased"
    assert headings[1] == __version__
    defined = dict(re.findall(r"(?m)^\[(.+?)\]: (.+)$", text))
    assert set(headings) <= defined.keys()
    assert defined["Unreleased"] == f"{REPOSITORY}/compare/v{__version__}...HEAD"
    assert defined[__version__] == f"{REPOSITORY}/releases/tag/v{__version__}"
    assert problems("\n".join(f"[{name}]: {target}" for name, target in defined.items()), __version__) == []


def test_the_description_has_no_relative_link_and_the_same_code() -> None:
    text = description(README, "9.9")
    targets = links(text)
    assert [target for target, _ in targets if not target.startswith(("https://", "#"))] == []
    assert len(targets) == len(links(README)) > 20
    assert CODE.findall(text) == CODE.findall(README)


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("[a](docs/a.md#b)", f"[a]({REPOSITORY}/blob/v1/docs/a.md#b)"),
        ("![a](docs/a.svg)", f"![a]({RAW}/v1/docs/a.svg)"),
        ("[![a](docs/a.svg)](docs/a.md)", f"[![a]({RAW}/v1/docs/a.svg)]({REPOSITORY}/blob/v1/docs/a.md)"),
        ('<img src="docs/a.svg">', f'<img src="{RAW}/v1/docs/a.svg">'),
        ('<source srcset="docs/a.svg">', f'<source srcset="{RAW}/v1/docs/a.svg">'),
        ('<a href="docs/a.md">', f'<a href="{REPOSITORY}/blob/v1/docs/a.md">'),
        ("[a]: SECURITY.md", f"[a]: {REPOSITORY}/blob/v1/SECURITY.md"),
        ("[a](#b) [c](https://d.e/f) [g](mailto:h@i.j)", "[a](#b) [c](https://d.e/f) [g](mailto:h@i.j)"),
    ],
)
def test_links_of_the_description(markdown: str, expected: str) -> None:
    assert description(markdown, "1") == expected


@pytest.mark.parametrize(
    ("markdown", "problem"),
    [
        ("[a](README.md)", "README.md: relative"),
        ("[![a](b.svg)](https://c.d)", "b.svg: relative"),
        (f"[a]({REPOSITORY}/blob/main/README.md)", f"{REPOSITORY}/blob/main/README.md: not {REPOSITORY}/blob/v1/"),
        (f"![a]({REPOSITORY}/blob/v1/b.svg)", f"{REPOSITORY}/blob/v1/b.svg: not {RAW}/v1/"),
        (f"[a]({REPOSITORY}/blob/v1/none.md)", f"{REPOSITORY}/blob/v1/none.md: no such file"),
    ],
)
def test_bad_links_of_a_description_are_found(markdown: str, problem: str) -> None:
    assert problems(markdown, "1") == [problem]


def test_the_site_has_one_address() -> None:
    site = re.search(r"(?m)^site_url: (\S+)$", (ROOT / "mkdocs.yml").read_text("utf-8"))
    assert site
    assert PROJECT["urls"]["Documentation"] == site[1]


def test_the_python_releases_are_the_same_everywhere() -> None:
    releases = re.findall(r"Python :: (3\.\d+)", " ".join(PROJECT["classifiers"]))
    first, last = releases[0], releases[-1]
    assert PROJECT["requires-python"] == f">={first}"
    for page in (*PAGES, ROOT / "CHANGELOG.md"):
        text = " ".join(page.read_text("utf-8").split())
        assert {*re.findall(r"Python (3\.\d+) or newer", text)} <= {first}, page.name
        assert {*re.findall(r"Python (3\.\d+ to 3\.\d+)", text)} <= {f"{first} to {last}"}, page.name
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8")
    assert re.findall(r"(?m)^ +python: \[(.*)\]$", workflow) == [", ".join(f'"{one}"' for one in releases)]
    newer = re.findall(r"(?m)^NEWER = \((.*)\)$", (ROOT / "noxfile.py").read_text("utf-8"))
    assert newer == [", ".join(f'"{one}"' for one in releases[1:])]
    for path in (ROOT / ".github" / "workflows" / "ci.yml", ROOT / "examples" / "github" / "deploy.yml"):
        assert {*re.findall(r'python-version: "(3\.\d+)"', path.read_text("utf-8"))} <= {*releases}, path.name


def test_the_releases_that_pages_install_exist() -> None:
    released = {*re.findall(r"(?m)^## \[(\d.+?)\]", CHANGELOG.read_text("utf-8"))}
    pinned = {
        one for page in PAGES for one in re.findall(r"workato-async(?:\[.*?\])?==(\d[\w.]*)", page.read_text("utf-8"))
    }
    assert pinned <= released


# docs/upgrade.md: whatever the second column of its tables "| 208dea1 | 0.1.0 |" names, exists.


def new_names() -> Iterator[str]:
    """Yield the code in the second columns, and the names of the session and the package in other text."""
    in_table = False
    for line in (ROOT / "docs" / "upgrade.md").read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        in_table = bool(cells) and (in_table or cells == ["208dea1", "0.1.0"])
        if in_table:
            yield from re.findall(r"`([^`]+)`", cells[1])
        elif not cells:
            yield from re.findall(r"\bworkato(?:_async)?(?:\.[a-zA-Z_]\w*)+", line)


def found(dotted: str) -> object:
    """Return what a dotted name of the package stands for: a module, or something in one."""
    module = dotted
    rest: list[str] = []
    while True:
        try:
            thing: object = import_module(module)
            break
        except ModuleNotFoundError:
            module, _, last = module.rpartition(".")
            rest.insert(0, last)
    for name in rest:
        fields = {field.name for field in getattr(thing, "__attrs_attrs__", ())}
        thing = None if name in fields else getattr(thing, name)
    return thing


@cache
def metrics() -> set[str]:
    provider = Mock()
    Telemetry(meter_provider=provider)
    return {call.args[0] for call in provider.get_meter.return_value.method_calls}


@cache
def help_of(command: str) -> str:
    return CliRunner().invoke(app, [*command.split(), "--help"], env={"COLUMNS": "200"}).stdout


@pytest.mark.parametrize("name", sorted(set(new_names())))
def test_the_new_names_of_the_upgrade_notes_exist(name: str) -> None:
    if command := re.fullmatch(r"workato-async ([a-z -]+?) (--[a-z-]+)", name):
        assert re.search(rf"(?<![\w-]){command[2]}(?![\w-])", help_of(command[1]))
    elif name.startswith("workato.") and name in metrics():
        pass
    elif dotted := re.fullmatch(r"(workato(?:_async\w*)?(?:\.\w+)*)(?:\((\w+)=\))?", name):
        root, _, path = dotted[1].partition(".")
        thing: Any = WorkatoSession("token", data_center="us") if root == "workato" else found(dotted[1])
        for part in path.split(".") if root == "workato" else ():
            thing = getattr(thing, part)
        assert not dotted[2] or dotted[2] in inspect.signature(thing).parameters
    else:
        assert name in {"rate_limited", "sqlite:///workato.db", "skl-…"}, "say how to find out whether it exists"


def test_the_upgrade_notes_have_tables() -> None:
    assert len(set(new_names())) > 80

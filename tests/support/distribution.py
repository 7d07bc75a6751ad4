"""Looks at what ``python -m build`` made: ``python -m tests.support.distribution dist``, which ``nox -s package`` runs.

The wheel holds the package, with two of its modules at the top, the sdist all that is in git except for hidden files at
its root, and the description has no link that leads nowhere on PyPI. Needs git, packaging and readme-renderer.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterable
from pathlib import Path

from packaging.metadata import Metadata

from tests.support.descriptions import ROOT, problems
from workato_async._version import __version__

NAME = f"workato_async-{__version__}"
WHEEL = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]["targets"]["wheel"]
MOVED: dict[str, str] = WHEEL["force-include"]
"""Files of the package that the wheel has elsewhere, and only there, with their places."""
INFO = {f"{NAME}.dist-info/{name}" for name in ("METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE")}
NEEDED = ("workato_async/py.typed", "workato_async/blocking.pyi", "workato_async/limits/redis/state.lua")
LONGEST_SUMMARY = 512
"""Of PyPI."""


def difference(what: str, actual: Iterable[str], expected: Iterable[str]) -> list[str]:
    return [f"{what} has {sorted(more)}" for more in [set(actual) - set(expected)] if more] + [
        f"{what} lacks {sorted(less)}" for less in [set(expected) - set(actual)] if less
    ]


def broken_anchors(text: str) -> list[str]:
    """Return the links inside the page that lead nowhere, in the HTML that PyPI makes."""
    from readme_renderer.markdown import render

    html = render(text) or ""
    ids = set(re.findall(r'id="([^"]+)"', html))
    return [f"#{anchor}: no such heading" for anchor in re.findall(r'href="#([^"]+)"', html) if anchor not in ids]


def check(folder: Path) -> list[str]:
    """Return what is wrong with the sdist and the wheel of a folder."""
    listed = subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True).splitlines()
    sources = {path for path in listed if path == ".gitignore" or not path.startswith(".")}
    package = {path for path in sources if path.startswith("workato_async/")}
    with zipfile.ZipFile(folder / f"{NAME}-py3-none-any.whl") as wheel:
        found = difference("the wheel", wheel.namelist(), package - MOVED.keys() | {*MOVED.values()} | INFO)
        found += [f"the wheel lacks {name}" for name in NEEDED if name not in wheel.namelist()]
        metadata = Metadata.from_email(wheel.read(f"{NAME}.dist-info/METADATA"), validate=True)
    with tarfile.open(folder / f"{NAME}.tar.gz") as sdist:
        names = {member.name.removeprefix(f"{NAME}/") for member in sdist.getmembers() if member.isfile()}
    found += difference("the sdist", names, sources | {"PKG-INFO"})
    text = metadata.description or ""
    if not metadata.summary or len(metadata.summary) > LONGEST_SUMMARY:
        found.append("the summary is too long, or missing")
    return found + problems(text, __version__) + broken_anchors(text)


def main() -> None:
    found = check(Path(sys.argv[1]))
    sys.exit("\n".join(found) if found else None)


if __name__ == "__main__":
    main()

"""The lines for a shell name extras, modules and files that exist.

The commands of ``workato-async`` run in tests/cli/test_shown_commands.py.
"""

from __future__ import annotations

import importlib.util
import re
import tomllib
from pathlib import Path

import pytest

from tests.support.documents import PAGES, ROOT, blocks, name

PROGRAMS = (
    "airflow cat cd celery chmod curl datasette docker echo export git jupyter mkdir mkdocs nox pip pre-commit psql "
    "pyinstaller pytest python python3 source taskiq uv uvicorn workato workato-async"
)
"""What lines may begin with."""
PAGES_WITH_SHELL = [page for page in PAGES if any(True for _ in blocks(page, "sh", "console"))]
SESSIONS = {*re.findall(r"^def (\w+)\(session", (ROOT / "noxfile.py").read_text("utf-8"), re.MULTILINE)} | {
    f"python3.{minor}" for minor in range(11, 15)
}
EXTRAS = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"])


def lines(page: Path) -> list[str]:
    """Return the lines of the shell, without comments, continuations joined."""
    found = []
    for block in blocks(page, "sh", "console"):
        code = re.sub(r"\\\n\s*", " ", block.code)
        if block.language == "console":
            code = "\n".join(re.findall(r"^\$ (.+)$", code, re.MULTILINE))
        found += [line for one in code.splitlines() if (line := re.sub(r"(^|\s)#.*", "", one).strip())]
    return found


@pytest.mark.parametrize("page", PAGES_WITH_SHELL, ids=name)
def test_lines(page: Path) -> None:
    titles = {block.title for block in blocks(page)}
    for line in lines(page):
        words = re.sub(r"^(?:[A-Z_]+=\S+ )+", "", line).split()
        program = words[0].rpartition("/")[2] if words[0].startswith(".venv") else words[0]
        assert program in PROGRAMS.split() or line[0] in "|>&", line
        for extras in re.findall(r"(?:workato-async|\.)\[([\w,]+)\]", line):
            assert set(extras.split(",")) <= EXTRAS, line
        for module in re.findall(r"-m (workato_async[\w.]*|benchmarks[\w.]*|tests[\w.]*)", line):
            found = importlib.util.find_spec(module)
            assert found, line
            folder = found.submodule_search_locations
            files = Path(folder[0]).glob("*.py") if folder else [Path(str(found.origin))]
            source = "".join(file.read_text("utf-8") for file in files)
            assert all(one in source for one in re.findall(r" (--[a-z-]+)", line.partition(module)[2])), line
        for sessions in re.findall(r"^nox .*?-s ((?:[a-z][\w.]* ?)+)", line):
            assert set(sessions.split()) <= SESSIONS, line
        for file in re.findall(r"python3? (\S+\.py)", line):
            assert file in titles or (ROOT / file).exists(), line

"""The notes of a release, from the changelog: ``python -m tests.support.release_notes 0.1.0``."""

from __future__ import annotations

import re
import sys
from pathlib import Path

CHANGELOG = Path(__file__).parents[2] / "CHANGELOG.md"


def release_notes(version: str, changelog: str) -> str:
    """Return the section of a version without its heading, and with the link references that it uses.

    Raises:
        ValueError: if there is no such section, it has no date, or it is empty.
    """
    references = re.findall(r"(?m)^(\[[^\]]+\]): .*$", changelog)
    text, *_ = re.split(r"(?m)^\[[^\]]+\]: ", changelog, maxsplit=1)
    found = re.search(rf"(?ms)^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d\n(.*?)(?=^## |\Z)", text)
    if not found or not found[1].strip():
        raise ValueError(f"CHANGELOG.md has no section '## [{version}] - YYYY-MM-DD' with anything in it")
    notes = found[1].strip()
    used = [reference for reference in references if reference in notes]
    lines = [line for line in changelog.splitlines() if line.startswith(tuple(f"{name}: " for name in used))]
    return "\n\n".join([notes, *(["\n".join(lines)] if used else [])]) + "\n"


if __name__ == "__main__":
    sys.stdout.write(release_notes(sys.argv[1], CHANGELOG.read_text("utf-8")))

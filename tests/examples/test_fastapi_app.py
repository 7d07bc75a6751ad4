"""The FastAPI example: one session per process, and its worker processes share a quota."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.support.program import account, address_in, started
from workato_async.testing import FakeWorkato

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("fastapi")
pytest.importorskip("uvicorn")

WORKERS = 2
REQUESTS = 70
"""The quota is 60 a minute."""


def get(url: str) -> tuple[int, object, str | None]:
    """Return status, body and Retry-After of a response."""
    try:
        with urllib.request.urlopen(url) as response:
            return response.status, json.load(response), None
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error), error.headers["Retry-After"]


def test_worker_processes_share_a_quota(tmp_path: Path) -> None:
    server = ("-m", "uvicorn", "examples.fastapi_app:app", f"--workers={WORKERS}", "--port=0", "--no-access-log")
    with FakeWorkato(recipes=1, jobs=0) as fake, ThreadPoolExecutor(8) as threads:
        environment = account(fake.url, XDG_STATE_HOME=str(tmp_path))
        (recipe_id,) = fake.state.recipes
        with started(*server, environment=environment) as process:
            address = address_in(process)
            assert process.stdout
            for _ in range(WORKERS):
                while "startup complete" not in process.stdout.readline():
                    assert process.poll() is None
            assert get(f"{address}/recipes/1")[0] == 404
            responses = list(threads.map(get, [f"{address}/recipes/{recipe_id}"] * REQUESTS))
        assert [request.status for request in fake.requests] == [404, *[200] * 59]
    assert Counter(status for status, _, _ in responses) == {200: 59, 503: REQUESTS - 59}
    for status, body, retry_after in responses:
        if status == 200:
            assert isinstance(body, dict)
            assert body.keys() == {"id", "name", "running"}
            assert body["id"] == recipe_id
        else:
            assert retry_after is not None
            assert 50 < int(retry_after) <= 61

"""Figures that pages state, often several of them, are those of the code."""

from __future__ import annotations

import re
from collections import Counter
from inspect import signature

import pytest

from tests.facts import FACTS
from tests.support.documents import ROOT
from tests.support.pictures import default_settings
from workato_async import ENDPOINTS, RetryPolicy, _zip, fan_out
from workato_async._blocking.call import GRACE
from workato_async._files import MAX_DOWNLOAD
from workato_async.calls.retry import FAILED_STATUSES
from workato_async.cli.demo.inventory import Inventory
from workato_async.cli.job_repeater import INTERRUPT_GRACE
from workato_async.embedded import EMBEDDED_ENDPOINTS
from workato_async.http.credentials import SHORTEST_SECRET
from workato_async.http.downloads import PERIOD, SLOWEST
from workato_async.http.transport import CONNECT_TIMEOUT, MAX_BODY
from workato_async.limits import bucket, machine, slow_start, waiting
from workato_async.limits.redis import store as redis
from workato_async.operations import LONGEST_PAUSE
from workato_async.resources.transfers import BETWEEN_IMPORTS, LARGEST_PACKAGE
from workato_async.session import RESPONSE_TIMEOUT

WORDS = {2: "two", 5: "five", 6: "sixth", 8: "eight", 10: "ten", 16: "sixteenth"}
RETRY = RetryPolicy()
SURE = Counter(fact["confidence"] for fact in FACTS.values())
PRIVILEGES = sum(bool(endpoint.privilege) for endpoint in ENDPOINTS)
DOWNLOAD = f"{SLOWEST // 1024} KiB a minute"
DEMO = default_settings()
STATED = [
    (
        "README.md",
        f"failed jobs of {len(Inventory.of(DEMO.fake().state).running_ids)} recipes on a local fake of the API, "
        f"{1 / DEMO.time_scale:g} times faster",
    ),
    *(
        ("docs/guide/retries.md", f"| `{name}` | {getattr(RETRY, name):g} |")
        for name in ("attempts", "refusals", "base", "cap", "budget")
    ),
    ("docs/guide/retries.md", f"| {', '.join(map(str, sorted(one for one in FAILED_STATUSES if one < 520)))}, 520 to"),
    ("docs/guide/retries.md", f"with at most {CONNECT_TIMEOUT:g} s for the connection"),
    ("docs/guide/processes.md", f"waits {WORDS[int(redis.TIMEOUT)]} seconds (`timeout=`)"),
    ("docs/guide/pacing.md", f"at most a {WORDS[60 // slow_start.first_burst(60)]} of the quota (at least eight"),
    ("docs/guide/pacing.md", f"is a {WORDS[round(1 / bucket.FIRST_PAUSE)]} of the window"),
    ("CHANGELOG.md", f"keep {BETWEEN_IMPORTS / 60:g} minutes between"),
    ("CHANGELOG.md", f"when calls wait for more than {WORDS[int(waiting.LONG_WAIT)]} seconds"),
    ("CHANGELOG.md", f"(`max_bytes`, {MAX_DOWNLOAD // 2**30} GiB)"),
    ("SECURITY.md", f"more than {_zip.MOST_RATIO} times its size ({_zip.MOST_UNPACKED // 2**30} GiB at most"),
    ("SECURITY.md", f"{_zip.ANY_RATIO // 2**20} MiB are always allowed"),
    ("SECURITY.md", f"shorter than {SHORTEST_SECRET} characters"),
    ("docs/guide/any-endpoint.md", f"{len(ENDPOINTS)} in all"),
    ("docs/guide/any-endpoint.md", f"`documented` ({SURE['documented']}), `partly`"),
    ("docs/guide/any-endpoint.md", f"({SURE['partly']}), or `inferred` from other clients ({SURE['inferred']})"),
    ("docs/guide/customers.md", f"The {len(EMBEDDED_ENDPOINTS)} endpoints of customers' workspaces"),
    ("CHANGELOG.md", f"{len(ENDPOINTS)} in all"),
    ("CHANGELOG.md", f"{PRIVILEGES} endpoints name the client-role privilege"),
    ("docs/guide/fan-out.md", f"({signature(fan_out).parameters['concurrency'].default} by default)"),
    ("docs/guide/retries.md", f"up to {WORDS[RETRY.attempts]} attempts"),
    ("docs/guide/retries.md", f"retried after up to {WORDS[RETRY.refusals]} 429s"),
    ("docs/guide/pacing.md", f"more than {WORDS[RETRY.refusals]} 429s"),
    ("docs/errors.md", f"up to {WORDS[RETRY.attempts]} times"),
    ("docs/errors.md", f"more than {WORDS[RETRY.refusals]} 429s"),
    ("docs/guide/retries.md", f"| {RESPONSE_TIMEOUT:g} s |"),
    ("docs/troubleshooting.md", f"waits {RESPONSE_TIMEOUT:g} seconds for a response"),
    ("docs/guide/blocking.md", f"has {WORDS[int(GRACE)]} seconds to get its response"),
    ("docs/cookbook/notebook.md", f"has {WORDS[int(GRACE)]} seconds to get its response"),
    ("docs/cookbook/celery.md", f"has {WORDS[int(GRACE)]} seconds to get its response"),
    ("CHANGELOG.md", f"has {WORDS[int(GRACE)]} seconds to get its response"),
    ("docs/cookbook/repeat-failed-jobs.md", f"waits up to {INTERRUPT_GRACE:g} seconds"),
    ("docs/guide/processes.md", f"`lease` seconds ({redis.LEASE:g} by default)"),
    ("docs/guide/processes.md", f"after {WORDS[int(machine.LEASE / 60)]} minutes"),
    ("docs/guide/operations.md", f"up to every {LONGEST_PAUSE:g} s"),
    ("docs/guide/operations.md", f"at most {LARGEST_PACKAGE // 2**20} MB"),
    ("docs/guide/operations.md", f"{MAX_DOWNLOAD // 2**30} GiB by default"),
    ("docs/guide/operations.md", f"slower than {DOWNLOAD}"),
    ("docs/upgrade.md", f"slower than {DOWNLOAD}"),
    ("SECURITY.md", f"({MAX_DOWNLOAD // 2**30} GiB by default)"),
    ("SECURITY.md", f"at least {SLOWEST // 1024} KiB must arrive per minute"),
    ("SECURITY.md", f"At most {MAX_BODY // 2**20} MiB of a decoded body"),
]


@pytest.mark.parametrize(("page", "text"), STATED)
def test_it_is_that_of_the_code(page: str, text: str) -> None:
    assert PERIOD == 60
    assert text in re.sub(r"\s+", " ", (ROOT / page).read_text("utf-8"))

"""Figures that pages state, often several of them, are those of the code."""

from __future__ import annotations

import re
import sys
from collections import Counter
from inspect import signature
from pathlib import Path

import pytest

from tests.facts import FACTS
from tests.support.documents import PAGES, ROOT, name
from tests.support.pictures import default_settings
from workato_async import ENDPOINTS, Limiter, RetryPolicy, WorkatoSession, _brake, _zip, fan_out
from workato_async._blocking.call import GRACE
from workato_async._files import MAX_DOWNLOAD
from workato_async.calls.retry import FAILED_STATUSES
from workato_async.calls.retry_budget import RetryBudget
from workato_async.cli.command_runner import ExitStatus
from workato_async.cli.demo.inventory import Inventory
from workato_async.cli.job_repeater import INTERRUPT_GRACE
from workato_async.doctor.connection import ACCURATE
from workato_async.embedded import EMBEDDED_ENDPOINTS
from workato_async.http.credentials import SHORTEST_SECRET
from workato_async.http.downloads import PERIOD, SLOWEST
from workato_async.http.hosts import DATA_CENTERS
from workato_async.http.token_provider import PROVIDER_TIMEOUT
from workato_async.http.transport import CONNECT_TIMEOUT, MAX_BODY
from workato_async.limits import bucket, machine, room, slow_start, wait_queue, waiting
from workato_async.limits.redis import store as redis
from workato_async.mirror import STREAMS
from workato_async.operations import FIRST_PAUSE, LONGEST_PAUSE, WAIT_TIMEOUT
from workato_async.resources.activity_logs import ActivityLogs
from workato_async.resources.jobs.jobs import LONGEST_JOB, REPEAT_AT_MOST, Jobs
from workato_async.resources.transfers import BETWEEN_IMPORTS, LARGEST_PACKAGE
from workato_async.session import RESPONSE_TIMEOUT
from workato_async.testing import FakeWorkato
from workato_async.testing.clock import EPOCH

WORDS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "sixth", 8: "eight", 9: "nine", 10: "ten", 16: "sixteenth"}
ORDINALS = {5: "fifth", 10: "tenth"}
RETRY = RetryPolicy()
SURE = Counter(fact["confidence"] for fact in FACTS.values())
PRIVILEGES = sum(bool(endpoint.privilege) for endpoint in ENDPOINTS)
QUOTAS = {endpoint.id: endpoint.quota for endpoint in ENDPOINTS}
PAGES_OF = {endpoint.id: endpoint.listing.largest for endpoint in ENDPOINTS if endpoint.listing}
A_MINUTE = {f"{quota.requests:,}" for quota in QUOTAS.values() if quota.per == 60}
SHOWN_TESTS = (ROOT / "docs" / "cookbook" / "test-your-code.md").read_text("utf-8").count("def test_")
STREAM_NAMES = [f"`{one}`" for one in STREAMS]
OVERLAP = signature(ActivityLogs.watch).parameters["overlap"].default
EVERY = signature(Jobs.watch).parameters["every"].default
DATA_CENTERS_BESIDE = ", ".join(f"`{one}`" for one in DATA_CENTERS if one not in {"us", "eu"})
STATUSES = {
    ExitStatus.DONE: "success",
    ExitStatus.PARTLY_FAILED: "something failed or is incomplete",
    ExitStatus.USAGE: "usage error",
    ExitStatus.AUTHENTICATION: "authentication error",
    ExitStatus.INTERRUPTED: "interrupted by Ctrl-C",
}
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
    ("CHANGELOG.md", f"has to wait for more than {WORDS[int(waiting.LONG_WAIT)]} seconds"),
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
    ("docs/guide/retries.md", f"every success earns a {ORDINALS[round(1 / RetryBudget.EARNED)]} of one back"),
    ("docs/guide/pacing.md", f"up to {WORDS[room.LONGEST_GAP]} windows"),
    ("docs/guide/pacing.md", f"Every {ORDINALS[wait_queue.PASSES + 1]} permit goes to a lower priority"),
    ("docs/guide/fan-out.md", f"`max_connections={signature(WorkatoSession).parameters['max_connections'].default}`"),
    ("docs/guide/operations.md", f"after {FIRST_PAUSE:g} s, then {FIRST_PAUSE * 1.5:g} s"),
    ("docs/guide/operations.md", f"operation.wait(timeout={WAIT_TIMEOUT:g})"),
    ("docs/guide/operations.md", f"{QUOTAS['packages.import'].requests} imports an hour"),
    ("docs/guide/lists.md", f"A page has up to {PAGES_OF['recipes.list']} items"),
    *(("docs/guide/command-line.md", f"| {status:d} | {words}") for status, words in STATUSES.items()),
    ("docs/cookbook/failed-jobs.md", f"more than {LONGEST_JOB.removesuffix('h')} hours before"),
    ("docs/cookbook/audit-log.md", f"looks back up to {WORDS[int(OVERLAP.removesuffix('m'))]} minutes"),
    ("docs/cookbook/lookup-table-from-csv.md", f"Rows are read {PAGES_OF['lookup_tables.rows.list']:,} per request"),
    ("docs/cookbook/rotate-a-token.md", "has a minute to return" if PROVIDER_TIMEOUT == 60 else "another time"),
    ("docs/guide/lists.md", "one minute by default" if EVERY == 60 else "another time"),
    (
        "docs/cookbook/back-up-recipes.md",
        f"which is {60 * PAGES_OF['recipes.list']:,} recipes",
    ),
    ("docs/cookbook/test-your-code.md", f"The {WORDS[SHOWN_TESTS]} tests of this page"),
    (
        "docs/guide/mirror.md",
        f"The streams are {', '.join(STREAM_NAMES[:-1])} and {STREAM_NAMES[-1]}",
    ),
    ("docs/troubleshooting.md", f"off by {ACCURATE:g} seconds"),
    ("README.md", f'`us`. For another, pass `data_center="eu"` (or {DATA_CENTERS_BESIDE})'),
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


EVERYWHERE = [
    (r"(\w+) minutes[^.:|]{0,32} (?:between|of the last)", {f"{BETWEEN_IMPORTS / 60:g}"}),
    (r"more than (\w+) and more than a \w+", {WORDS[_brake.FEW]}),
    (r"more than \w+ and more than a (\w+)", {ORDINALS[_brake.SHARE]}),
    (r"(?<![\d,])(\d+) (?:jobs )?per request|one request per (?=\d+ jobs)(\d+)", {str(REPEAT_AT_MOST)}),
    (r"(\d+) MB\b", {str(LARGEST_PACKAGE // 2**20)}),
    (r"(\w+) seconds to get (?:its|their) response", {WORDS[int(GRACE)]}),
    (r"for more than (\w+) seconds", {WORDS[int(waiting.LONG_WAIT)]}),
    (r"[Rr]equests? per (\d+) recipes", {str(PAGES_OF["recipes.list"])}),
    (
        r"(\d[\d,]*) (?:calls |requests |of those )?a minute",
        {f"{one.requests:,}" for one in QUOTAS.values() if one.per == 60},
    ),
    (r"\bclock [^.]{0,60}starts at ([\dTZ:-]+)", {f"{EPOCH:%Y-%m-%dT%H:%MZ}"}),
]
"""What pages state again and again: where it stands, and the only values."""


@pytest.mark.parametrize(("where", "values"), EVERYWHERE)
def test_it_is_the_same_everywhere(where: str, values: set[str]) -> None:
    found: set[str] = set()
    for page in (*PAGES, ROOT / "CHANGELOG.md"):
        text = re.sub(r"\s+", " ", page.read_text("utf-8"))
        stated = {"".join(one) for one in re.findall(where, text)}
        assert stated <= values, name(page)
        found |= stated
    assert found == values


def test_how_long_calls_take() -> None:
    """On a quota of 60 a minute, N of them take N/60 minutes, less the first 60."""
    numbers = {word: number for number, word in WORDS.items()}
    found: list[tuple[str, str]] = []
    limiter = Limiter()
    WorkatoSession("token", data_center="us", limiter=limiter)
    for page in PAGES:
        text = re.sub(r"\s+", " ", page.read_text("utf-8"))
        found += re.findall(r"([\d,]*\d),? (?:[\w`.]+ ){1,4}takes? (?:about |at least )?(\w+) minutes", text)
        found += re.findall(r"With ([\d,]+), it takes (\w+) minutes", text)
        found += [(calls, minutes) for minutes, calls in re.findall(r"(\w+) minutes for ([\d,]*\d)", text)]
    for calls, minutes in found:
        takes = round(limiter.eta("recipes.get", int(calls.replace(",", ""))) / 60)
        assert takes == int(numbers.get(minutes, minutes)), f"{calls} in {minutes}"
    assert len(found) > 6


def test_the_fixture(fake_workato: FakeWorkato) -> None:
    jobs = sum(len(fake_workato.state.jobs[recipe_id]) for recipe_id in fake_workato.state.recipes)
    text = " ".join((ROOT / "docs" / "guide" / "testing.md").read_text("utf-8").split())
    assert f"a workspace with {len(fake_workato.state.recipes)} recipes and {jobs} jobs" in text


@pytest.mark.skipif(sys.platform != "linux", reason="the page has the path on Linux")
def test_the_file_of_quotas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    path = machine.default_path().relative_to(Path.home())
    assert f"`~/{path}`" in (ROOT / "docs" / "guide" / "processes.md").read_text("utf-8")

"""``workato-async jobs``: lists, and the repeating of what failed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Shell
from workato_async._backoff import sleep
from workato_async.cli import job_repeater
from workato_async.testing import FakeWorkato, Refuse429, Reset, Status

ALL = ("--since", "2025-01-01")


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "ledger.jsonl"


def failed(shell: Shell, *recipe_ids: int) -> set[str]:
    """Return the master ids of the failed jobs."""
    jobs = shell.fake.state.jobs
    chosen = recipe_ids or [*shell.fake.state.recipes]
    return {
        job["master_job_id"] for recipe_id in chosen for job in jobs[recipe_id].values() if job["status"] == "failed"
    }


def sent_ids(shell: Shell) -> list[str]:
    repeats = [request for request in shell.fake.requests if request.endpoint == "jobs.repeat"]
    return [job_id for request in repeats for job_id in request.json["job_ids"]]


def repeat(shell: Shell, ledger: Path, *options: object, status: int = 0) -> list[Any]:
    return shell.json("jobs", "repeat-failed", *ALL, "--ledger", ledger, "--yes", *options, status=status)


def test_jobs_of_a_recipe(shell: Shell) -> None:
    shell.fake = FakeWorkato(recipes=2, jobs=90)
    jobs = [*reversed(shell.fake.state.jobs[10001].values())]
    assert [row["id"] for row in shell.json("jobs", "list", 10001)] == [job["id"] for job in jobs]
    rows = shell.json("jobs", "list", 10001, "--status", "failed", "--since", "2026-01-15T10:00Z")
    assert [row["id"] for row in rows] == [
        job["id"] for job in jobs if job["status"] == "failed" and job["started_at"] >= "2026-01-15T10:00"
    ]
    assert {row["status"] for row in rows} == {"failed"}
    for row in shell.json("jobs", "list", 10001, "--reruns"):
        assert row["master_job_id"] != row["id"]
    assert shell("jobs", "list", 10002).stderr == "no jobs found\n"
    assert "10001 is not" not in shell("jobs", "list", 4711, status=1).stderr


def test_one_job(shell: Shell) -> None:
    shell.fake = FakeWorkato(recipes=2, jobs=9)
    job_id = [*shell.fake.state.jobs[10001]][3]
    assert shell.json("jobs", "show", 10001, job_id)[0]["lines"]
    assert shell("jobs", "show", 10001, job_id).stdout.startswith(f"id                 {job_id}\n")
    shell("jobs", "show", 10001, "j-unknown", status=1)
    assert "j/../x" in shell("jobs", "show", 10001, "j/../x", status=2).stderr


def test_every_failed_job_is_repeated_once(shell: Shell, ledger: Path) -> None:
    shell.fake = FakeWorkato(recipes=12, jobs=1800)
    masters = failed(shell)
    rows = repeat(shell, ledger)
    assert len(masters) == 300
    assert sorted(sent_ids(shell)) == sorted(masters)
    assert {row["job_id"] for row in rows} == masters
    assert {row["outcome"] for row in rows} == {"repeated"}
    assert all(row["repeated_as"] for row in rows)
    assert max(len(r.json["job_ids"]) for r in shell.fake.requests if r.endpoint == "jobs.repeat") == 25
    assert shell.fake.refused == 0


def test_a_second_run_repeats_nothing_even_if_the_repeats_failed(shell: Shell, ledger: Path) -> None:
    shell.fake = FakeWorkato(recipes=4, jobs=60)
    masters = failed(shell)
    for row in repeat(shell, ledger):
        shell.fake.state.finish_job(row["recipe_id"], row["repeated_as"], status="failed")
    result = shell("jobs", "repeat-failed", *ALL, "--yes", "--ledger", ledger)
    assert result.stderr == (
        f"no failed jobs to repeat\nrepeated 0 jobs, {len(masters)} repeated by an earlier run (ledger: {ledger})\n"
    )
    assert sorted(sent_ids(shell)) == sorted(masters)
    again = min(masters)
    assert [row["job_id"] for row in repeat(shell, ledger, "--force-job", again)] == [again]
    assert len(sent_ids(shell)) == len(masters) + 1


def test_recipes_and_since(shell: Shell, ledger: Path) -> None:
    shell.fake = FakeWorkato(recipes=8, jobs=400)
    rows = repeat(shell, ledger, "--recipe", 10001, "--recipe", 10003)
    assert {row["job_id"] for row in rows} == failed(shell, 10001, 10003)
    recent = {
        job["master_job_id"]
        for job in shell.fake.state.jobs[10005].values()
        if job["status"] == "failed" and job["started_at"] >= "2026-01-15T12:00"
    }
    rows = repeat(shell, ledger, "--recipe", 10005, "--since", "2026-01-15T12:00Z")
    assert 0 < len(recent) < len(failed(shell, 10005))
    assert {row["job_id"] for row in rows} == recent


def test_recipes_without_failures_cost_nothing(shell: Shell, ledger: Path) -> None:
    shell.fake = FakeWorkato(recipes=100, jobs=0)
    shell.fake.state.add_job(10002, status="failed")
    shell.fake.state.add_job(10004, status="succeeded")
    assert len(repeat(shell, ledger)) == 1
    assert shell.sent("recipes.list") == 2  # a full page, and the empty one that ends it
    assert shell.sent("jobs.list") == 2


def test_a_dry_run_sends_nothing_and_writes_nothing(shell: Shell, ledger: Path) -> None:
    shell.fake = FakeWorkato(recipes=2, jobs=1800 * 5)
    result = shell("jobs", "repeat-failed", *ALL, "--ledger", ledger, "--dry-run", "--csv")
    masters = failed(shell)
    assert len(result.stdout.splitlines()) == 1 + len(masters)
    calls = -(-len(masters) // 25)
    assert result.stderr == (
        f"would repeat {len(masters):,} jobs: {calls} calls of POST /api/recipes/{{recipe_id}}/repeat_jobs "
        f"(1 per 1 s), about {calls - 1} s\n"
    )
    assert shell.sent("jobs.repeat") == 0
    assert not ledger.exists()


def test_rejections_are_listed_and_tried_again(shell: Shell, ledger: Path) -> None:
    shell.fake = FakeWorkato(recipes=2, jobs=30)
    masters = sorted(failed(shell))
    shell.fake.state.expired_jobs.add(masters[0])
    result = shell("jobs", "repeat-failed", *ALL, "--yes", "--ledger", ledger, status=1)
    assert f"failed: {masters[0]}: Can not repeat job" in result.stderr
    assert f"repeated {len(masters) - 1} jobs, 1 refused" in result.stderr
    shell.fake.state.expired_jobs.clear()
    assert [row["job_id"] for row in repeat(shell, ledger)] == masters[:1]


def test_a_lost_response_is_unknown_and_not_repeated(shell: Shell, ledger: Path) -> None:
    shell.fake = FakeWorkato(recipes=2, jobs=300)
    masters = failed(shell)
    shell.fake.fail("jobs.repeat", Reset("after"))
    rows = repeat(shell, ledger, status=1)
    unknown = {row["job_id"] for row in rows if row["outcome"] == "unknown"}
    assert len(unknown) == 25
    assert {row["job_id"] for row in rows} == masters
    result = shell("jobs", "repeat-failed", *ALL, "--yes", "--ledger", ledger, status=1)
    assert sorted(sent_ids(shell)) == sorted(masters)
    one = min(unknown)
    (line,) = [line for line in result.stderr.splitlines() if line.startswith(f"failed: {one}: ")]
    assert "jobs list 10001 --reruns" in line
    assert f"--mark-repeated {one}" in line
    assert f"--force-job {one}" in line
    other = max(unknown)
    rows = repeat(shell, ledger, "--mark-repeated", other, "--force-job", one, status=1)
    outcomes = {row["job_id"]: row["outcome"] for row in rows}
    assert outcomes == {**dict.fromkeys(unknown - {other}, "unknown"), one: "repeated"}


def test_the_former_option_names_still_work_and_are_hidden(shell: Shell, ledger: Path) -> None:
    shell.fake = FakeWorkato(recipes=2, jobs=30)
    one, other, *_ = masters = sorted(failed(shell))
    rows = repeat(shell, ledger, "--settled", one, "--settled", other)
    assert {row["job_id"] for row in rows} == {*masters[2:]}
    assert [row["job_id"] for row in repeat(shell, ledger, "--again", one)] == [one]
    shown = shell("jobs", "repeat-failed", "--help").stdout
    assert "--force-job" in shown
    assert not {"--again", "--settled"} & {*shown.split()}


def test_what_was_certainly_not_repeated_is_tried_again(shell: Shell, ledger: Path) -> None:
    shell.fake = FakeWorkato(recipes=2, jobs=100)
    masters = failed(shell)
    shell.fake.fail("jobs.repeat", Status(422, '{"message": "no"}'))
    assert {row["outcome"] for row in repeat(shell, ledger, status=1)} == {"failed"}
    rows = repeat(shell, ledger)
    assert {row["job_id"] for row in rows} == masters


def test_a_429_is_waited_out(shell: Shell, ledger: Path) -> None:
    shell.fake = FakeWorkato(recipes=2, jobs=300)
    shell.fake.fail("jobs.repeat", Refuse429("120"), after=1)
    assert {row["outcome"] for row in repeat(shell, ledger)} == {"repeated"}


def test_a_429_for_hours_is_not_waited_out(shell: Shell, ledger: Path) -> None:
    shell.fake = FakeWorkato(recipes=2, jobs=300)
    shell.fake.fail("jobs.repeat", Refuse429("7200"))
    assert {row["outcome"] for row in repeat(shell, ledger, status=1)} == {"failed"}
    assert shell.sent("jobs.repeat") == 1


def test_what_waits_for_the_quota_is_not_in_doubt(shell: Shell, ledger: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shell.fake = FakeWorkato(recipes=2, jobs=900)
    last_lines: list[str] = []

    async def recorded(seconds: float) -> None:
        last_lines.append(json.loads(ledger.read_text().splitlines()[-1])["event"])
        await sleep(seconds)

    monkeypatch.setattr(job_repeater, "sleep", recorded)
    repeat(shell, ledger)
    assert last_lines == ["answered"] * (shell.sent("jobs.repeat") - 1)
    assert last_lines


def test_recipes_that_cannot_be_read_are_listed(shell: Shell, ledger: Path) -> None:
    shell.fake = FakeWorkato(recipes=6, jobs=60)
    shell.fake.fail("jobs.list", Status(403))
    result = shell("jobs", "repeat-failed", *ALL, "--yes", "--ledger", ledger, status=1)
    assert "failed: recipe 10" in result.stderr
    assert len({*sent_ids(shell)}) > 0


def test_a_token_that_dies_on_the_way_ends_the_run(shell: Shell, ledger: Path) -> None:
    shell.fake = FakeWorkato(recipes=2, jobs=600)
    masters = failed(shell)
    shell.fake.fail("jobs.repeat", Status(401), after=1)
    result = shell("jobs", "repeat-failed", *ALL, "--yes", "--ledger", ledger, status=3)
    assert "HTTP 401" in result.stderr
    assert shell.sent("jobs.repeat") == 2
    assert {row["job_id"] for row in repeat(shell, ledger)} == masters - {*sent_ids(shell)[:25]}


def test_again_must_be_among_what_is_found(shell: Shell, ledger: Path) -> None:
    shell.fake = FakeWorkato(recipes=2, jobs=0)
    result = shell("jobs", "repeat-failed", *ALL, "--yes", "--ledger", ledger, "--force-job", "j-no", status=1)
    assert "failed: j-no: given with --force-job" in result.stderr


def test_a_ledger_of_something_else_is_invalid(shell: Shell, ledger: Path) -> None:
    shell.fake = FakeWorkato(recipes=2, jobs=30)
    for text in ("hello\n", "[1]\n", '{"event": "other"}\n', "{}\n\n"):
        ledger.write_text(text)
        result = shell("jobs", "repeat-failed", *ALL, "--yes", "--ledger", ledger, status=1)
        assert result.stderr == f"error: {ledger}, line 1: not a valid ledger entry\n"
        assert ledger.read_text() == text
    assert shell.fake.requests == []


def test_the_ledger_of_the_host_is_kept_among_the_state_files(shell: Shell) -> None:
    shell.fake = FakeWorkato(recipes=2, jobs=30)
    shell.json("jobs", "repeat-failed", *ALL, "--yes")
    (found,) = (shell.home / ".local/state/workato-async").iterdir()
    assert found.name.startswith("repeated-jobs-127.0.0.1-")
    assert found.stat().st_mode & 0o777 == 0o600
    events = [json.loads(line)["event"] for line in found.read_text().splitlines()]
    assert events == ["sending", "answered"]


def test_a_wrong_since_is_a_usage_error(shell: Shell) -> None:
    for text in ("yesterday", "24", "xh", "-", "2026-13-01"):
        assert "expected a duration" in shell("jobs", "repeat-failed", f"--since={text}", status=2).stderr

"""``workato-async jobs repeat|cancel``, and the question of ``repeat-failed``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Shell
from tests.support.ctrl_c import press_ctrl_c_after
from workato_async.cli import confirmation, job_repeater
from workato_async.testing import FakeWorkato, Reset, Stall, Status


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "ledger.jsonl"


@pytest.fixture
def failed(shell: Shell) -> list[str]:
    """Failed jobs of recipe 10001; recipe 10002 has one."""
    shell.fake = FakeWorkato(recipes=2, jobs=0)
    state = shell.fake.state
    state.add_job(10002, status="failed", id="j-other")
    return [state.add_job(10001, status="failed")["id"] for _ in range(30)]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The questions on a terminal, to which the response is yes."""
    questions: list[str] = []

    def ask(question: str) -> bool:
        questions.append(question)
        return True

    monkeypatch.setattr(confirmation, "can_ask", lambda: True)
    monkeypatch.setattr(job_repeater, "can_ask", lambda: True)
    monkeypatch.setattr(confirmation, "ask", ask)
    return questions


def sent(shell: Shell, endpoint: str = "jobs.repeat") -> list[str]:
    requests = [request for request in shell.fake.requests if request.endpoint == endpoint]
    assert all(len(request.json["job_ids"]) <= 25 for request in requests)
    return [job_id for request in requests for job_id in request.json["job_ids"]]


def test_jobs_are_repeated_once(shell: Shell, failed: list[str], ledger: Path) -> None:
    repeat: tuple[Any, ...] = ("jobs", "repeat", 10001, *failed, failed[0], "--yes", "--ledger", ledger)
    rows = shell.json(*repeat)
    assert [row["job_id"] for row in rows] == failed == sent(shell)
    result = shell(*repeat)
    assert "repeated 0 jobs, 30 repeated by an earlier run" in result.stderr
    assert sent(shell) == failed
    (row,) = shell.json(*repeat[:-2], "--ledger", ledger, "--force-job", failed[3])
    assert row["job_id"] == failed[3]


def test_both_commands_have_one_ledger(shell: Shell, failed: list[str], ledger: Path) -> None:
    shell.json("jobs", "repeat", 10001, *failed[:5], "--yes", "--ledger", ledger)
    rows = shell.json("jobs", "repeat-failed", "--since", "2025-01-01", "--yes", "--ledger", ledger)
    assert {row["job_id"] for row in rows} == {*failed[5:], "j-other"}


def test_ids_from_standard_input(shell: Shell, failed: list[str], ledger: Path) -> None:
    state = shell.fake.state
    again = state.add_job(10001, status="failed", master_job_id=failed[0])
    lines = "\n".join([failed[1], "", json.dumps(again), json.dumps({"id": "j-other", "recipe_id": 10002})])
    result = shell("jobs", "repeat", 10001, "-", "--yes", "--ledger", ledger, stdin=lines)
    assert sent(shell) == [failed[1], failed[0]], "a repeat is repeated by its master"
    assert "left out: 1 job of recipes other than 10001" in result.stderr
    name = state.recipes[10001]["name"]
    shell("jobs", "repeat", name, "-", "--yes", "--ledger", ledger, stdin=failed[2])
    assert sent(shell)[-1] == failed[2]


@pytest.mark.parametrize(
    ("arguments", "stdin"),
    [
        ((10001,), None),
        (("-",), "j-1\n"),
        (("-",), '{"id": "j-1", "recipe_id": "x"}\n'),
        ((10001, "-"), '{"recipe_id": 10001}\n'),
        ((10001, "-"), '{"id": 7}\n'),
        ((10001, "-"), "{broken\n"),
        (("-", "j-1"), ""),
    ],
)
def test_what_names_no_job(shell: Shell, failed: list[str], arguments: tuple[Any, ...], stdin: str | None) -> None:
    for command in ("repeat", "cancel") if stdin is not None else ("repeat",):
        result = shell("jobs", command, *arguments, "--yes", stdin=stdin, status=2)
        assert "Invalid value" in result.stderr
    assert sent(shell) == []


@pytest.mark.parametrize("blank", ["", " "])
def test_a_blank_id_is_sent_nowhere_and_leaves_the_ledger_readable(
    shell: Shell, failed: list[str], ledger: Path, blank: str
) -> None:
    repeat: tuple[Any, ...] = ("jobs", "repeat", 10001, "--yes", "--ledger", ledger)
    shell(*repeat, failed[0], blank, status=2)
    line = json.dumps({"id": blank, "recipe_id": 10001})
    assert "an id of a job is missing" in shell(*repeat, "-", status=2, stdin=line).stderr
    assert sent(shell) == []
    ledger.write_text(json.dumps({"event": "sending", "at": "x", "recipe_id": 1, "job_ids": [blank]}) + "\n")
    assert [row["outcome"] for row in shell.json(*repeat, failed[0])] == ["repeated"]


def test_a_dry_run_says_what_it_leaves_out(shell: Shell, failed: list[str], ledger: Path) -> None:
    shell("jobs", "repeat", 10001, *failed[:2], "--yes", "--ledger", ledger)
    result = shell("jobs", "repeat", 10001, *failed[:3], "--dry-run", "--ledger", ledger)
    assert "would repeat 1 job, 2 repeated by an earlier run: 1 call of POST" in result.stderr


def test_its_output_is_its_input(shell: Shell, failed: list[str], ledger: Path) -> None:
    rows = shell("jobs", "repeat", 10001, *failed[:2], "--dry-run", "--json", "--ledger", ledger).stdout
    again = shell("jobs", "repeat", "-", "--yes", "--json", "--ledger", ledger, stdin=rows).stdout
    assert [json.loads(line)["job_id"] for line in again.splitlines()] == failed[:2]


def test_no_input_is_nothing_to_do(shell: Shell, failed: list[str]) -> None:
    assert "no failed jobs to repeat" in shell("jobs", "repeat", "-", "--yes", stdin="").stderr
    assert shell("jobs", "cancel", "-", "--yes", stdin="").stderr == "no jobs to cancel\n"


@pytest.mark.parametrize("command", [("repeat", 10001, "j-1"), ("repeat-failed",), ("cancel", 10001, "j-1")])
def test_nobody_to_ask(shell: Shell, failed: list[str], command: tuple[Any, ...]) -> None:
    result = shell("jobs", *command, status=2)
    assert "There is no terminal to ask; add --yes to confirm" in result.stderr
    assert shell.sent("jobs.list") == 0
    assert sent(shell) == sent(shell, "jobs.cancel") == []


def test_the_question_has_number_workspace_and_host(
    shell: Shell, failed: list[str], asked: list[str], ledger: Path
) -> None:
    shell("jobs", "repeat-failed", "--since", "2025-01-01", "--ledger", ledger)
    host = shell.fake.requests[0].headers["Host"] if shell.fake.requests else ""
    assert len(asked) == 1
    assert asked[0].startswith("Repeat 31 jobs of ")
    assert asked[0].endswith(f"({host})?")
    assert sorted(sent(shell)) == sorted([*failed, "j-other"])
    shell("jobs", "repeat-failed", "--since", "2025-01-01", "--ledger", ledger)
    assert len(asked) == 1, "nothing is due"
    pending = shell.fake.state.add_job(10002, status="pending")["id"]
    shell("jobs", "cancel", 10002, pending)
    assert asked[1].startswith("Cancel 1 job of ")


def test_no_is_no(
    shell: Shell, failed: list[str], monkeypatch: pytest.MonkeyPatch, asked: list[str], ledger: Path
) -> None:
    monkeypatch.setattr(confirmation, "ask", lambda question: False)
    result = shell("jobs", "repeat", 10001, failed[0], "--ledger", ledger, status=1)
    assert "nothing was changed" in result.stderr
    assert sent(shell) == []
    assert not ledger.read_text()


def test_a_dry_run_of_given_jobs(shell: Shell, failed: list[str], ledger: Path) -> None:
    result = shell("jobs", "repeat", 10001, *failed, "--dry-run", "--ledger", ledger)
    assert "would repeat 30 jobs: 2 calls" in result.stderr
    assert sent(shell) == []
    assert not ledger.exists()
    result = shell("jobs", "cancel", 10001, *failed, "--dry-run")
    assert "would cancel 30 jobs: 2 calls of POST /api/recipes/{recipe_id}/cancel_jobs" in result.stderr


def test_jobs_are_cancelled(shell: Shell, failed: list[str]) -> None:
    state = shell.fake.state
    pending = [state.add_job(10001, status="pending")["id"] for _ in range(30)]
    rows = shell.json("jobs", "cancel", 10001, *pending[:2], "--yes")
    assert [(row["job_id"], row["outcome"]) for row in rows] == [(one, "requested") for one in pending[:2]]
    assert state.jobs[10001][pending[0]]["status"] == "canceled"
    result = shell("jobs", "cancel", 10001, "--yes")
    assert "asked to cancel 28 of 28 jobs" in result.stderr
    assert sorted(sent(shell, "jobs.cancel")) == sorted(pending)
    assert all(state.jobs[10001][job_id]["status"] == "canceled" for job_id in pending)


def test_a_request_that_fails_costs_no_other(shell: Shell, failed: list[str]) -> None:
    state = shell.fake.state
    pending = [state.add_job(10001, status="pending")["id"] for _ in range(60)]
    shell.fake.fail("jobs.cancel", Status(422, '{"message": "no"}'), times=1)
    shell.fake.fail("jobs.cancel", Reset("after"), after=1, times=1)
    rows = shell.json("jobs", "cancel", 10001, *pending, "--yes", status=1)
    assert [row["outcome"] for row in rows] == ["failed"] * 25 + ["unknown"] * 25 + ["requested"] * 10
    shell.fake.fail("jobs.cancel", Status(401), times=1)
    shell("jobs", "cancel", 10001, *pending, "--yes", status=3)


def test_jobs_that_were_being_cancelled_at_ctrl_c_are_printed(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    shell.fake.fail("jobs.cancel", Stall(), times=99)
    press_ctrl_c_after(monkeypatch, 5)
    result = shell("jobs", "cancel", 10001, "j-1", "j-2", "--yes", "--json", status=130)
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(row["job_id"], row["outcome"]) for row in rows] == [("j-1", "unknown"), ("j-2", "unknown")]

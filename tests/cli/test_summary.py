"""What is said of a demonstration, and its exit status."""

from __future__ import annotations

import attrs
import pytest

from workato_async import OutcomeUnknownError
from workato_async.cli.demo.inventory import Inventory, what_is_missing
from workato_async.cli.demo.repeat_failed import Findings
from workato_async.cli.demo.summary import Summary
from workato_async.limits.quota import Quota
from workato_async.limits.state import BucketState
from workato_async.resources.jobs import LIST, REPEAT, RepeatRefusal, RepeatResult

INVENTORY = Inventory(
    recipe_ids=frozenset({1, 2, 3}),
    running_ids=frozenset({1, 3}),
    job_ids=frozenset({"j-a", "j-b", "j-c"}),
    failed_ids=frozenset({"j-b", "j-c"}),
)
LOST = OutcomeUnknownError("it may have been carried out")
DONE = Findings(
    recipe_ids=frozenset({1, 2, 3}),
    running_ids=frozenset({1, 3}),
    job_ids=frozenset({"j-a", "j-b", "j-c"}),
    masters={"j-b": "j-b", "j-c": "j-b"},
    results={"j-b": RepeatResult(requested_job_id="j-b", status="enqueued", job_id="j-d")},
    most_repeats=1,
    problems=(),
    seconds=3.5,
)


def state(quota: Quota, sent: int, refused: int = 0) -> BucketState:
    return BucketState(quota, free=1, waiters=0, paused_for=0.0, sent=sent, refused=refused, room=quota.requests)


def summed_up(findings: Findings = DONE, *, refused: int = 0, sent: int = 4, scale: float = 1.0) -> Summary:
    states = {
        "GET /api/recipes": state(Quota(60, per=60 * scale), 1),
        LIST.key: state(Quota(2, per=1 * scale), sent, refused),
        REPEAT.key: state(Quota(1, per=1 * scale), 2),
    }
    return Summary.of(findings, INVENTORY, states, rate_limited=refused, time_scale=scale)


def test_all_is_well() -> None:
    summary = summed_up()
    assert summary.missing == ()
    assert summary.exit_status == 0
    assert summary.verdict == ("every input has a result; no call was rate limited",)
    assert summary.work == ("3 recipes listed, 2 of them running; 3 jobs read, 2 of them failed; 2 of these repeated")


def test_the_least_time_counts_what_has_to_wait_for_responses() -> None:
    # Two recipes, two list calls each: the second one's failed jobs are known no sooner than after a second.
    summary = summed_up()
    assert [(line.key, line.calls, line.least) for line in summary.endpoints] == [
        ("GET /api/recipes", 1, 0),
        (LIST.key, 4, 1),
        (REPEAT.key, 2, 1),
    ]
    assert (summary.calls, summary.least) == (7, 1)


def test_refused_calls_do_not_raise_the_least_time() -> None:
    assert summed_up(sent=5, refused=1).least == summed_up(sent=4).least
    assert summed_up(sent=5).least > summed_up(sent=4).least


def test_a_refusal_alone_is_a_failure() -> None:
    summary = summed_up(refused=1)
    assert summary.exit_status == 1
    assert summary.verdict == ("every input has a result; 1 call was rate limited (429)",)


def test_without_any_wait_there_is_no_ratio() -> None:
    states = {"GET /api/recipes": state(Quota(60, per=60), 1)}
    summary = Summary.of(DONE, INVENTORY, states, rate_limited=0, time_scale=1)
    assert summary.pace == ("took 3.5 s; the quotas allow all calls at once",)


@pytest.mark.parametrize(
    ("scale", "sent", "seconds", "pace"),
    [
        (1, 4, 3.5, ["took 3.5 s", "Workato's own quotas allow this job in no less than 1 s"]),
        (
            1,
            120,
            60.0,
            [
                "took 60.0 s, 1.02 times the minimum that the quotas allow",
                "Workato's own quotas allow this job in no less than 59 s",
            ],
        ),
        (
            0.02,
            24_000,
            250.0,
            [
                "took 250.0 s at 50x speed, 1.04 times the minimum that the quotas allow",
                "Workato's own quotas allow this job in no less than 199:59 min",
            ],
        ),
        (
            0.02,
            240,
            2.9,  # 2.38 s are the least: what every run costs counts for too much
            [
                "took 2.9 s at 50x speed",
                "Workato's own quotas allow this job in no less than 1:59 min",
            ],
        ),
    ],
)
def test_the_pace_is_compared_with_the_minimum_unless_that_is_short(
    scale: float, sent: int, seconds: float, pace: list[str]
) -> None:
    assert list(summed_up(attrs.evolve(DONE, seconds=seconds), scale=scale, sent=sent).pace) == pace


def test_quotas_are_those_of_workato_whatever_the_scale() -> None:
    for scale in (0.02, 0.03, 0.1, 1):
        assert [line.quota for line in summed_up(scale=scale).endpoints] == [
            Quota(60, per=60),
            Quota(2, per=1),
            Quota(1, per=1),
        ]


@pytest.mark.parametrize(
    ("findings", "sentences"),
    [
        (attrs.evolve(DONE, recipe_ids=frozenset({1, 3})), ["1 of 3 recipes were not listed: 2"]),
        (attrs.evolve(DONE, recipe_ids=frozenset({1, 3, 4})), ["1 of 3 recipes were not listed: 2"]),
        (attrs.evolve(DONE, job_ids=frozenset({"j-b", "j-c"})), ["1 of 3 jobs were not seen: j-a"]),
        (attrs.evolve(DONE, results={}), ["2 of 2 failed jobs have no result: j-b, j-c"]),
        (attrs.evolve(DONE, masters={"j-b": "j-b"}), ["1 of 2 failed jobs have no result: j-c"]),
        (
            attrs.evolve(DONE, results={"j-b": RepeatResult(requested_job_id="j-b", status="failed", error=LOST)}),
            ["2 of 2 failed jobs have no result: j-b, j-c", "it may have been carried out"],
        ),
        (attrs.evolve(DONE, problems=("x", "y", "z", "u", "v")), ["x", "y", "z", "and 2 more problems"]),
    ],
)
def test_what_did_not_come_back_is_said(findings: Findings, sentences: list[str]) -> None:
    summary = summed_up(findings)
    assert summary.exit_status == 1
    assert summary.missing == tuple(sentences)
    assert summary.verdict == (*sentences, "NOT every input has a result; no call was rate limited")


def test_long_lists_are_cut() -> None:
    inventory = attrs.evolve(INVENTORY, recipe_ids=frozenset(range(10_000, 12_000)))
    assert what_is_missing(inventory, DONE) == ("2,000 of 2,000 recipes were not listed: 10000, 10001, 10002, ...",)


def test_a_job_the_server_will_not_repeat_came_back_all_the_same() -> None:
    refused = RepeatResult(requested_job_id="j-b", status="failed", error=RepeatRefusal("err.item.not_found", "gone"))
    summary = summed_up(attrs.evolve(DONE, results={"j-b": refused}))
    assert summary.exit_status == 0
    assert summary.work.endswith("2 of them failed; 0 of these repeated")

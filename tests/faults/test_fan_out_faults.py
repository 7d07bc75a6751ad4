"""A large job against a server where every tenth request meets a fault of one kind or another."""

from __future__ import annotations

import asyncio
import os
from collections import Counter

from workato_async import (
    ConnectionFailedError,
    InvalidResponseError,
    Outcome,
    OutcomeUnknownError,
    RateLimitedError,
    ServerError,
    WorkatoSession,
    fan_out,
)
from workato_async.testing import (
    CloseIdle,
    Drip,
    FakeWorkato,
    Fault,
    Mangled,
    Oversized,
    Refuse429,
    Reset,
    Slow,
    Stall,
    Status,
    Truncated,
)

CALLS = 5_000 if os.environ.get("HYPOTHESIS_PROFILE") == "long" else 1_000
CAP = 2**18
FAULTS: list[Fault] = [
    Reset("before"), Reset("after"), Reset("head"), Reset("body"), Truncated(), Truncated(503, processed=False),
    Stall(), Stall(processed=True), Slow(60), Slow(1), Drip(1), CloseIdle(), Oversized(CAP + 1),
    Oversized(CAP + 1, compressed=True), Mangled(lambda body: b"\xef\xbb\xbf" + body), Refuse429(), Refuse429("3"),
    Status(200, "<html>Hello</html>", "text/html", processed=True), Status(200, b"", processed=True),
    *(Status(code, processed=processed) for code in (500, 502, 503, 504) for processed in (True, False)),
]  # fmt: skip
ONE_IN = 10
IN_DOUBT = (OutcomeUnknownError, ServerError, InvalidResponseError)
UNDONE = (ConnectionFailedError, RateLimitedError)


async def test_every_input_has_its_outcome_and_no_write_happens_twice() -> None:
    first = 10_001

    async with (
        FakeWorkato(recipes=CALLS, jobs=0, seed=7) as fake,
        WorkatoSession("any", base_url=fake.url, max_body=CAP) as workato,
    ):
        for fault in FAULTS:
            fake.fail(None, fault, probability=1 / ONE_IN / len(FAULTS))

        async def call(number: int) -> object:
            """Read, create, copy or delete, each with a recipe of its own."""
            recipe_id = first + number
            match number % 4:
                case 0:
                    return (await workato.recipes.get(recipe_id)).id
                case 1:
                    await workato.recipes.delete(recipe_id)
                    return None
                case 2:
                    return (await workato.recipes.copy(recipe_id, folder_id=2_001)).new_flow_id
            return (await workato.recipes.create(name=f"Made {number}", folder_id=2_001, code={"number": 0})).id

        for recipe in fake.state.recipes.values():
            recipe["running"] = False  # one that runs cannot be deleted
        outcomes: list[Outcome[int, object]] = []
        async with fan_out(call, range(CALLS), concurrency=200) as running:
            async for outcome in running:
                outcomes.append(outcome)

        assert sorted(outcome.item for outcome in outcomes) == list(range(CALLS))
        errors = [outcome.error for outcome in outcomes if outcome.error is not None]
        assert {type(error) for error in errors} <= {*IN_DOUBT, *UNDONE}
        assert CALLS / 50 < len(errors) < CALLS / 10
        made = Counter(recipe["name"] for recipe in fake.state.recipes.values())
        for outcome in outcomes:
            check(fake, made, outcome, first + outcome.item)

        await asyncio.sleep(62)
        for key, state in workato.limiter.snapshot().items():
            assert (state.free, state.waiters) == (state.room, 0)
            assert fake.most_in_window(key) <= state.quota.requests


def check(fake: FakeWorkato, made: Counter[str], outcome: Outcome[int, object], recipe_id: int) -> None:
    """The outcome of one call agrees with what the server holds."""
    error = outcome.error
    match outcome.item % 4:
        case 0:
            assert error or outcome.value == recipe_id
            return
        case 1:
            done = int(recipe_id not in fake.state.recipes)
        case 2:
            done = fake.state.recipes[recipe_id]["copy_count"]
        case _:
            done = made[f"Made {outcome.item}"]
    assert done <= 1, "it happened twice"
    if error is None:
        assert done == 1, "it did not happen"
    elif isinstance(error, UNDONE):
        assert done == 0, "it happened, although it was not to be sent"

"""What the scheduler keeps of a run."""

from __future__ import annotations

import pytest

pytest.importorskip("distributed", reason="needs the extra dask")

from hypothesis import given
from hypothesis import strategies as st

from workato_async.engines._dask_scheduler import Runs

INDEXES = st.integers(0, 5)
STEPS = st.lists(st.tuples(st.sampled_from(["claim", "deliver", "take"]), INDEXES), max_size=40)


@given(STEPS)
def test_a_call_is_claimed_once_and_its_first_reply_is_kept(steps: list[tuple[str, int]]) -> None:
    runs = Runs()
    runs.begin("run", "client")
    claimed: set[int] = set()
    replies: dict[int, bytes] = {}
    for number, (step, index) in enumerate(steps):
        if step == "claim":
            assert runs.claim("run", index) is (index not in claimed)
            claimed.add(index)
        elif step == "deliver":
            content = str(number).encode()
            runs.deliver("run", index, content)
            replies.setdefault(index, content)
        elif (reply := replies.pop(index, None)) is not None:
            assert runs.take("run", index) == reply
        else:
            assert runs.take("run", index) is (index in claimed)
            claimed.add(index)


async def test_a_run_that_has_ended_claims_and_keeps_nothing() -> None:
    runs = Runs()
    runs.begin("run", "client")
    assert runs.claim("run", 0)
    await runs.end("run")
    assert not runs.claim("run", 1)
    runs.deliver("run", 0, b"late")
    assert runs.take("run", 0) is None

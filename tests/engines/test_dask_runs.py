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
    free = dict.fromkeys(range(6), 0)
    delivered: dict[int, list[bytes]] = {}
    taken: set[int] = set()
    for number, (step, index) in enumerate(steps):
        if step == "claim":
            free[index] += runs.claim("run", index) == "free"
        elif step == "deliver":
            content = str(number).encode()
            runs.deliver("run", index, content)
            delivered.setdefault(index, []).append(content)
        else:
            found = runs.take("run", index)
            if index not in taken:
                assert found.get("content") == delivered.get(index, [b""])[0]
            else:
                assert found == {"state": "done", "content": b""}
            taken.add(index)
    assert max(free.values()) <= 1
    for index in range(6):
        if index in taken or index in delivered:
            assert runs.claim("run", index) == "done", "nobody may begin it any more"


async def test_a_run_that_has_ended_claims_and_keeps_nothing() -> None:
    runs = Runs()
    runs.begin("run", "client")
    assert runs.claim("run", 0) == "free"
    await runs.end("run")
    assert runs.claim("run", 0) == "ended"
    runs.deliver("run", 0, b"late")
    assert runs.take("run", 0) == {"state": "ended"}

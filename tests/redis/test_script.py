"""The script and its twin: any sequence of steps, at the same moments, has the same answers and the same effects."""

from __future__ import annotations

import attrs
import redis
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.redis.scripted import Scripted
from tests.redis.server import RedisServer
from tests.redis.twin import Record, Twin
from workato_async.limits.redis_messages import ALL, Answer, Step

RECORD = tuple(attribute.name for attribute in attrs.fields(Record))


class BothMachine(RuleBasedStateMachine):
    """Workers with whatever claims, at whatever moments."""

    client: redis.Redis

    def __init__(self) -> None:
        super().__init__()
        self.real = Scripted(self.client)
        self.called: list[str] = []
        self.listening = {"a", "b", "c", "d", "e"}
        self.twin = Twin(self.listening.__contains__, self.call)
        self.clock = 1_700_000_000_000_000
        self.known: dict[str, Answer] = {}
        self.turns = dict.fromkeys("abcde", 0)
        self.batches = dict.fromkeys("abcde", 0)

    def call(self, worker: str, *said: int) -> bool:
        if worker in self.listening:
            self.called.append(" ".join(map(str, (worker, *said))))
        return worker in self.listening

    @initialize(
        requests=st.sampled_from([1, 2, 3, 5, 20, 60, 1000]), window=st.sampled_from([100_010, 1_000_100, 6_000_600])
    )
    def quota(self, requests: int, window: int) -> None:
        self.requests, self.window = requests, window

    @rule(micros=st.one_of(st.integers(0, 3_000), st.integers(0, 200_000), st.integers(0, 8_000_000)))
    def time_passes(self, micros: int) -> None:
        self.clock += micros

    @rule(micros=st.integers(-2_000_000, 2_000_000))
    def clock_is_set(self, micros: int) -> None:
        self.clock += micros

    @rule(worker=st.sampled_from("abcde"))
    def connection_goes_or_comes(self, worker: str) -> None:
        self.listening.symmetric_difference_update(worker)

    @rule()
    def data_are_lost(self) -> None:
        self.real.lose()
        self.twin.state = None

    @rule(
        worker=st.sampled_from("abcde"),
        held=st.integers(0, 8),
        want=st.integers(0, 70),
        reports=st.lists(st.tuples(st.integers(-1, 7_000_000), st.integers(1, 5)), max_size=6),
        again=st.sampled_from([False, False, False, True]),
        stale=st.sampled_from([False] * 9 + [True]),
        knows=st.sampled_from([True, True, True, False]),
        received=st.sampled_from(["last", "nothing", "all"]),
        pause=st.sampled_from([0, 0, 0, 30_000, 2_000_000]),
        lead=st.sampled_from([0, 0, 3_000, 90_000]),
        since=st.integers(0, 3_000_000),
        young=st.sampled_from([0, 0, 500_000]),
        other=st.data(),
    )
    def step(
        self,
        worker: str,
        held: int,
        want: int,
        reports: list[tuple[int, int]],
        again: bool,
        stale: bool,
        knows: bool,
        received: str,
        pause: int,
        lead: int,
        since: int,
        young: int,
        other: st.DataObject,
    ) -> None:
        known = self.known.get(worker) if knows else None
        self.turns[worker] += 0 if stale else 1
        self.batches[worker] += 0 if again else 1
        step = Step(
            worker=worker,
            nonce=f"{len(self.called)}{self.clock}",
            generation=known.generation if known else "",
            version=known.version if known else 0,
            seen=known.now if known else 0,
            since=since,
            turn=self.turns[worker],
            batch=self.batches[worker],
            requests=self.requests,
            window=self.window,
            late=min(1_000_000, self.window),
            lease=5_000_000,
            lead=lead,
            held=held,
            want=want,
            received=0 if received == "nothing" else ALL if received == "all" or not known else known.version,
            pause=pause,
            strikes=other.draw(st.integers(0, 5)),
            accepted=other.draw(st.booleans()),
            refused=int(pause > 0),
            young=young,
            reports=tuple((max(0, rest), count) for rest, count in reports),
        )
        self.called.clear()
        expected = self.twin.step(self.clock, step)
        answer, said = self.real.step(self.clock, step, self.listening)
        assert answer == expected
        assert sorted(said) == sorted(self.called)
        if expected is not None:
            self.known[worker] = expected

    @precondition(lambda self: self.twin.state is not None)
    @invariant()
    def state_is_the_same(self) -> None:
        real = self.real.state()
        state = attrs.asdict(self.twin.state)  # type: ignore[arg-type]
        for name in ("rest", "line"):
            state[name] = [value for pair in state[name] for value in pair]
            real[name] = list(real[name])
        for it in state["workers"].values():
            it["given"] = [value for pair in it["given"] for value in pair]
            it["absent"] = int(it["absent"])
        state["workers"] = {worker: [it[name] for name in RECORD] for worker, it in state["workers"].items()}
        for it in real["workers"].values():
            it[-1] = list(it[-1])
        state["full"] = int(state["full"])
        assert real == state


def test_any_sequence_of_steps_is_decided_alike(shared_server: RedisServer) -> None:
    with redis.Redis(port=shared_server.port) as client:
        BothMachine.client = client
        run_state_machine_as_test(BothMachine)

"""The script's decisions in Python, as a function of values. The same sections as in its two parts."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import attrs

from workato_async.limits.redis_messages import ALL, Answer, Step

LEAP: Final = 250_000
MOST_ENTRIES: Final = 16
MOST_GROUPS: Final = 16


@attrs.define
class Record:
    held: int = 0
    heard: int = 0
    turn: int = 0
    batch: int = -1
    level: int = 0
    told: int = 0
    absent: bool = False
    probed: int = 0
    lead: int = 0
    sent: int = 0
    sent_rest: int = 0
    answered: int = 0
    given: list[tuple[int, int]] = attrs.field(factory=list)

    @property
    def holds(self) -> int:
        return self.held + (self.sent > 0)


@attrs.define
class State:
    generation: str
    now: int
    born: int
    mark: int
    moved: int
    version: int = 0
    shift: int = 0
    full: bool = False
    paused: int = 0
    strikes: int = 0
    refusals: int = 0
    floor: int = 0
    next_floor: int = 0
    reserved: int = 0
    rest: list[tuple[int, int]] = attrs.field(factory=list)
    workers: dict[str, Record] = attrs.field(factory=dict)
    line: list[tuple[str, int]] = attrs.field(factory=list)


@attrs.define
class Twin:
    """A bucket as Redis would keep it.

    Attributes:
        listens: tells whether a worker's connection is open.
        call: says to a worker what :class:`Call` says; tells whether it listened.
    """

    listens: Callable[[str], bool]
    call: Callable[[str, int, int, int], bool]
    state: State | None = None

    def step(self, clock: int, step: Step) -> Answer | None:
        """Carry out one step at that moment of the server's clock."""
        one = _Stepping(self, step, clock)
        return one.run()


class _Stepping:
    def __init__(self, twin: Twin, step: Step, clock: int) -> None:
        self.twin, self.step, self.now = twin, step, clock
        window = step.window
        self.horizon = min(50_000, window // 16)
        self.early = min(5_000, window // 64)
        self.patience = min(500_000, max(20_000, window // 16))
        self.silence = min(2_000_000, max(50_000, window // 4))
        self.cold_for = min(40_000, window // 100)
        self.slack = max(2, min(4, math.ceil(step.requests / 8)), step.requests // 16)
        self.behind = step.requests // 2
        self.grid = window // 256 if step.requests > 256 else 1

    def run(self) -> Answer | None:
        step = self.step
        before = self.twin.state.workers.get(step.worker) if self.twin.state is not None else None
        if before is not None and step.turn <= before.turn:
            return None
        self.state = self.remembered()
        self.me = self.report(self.state.workers.get(step.worker))
        self.look_after_others()
        self.line_up()
        self.count()
        settled = False
        while not settled:
            settled = True
            share, rank, following, my_next, head = self.allot()
            granted = share.get(step.worker, 0)
            for worker, place in rank.items():
                settled &= self.summon(worker, self.coming(granted + place) - self.early)
            if following == step.worker:
                if not rank and self.lonely(self.due):
                    self.state.reserved = self.moment_of(self.due)
                    self.due += 1
                    settled = False
            elif following is not None:
                if following not in rank:
                    moment = self.coming(self.due) - self.early
                    settled &= not self.send(following, self.due) and self.summon(following, moment)
            elif head is not None and head not in rank:
                settled &= self.summon(head, self.look(head))
        come = self.come(granted, rank, following, my_next, head)
        return self.answer(self.grant(granted), come)

    def remembered(self) -> State:
        step, s = self.step, self.twin.state
        if s is not None:
            self.now += s.shift
            if self.now < s.now:
                s.shift += s.now - self.now
                self.now = s.now
            if step.generation == s.generation:
                leap = min(self.now - step.seen - step.since - step.since // 1000 - LEAP, self.now - s.now)
                if leap > 0:
                    s.shift -= leap
                    self.now -= leap
        else:
            s = State(step.nonce, self.now, self.now, self.now, self.now)
            if not step.generation and step.young > 0:
                s.reserved = self.now + step.young
                s.rest = [(s.reserved, step.requests)]
            self.twin.state = s
        self.heard = step.version if step.generation == s.generation else 0
        if step.generation and (
            (step.generation != s.generation and not s.full)
            or (step.generation == s.generation and step.version > s.version)
        ):
            s.generation, s.full, s.reserved = step.nonce, True, self.now + step.late + step.window
            s.rest = [(s.reserved, step.requests)]
        return s

    def put_back(self, moment: int, count: int) -> None:
        moment += -moment % self.grid
        rest = self.state.rest
        index = len(rest)
        while index and rest[index - 1][0] > moment:
            index -= 1
        if index and rest[index - 1][0] == moment:
            rest[index - 1] = (moment, rest[index - 1][1] + count)
        else:
            rest.insert(index, (moment, count))

    def report(self, me: Record | None) -> Record:
        step, s = self.step, self.state
        if me is None:
            me = s.workers[step.worker] = Record(heard=self.now, level=s.floor)
        if me.batch != step.batch:
            if step.reports:
                s.moved = self.now
            for rest, count in step.reports:
                if rest > 0:
                    self.put_back(self.now + rest, count)
            if step.accepted:
                s.strikes = 0
            s.refusals += step.refused
        if step.refused:
            s.strikes = max(s.strikes, step.strikes)
        if step.pause > 0:
            s.paused = max(s.paused, self.now + step.pause)
        me.held, me.heard, me.turn, me.batch, me.absent = step.held, self.now, step.turn, step.batch, False
        me.lead = step.lead
        if self.heard < me.answered:
            for moment, count in me.given:
                if moment > self.now:
                    self.put_back(moment, count)
        me.given = []
        if step.received == ALL and me.sent > 0 and me.sent_rest > self.now:
            self.put_back(me.sent_rest, 1)
        if step.received >= me.sent:
            me.sent = 0
        self.want = max(0, step.want - (me.sent > 0))
        return me

    def look_after_others(self) -> None:
        step, s = self.step, self.state
        self.waits = {worker for worker, _ in s.line}
        for worker, it in list(s.workers.items()):
            if worker == step.worker:
                continue
            unheard = self.now - it.heard
            if it.holds > 0 and unheard > self.silence and self.now - it.probed > self.silence:
                it.probed = self.now
                alive = self.twin.listens(worker)
                if not alive or unheard > step.lease:
                    self.put_back(self.now + step.late + step.window, it.holds)
                    it.held = it.sent = 0
                    s.reserved = self.now + step.late + step.window
                if not alive:
                    del s.workers[worker]
            elif it.holds == 0 and worker not in self.waits and unheard > 4 * step.window + step.lease:
                del s.workers[worker]
            elif worker in self.waits and it.told + self.patience < self.now:
                it.absent = True

    def line_up(self) -> None:
        step, s = self.step, self.state
        s.line = [place for place in s.line if place[0] in s.workers]
        places = [index for index, (worker, _) in enumerate(s.line) if worker == step.worker]
        mine = sum(s.line[index][1] for index in places)
        if 2 * (self.now - s.mark) >= step.window:
            low = min((it.level for worker, it in s.workers.items() if worker in self.waits), default=None)
            level = max(s.next_floor, max(it.level for it in s.workers.values()) if low is None else low)
            s.floor = level if self.now - s.mark >= step.window else s.next_floor
            s.next_floor, s.mark = level, self.now
        if self.want > mine:
            if mine == 0:
                top = max(it.level for it in s.workers.values())
                self.me.level = max(self.me.level, s.floor, top - self.behind)
            index = places[-1] if len(places) >= MOST_ENTRIES else len(s.line) - 1
            if index >= 0 and s.line[index][0] == step.worker:
                s.line[index] = (step.worker, s.line[index][1] + self.want - mine)
            else:
                s.line.append((step.worker, self.want - mine))
        surplus = mine - self.want
        for index in reversed(places):
            if surplus <= 0:
                break
            gone = min(surplus, s.line[index][1])
            surplus -= gone
            s.line[index] = (step.worker, s.line[index][1] - gone)
        s.line = [place for place in s.line if place[1] > 0]

    def count(self) -> None:
        step, s = self.step, self.state
        s.rest = [(moment, count) for moment, count in s.rest if moment > self.now]
        resting = sum(count for _, count in s.rest)
        self.free = step.requests - resting - sum(it.holds for it in s.workers.values())
        self.known = max(0, self.free + resting)
        self.cold = self.now < s.born + self.cold_for
        due, debt = max(0, self.free), max(0, -self.free)
        for moment, count in s.rest:
            if moment > self.now + step.lead + self.horizon:
                break
            paid = min(debt, count)
            debt, due = debt - paid, due + count - paid
        if self.cold:
            due = min(due, math.ceil(step.requests / 4))
        if s.paused > self.now + self.horizon:
            due = 0
        self.due = due

    def moment_of(self, index: int) -> int:
        left = index - self.free
        if left < 0:
            return self.now
        for moment, count in self.state.rest:
            if left < count:
                return moment
            left -= count
        raise AssertionError(index)

    def coming(self, index: int) -> int:
        moment = max(self.moment_of(index), self.state.paused)
        return max(moment, self.now + self.cold_for // 4 + self.early) if self.cold else moment

    def allot(self) -> tuple[dict[str, int], dict[str, int], str | None, int | None, str | None]:
        s, me = self.state, self.step.worker
        places = [(worker, count) for worker, count in s.line if not s.workers[worker].absent]
        left: dict[str, int] = {}
        for worker, count in places:
            left[worker] = left.get(worker, 0) + count
        level = {worker: s.workers[worker].level for worker in left}
        share: dict[str, int] = {}
        rank: dict[str, int] = {}
        given, to_others, following, my_next = 0, 0, None, None
        while given < self.known and not (
            given >= self.due and following is not None and (my_next is not None or not left.get(me))
        ):
            waiting = [level[worker] for worker, amount in left.items() if amount > 0]
            if not waiting:
                break
            most = min(waiting) + self.slack
            at = next(i for i, (worker, count) in enumerate(places) if count > 0 and level[worker] < most)
            worker, count = places[at]
            amount = min(count, self.known - given, most - level[worker])
            if given < self.due:
                amount = min(amount, self.due - given)
                share[worker] = share.get(worker, 0) + amount
                if worker != me:
                    rank.setdefault(worker, to_others)
                    to_others += amount
            else:
                following = following or worker
                if worker == me and my_next is None:
                    my_next = given
            given += amount
            places[at] = (worker, count - amount)
            left[worker] -= amount
            level[worker] += amount
        head = next((worker for worker, count in places if count > 0), None)
        return share, rank, following, my_next, head

    def summon(self, worker: str, moment: int) -> bool:
        it = self.state.workers[worker]
        moment = max(self.now, moment)
        if worker == self.step.worker or abs(it.told - moment) <= self.early:
            return True
        if not self.twin.call(worker, moment - self.now, self.state.version + 1, 0):
            it.absent = True
            return False
        it.told = moment
        return True

    def look(self, head: str) -> int:
        s, lease = self.state, self.step.lease
        if not any(it.holds for worker, it in s.workers.items() if worker != head):
            return self.now + lease
        return max(self.now, s.reserved) + min(lease, max(self.silence + self.patience, self.now - s.moved))

    def unline(self, worker: str, amount: int) -> None:
        line = self.state.line
        for index, (waiting, count) in enumerate(line):
            if waiting == worker:
                gone = min(amount, count)
                amount -= gone
                line[index] = (worker, count - gone)
        self.state.line = [place for place in line if place[1] > 0]

    def lonely(self, index: int) -> bool:
        s = self.state
        if s.reserved > self.now or s.paused > self.now or self.cold or self.free > 0:
            return False
        return index + 1 >= self.known or self.moment_of(index + 1) > self.moment_of(index) + self.horizon

    def send(self, worker: str, index: int) -> bool:
        s, it, now = self.state, self.state.workers[worker], self.now
        if it.sent or not self.lonely(index):
            return False
        moment = self.moment_of(index)
        if not self.twin.call(worker, max(0, moment - it.lead - now), s.version + 1, 1):
            it.absent = True
            return True
        s.rest = [(when, count - (when == moment)) for when, count in s.rest]
        it.sent, it.sent_rest, it.level, it.told = s.version + 1, moment, it.level + 1, moment + self.step.window
        s.reserved = moment
        self.known -= 1
        self.unline(worker, 1)
        return True

    def come(
        self, granted: int, rank: dict[str, int], following: str | None, my_next: int | None, head: str | None
    ) -> int:
        step, s, now = self.step, self.state, self.now
        if self.want <= granted:
            return -1
        if following == step.worker:
            come = max(now, self.coming(self.due) - step.lead - self.early)
        elif my_next is not None:
            come = max(now, self.coming(my_next) - step.lead - self.early) + self.patience
        else:
            ahead: dict[str, int] = {}
            for worker, count in s.line:
                if worker == step.worker:
                    break
                it = s.workers[worker]
                if not it.absent:
                    most = self.slack + max(0, self.me.level - it.level)
                    ahead[worker] = min(most, ahead.get(worker, 0) + count)
            before = sum(ahead.values())
            rounds = 1 + max(0, before - self.known) // step.requests
            come = max(now, s.paused) + (step.window + self.patience) * rounds + now - s.moved
            if head == step.worker:
                come = min(come, self.look(head))
        come = min([come, *(s.workers[worker].told + self.patience + self.early for worker in rank)])
        self.me.told = come
        return come - now

    def grant(self, granted: int) -> tuple[tuple[int, int], ...]:
        step, s, now = self.step, self.state, self.now
        grants: list[tuple[int, int]] = []
        left, usable = granted, max(s.paused, now) - now
        if left > 0 and self.free > 0:
            amount = min(left, self.free)
            grants.append((usable, amount))
            left, self.free = left - amount, self.free - amount
        debt = max(0, -self.free)
        keep = []
        for moment, count in s.rest:
            paid = min(debt, count)
            amount = min(left, count - paid)
            debt, left = debt - paid, left - amount
            if amount > 0:
                grants.append((max(moment - step.lead - now, usable), amount))
                self.me.given.append((moment, amount))
            if count > amount:
                keep.append((moment, count - amount))
        s.rest = keep
        if granted > 0:
            s.moved = now
        self.me.held, self.me.level = step.held + granted, self.me.level + granted
        self.unline(step.worker, granted)
        return tuple(grants)

    def answer(self, grants: tuple[tuple[int, int], ...], come: int) -> Answer:
        step, s, now = self.step, self.state, self.now
        waiting = [(w, count) for w, count in s.line if w != step.worker and not s.workers[w].absent]
        rivals = {worker for worker, _ in waiting}
        peers = sum(
            it.holds > 0 or worker in rivals or now - it.heard < 2 * step.window
            for worker, it in s.workers.items()
            if worker != step.worker
        )
        size = max(1, math.ceil(len(s.rest) / MOST_GROUPS))
        groups = [s.rest[start : start + size] for start in range(0, len(s.rest), size)]
        s.now = now
        s.version += 1
        self.me.answered = s.version
        return Answer(
            now=now,
            generation=s.generation,
            version=s.version,
            refusals=s.refusals,
            strikes=s.strikes,
            paused=max(0, s.paused - now),
            free=self.free,
            others=sum(count for _, count in waiting),
            rivals=len(rivals),
            peers=peers,
            come=come,
            grants=grants,
            resting=tuple((group[-1][0] - now, sum(count for _, count in group)) for group in groups),
        )

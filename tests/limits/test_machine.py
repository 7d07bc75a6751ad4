"""MachineStore: what processes of one machine do together, in virtual time, and over real files and processes."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import stat
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.child_process import Child, child
from tests.support.machine_simulation import KEY, Machine, most_in_a_window
from tests.support.virtual_time import VirtualTimeLoop
from workato_async.errors import ConfigurationError, QuotaStoreError, QuotaWaitError
from workato_async.limits import processes, quota_file
from workato_async.limits.bucket import CLOCK_DRIFT, LATE_ARRIVAL
from workato_async.limits.limiter import Limiter
from workato_async.limits.machine import LEASE, MachineStore, default_path
from workato_async.limits.machine_bucket import RETRY_AFTER, MachineBucket, MachineSource
from workato_async.limits.permit import StalePermitError
from workato_async.limits.quota import Quota
from workato_async.limits.quota_file import FORMAT

PER = 20.0
WINDOW = PER * (1 + CLOCK_DRIFT)
WITHIN = 0.4
"""How far the share of a process may be from what is fair."""


@pytest.fixture
def machine() -> Machine:
    def clock() -> float:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualTimeLoop)
        return loop.now  # a coarse loop's own clock shows less

    return Machine(clock)


async def demand(machine: Machine, quota: Quota, count: int, callers: int, windows: int, slowest: float) -> list[float]:
    """Have processes send as much as they can; return each one's share, 1.0 being fair."""
    began = machine.clock()
    buckets = [machine.bucket(quota) for _ in range(count)]
    tasks = [
        asyncio.create_task(machine.demand(bucket, who, callers, 1, slowest)) for who, bucket in enumerate(buckets)
    ]
    await asyncio.sleep(windows * quota.per)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    counts = Counter(who for at, who in machine.arrivals if at > began + quota.per)  # not all begin at once
    return [counts[who] * count / counts.total() for who in range(count)]


@pytest.mark.parametrize("count", [1, 4, 8])
@pytest.mark.parametrize("quota", [Quota(60, 60), Quota(10, 10), Quota(1, 1), Quota(3, 60)], ids=str)
async def test_all_of_the_quota_is_used_in_fair_shares_and_never_more(
    machine: Machine, quota: Quota, count: int
) -> None:
    windows = 8 * count if quota.requests < 10 else 8
    shares = await demand(machine, quota, count, 12, windows, slowest=0.02 * quota.per)
    assert most_in_a_window([at for at, _ in machine.arrivals], quota.per) <= quota.requests
    assert len(machine.arrivals) >= 0.95 * windows * quota.requests
    assert all(abs(share - 1) <= WITHIN for share in shares), shares


async def test_one_with_many_waiting_has_all_that_nobody_else_wants(machine: Machine) -> None:
    busy, calm = machine.bucket(Quota(12, PER)), machine.bucket(Quota(12, PER))
    task = asyncio.create_task(machine.demand(busy, 0, 64, 1, 0.1))
    await asyncio.sleep(5 * PER)
    assert machine.used(PER) == 12
    started = machine.clock()
    await machine.call(calm, 1, 0.0, 0.0)
    assert machine.clock() - started <= WINDOW, "a single call of another process has its turn"
    task.cancel()


async def test_who_waits_does_not_poll(machine: Machine) -> None:
    """A step for each permit that returns, two for each window in which none does, and no more for more callers."""
    holder, waiting = machine.bucket(Quota(4, PER), adaptive=False), machine.bucket(Quota(4, PER), adaptive=False)
    permits = [await holder.acquire() for _ in range(4)]
    callers = [asyncio.create_task(waiting.acquire()) for _ in range(64)]
    await asyncio.sleep(0.1)
    before = machine.file.steps
    await asyncio.sleep(10 * PER)
    assert machine.file.steps - before <= 20
    for permit in permits:
        permit.responded()
        await asyncio.sleep(0.5)
    before = machine.file.steps
    await asyncio.sleep(WINDOW)
    assert sum(caller.done() for caller in callers) == 4
    assert machine.file.steps - before <= 4 + 2
    for caller in callers:
        caller.cancel()


async def test_all_that_wait_are_served_in_their_order_by_one_step(machine: Machine) -> None:
    holder, waiting = machine.bucket(Quota(4, PER)), machine.bucket(Quota(4, PER))
    permits = [await holder.acquire() for _ in range(4)]
    order: list[int] = []

    async def caller(number: int) -> None:
        await waiting.acquire()
        order.append(number)

    tasks = [asyncio.create_task(caller(number)) for number in range(6)]
    await asyncio.sleep(0)
    for permit in permits:
        permit.responded()
    await asyncio.sleep(WINDOW - 1)
    before = machine.file.steps
    await asyncio.sleep(1.5)
    assert order == [0, 1, 2, 3]
    assert machine.file.steps - before == 1
    for task in tasks:
        task.cancel()


async def test_what_a_killed_process_holds_comes_back_within_a_window(machine: Machine) -> None:
    quota = Quota(12, PER)
    doomed, other = machine.bucket(quota), machine.bucket(quota)
    tasks = [asyncio.create_task(machine.demand(bucket, 0, 20, 1, 8.0)) for bucket in (doomed, other)]
    await asyncio.sleep(3 * PER + 1)
    tasks[0].cancel()
    machine.file.fails = True  # a killed process reports nothing
    await asyncio.sleep(0)
    machine.file.fails = False
    machine.kill(doomed)
    await asyncio.sleep(1.5 * WINDOW + LATE_ARRIVAL)
    machine.arrivals.clear()
    await asyncio.sleep(4 * PER)
    assert len(machine.arrivals) >= 0.9 * 12 * 4 * PER / (PER + 4)
    tasks[1].cancel()


async def test_a_429_pauses_all_processes(machine: Machine) -> None:
    one, other = machine.bucket(Quota(12, PER)), machine.bucket(Quota(12, PER))
    (await one.acquire()).rate_limited(7.0)
    started = machine.clock()
    await other.acquire()
    assert machine.clock() - started == pytest.approx(7.0, abs=0.002)
    assert other.state().room == one.state().room == 11


async def test_the_quota_begins_slowly_in_each_process(machine: Machine) -> None:
    bucket = machine.bucket(Quota(60, 60))
    tasks = [asyncio.create_task(bucket.acquire()) for _ in range(20)]
    await asyncio.sleep(1)
    assert sum(task.done() for task in tasks) == 10
    permit = await tasks[0]
    permit.responded()
    await asyncio.sleep(1)
    assert sum(task.done() for task in tasks) == 12
    for task in tasks:
        task.cancel()


async def test_a_caller_that_leaves_takes_nothing_with_it(machine: Machine) -> None:
    bucket = machine.bucket(Quota(1, PER))
    permit = await bucket.acquire()
    first, second = asyncio.create_task(bucket.acquire()), asyncio.create_task(bucket.acquire())
    await asyncio.sleep(0)
    permit.unsent()
    first.cancel()
    started = machine.clock()
    await second
    assert machine.clock() == started


async def test_the_wait_is_bounded_by_what_the_file_says(machine: Machine) -> None:
    one, other = machine.bucket(Quota(1, PER)), machine.bucket(Quota(1, PER))
    (await one.acquire()).responded()
    with pytest.raises(QuotaWaitError):
        await other.acquire(max_wait=PER / 2)
    assert other.eta(1) == pytest.approx(WINDOW)


async def test_a_process_that_was_stopped_does_not_use_what_others_have_by_now(machine: Machine) -> None:
    stopped, other = machine.bucket(Quota(1, PER)), machine.bucket(Quota(1, PER))
    permit = await stopped.acquire()
    task = asyncio.create_task(other.acquire())
    await asyncio.sleep(LEASE + 2 * WINDOW)
    assert task.done()
    with pytest.raises(StalePermitError):
        permit.mark_sent()
    permit.unsent()
    assert other.take(asyncio.get_running_loop().time()) is None


async def test_a_pause_is_ended_for_all(machine: Machine) -> None:
    one, other = machine.bucket(Quota(2, PER)), machine.bucket(Quota(2, PER))
    (await one.acquire()).rate_limited(1000.0)
    other.resume()
    started = machine.clock()
    await one.acquire()
    assert machine.clock() - started <= WINDOW


# What happens if the file cannot be used


async def test_every_call_fails_while_the_file_does_and_none_is_lost(machine: Machine) -> None:
    bucket = machine.bucket(Quota(2, PER))
    permits = [await bucket.acquire() for _ in range(2)]
    waiting = [asyncio.create_task(bucket.acquire()) for _ in range(3)]
    await asyncio.sleep(0)
    machine.file.fails = True
    for permit in permits:
        permit.responded()
    await asyncio.sleep(PER)
    errors = {task.exception() for task in waiting}
    assert len(errors) == 3, "one each: an exception is not raised in several tasks"
    assert all(isinstance(error, QuotaStoreError) and error.endpoint == KEY for error in errors)
    with pytest.raises(QuotaStoreError):
        await bucket.acquire()
    machine.file.fails = False
    started = machine.clock()
    await bucket.acquire()
    assert machine.clock() - started == pytest.approx(WINDOW + LATE_ARRIVAL, abs=0.1), "what it could not say counts"


async def test_a_local_share_goes_on_alone_and_joins_again_with_what_it_used(machine: Machine) -> None:
    quota = Quota(8, 100.0)
    bucket, other = machine.bucket(quota, local_share=0.5), machine.bucket(quota)
    machine.file.fails = True
    permits = [await bucket.acquire() for _ in range(4)]
    with pytest.raises(QuotaWaitError):
        await bucket.acquire(max_wait=0.0)
    permits[0].responded()
    permits[1].unsent()
    assert bucket.state().room == 4
    machine.file.fails = False
    await asyncio.sleep(RETRY_AFTER)
    permits.append(await bucket.acquire())
    assert [other._shared.take(asyncio.get_running_loop().time()) for _ in range(5)] == [True] * 4 + [False]
    permits[2].responded()
    permits[3].given_up()
    permits[4].unsent()
    await asyncio.sleep(100.0 * (1 + CLOCK_DRIFT) + LATE_ARRIVAL)
    assert other.state().free == 0
    assert bucket.eta(4) == 0.0


async def test_a_local_share_that_begins_in_the_middle_waits_for_a_window(machine: Machine) -> None:
    bucket = machine.bucket(Quota(8, PER), local_share=0.5)
    permit = await bucket.acquire()
    machine.file.fails = True
    permit.responded()
    started = machine.clock()
    await bucket.acquire()
    assert machine.clock() - started >= PER, "the others may have used all of it just now"


# Real files


def source(path: Path, clock: Callable[[], float] = time.monotonic, requests: int = 3) -> MachineSource:
    store = MachineStore(path)
    store.clock = clock
    return store.bucket(Quota(requests, PER), key=KEY, account="secret account", adaptive=False)._shared


def taken(core: MachineSource, tries: int = 5) -> int:
    """Return how many permits can be had now."""
    return sum(core.take(0.0) for _ in range(tries))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "quotas.sqlite3"


def test_two_limiters_share_a_quota_and_each_is_a_worker_of_its_own(path: Path) -> None:
    one, other = source(path), source(path)
    assert one._worker != other._worker
    assert one.take(0.0)
    assert taken(other) == 2
    assert taken(source(path)) == 0


def test_quotas_that_differ_are_kept_apart(path: Path) -> None:
    assert taken(source(path)) == 3
    assert taken(source(path, requests=2)) == 2


def test_only_the_owner_can_read_the_file_and_it_holds_no_names(path: Path) -> None:
    assert taken(source(path)) == 3
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
        assert b"secret" not in file.read_bytes()
        assert b"recipes" not in file.read_bytes()
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def _corrupt(path: Path) -> None:
    path.write_bytes(b"no database at all" * 100)


def _directory(path: Path) -> None:
    path.mkdir()


def _newer(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA user_version = {FORMAT + 1}")
    db.close()


def _of_another_program(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE theirs (x)")
    db.close()


def _garbled(path: Path) -> None:
    assert taken(source(path)) == 3
    with sqlite3.connect(path) as db:
        db.execute("UPDATE buckets SET state = x'00'")
    db.close()


@pytest.mark.parametrize("spoil", [_corrupt, _directory, _newer, _of_another_program, _garbled])
def test_a_file_that_cannot_be_used_is_an_error_that_says_what_to_do(path: Path, spoil: Callable[[Path], None]) -> None:
    path.parent.mkdir()
    spoil(path)
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(QuotaStoreError) as raised:
        source(path).take(0.0)
    assert raised.value.endpoint == KEY
    for part in (KEY, str(path), "MachineStore(path)", "on_store_failure='local'"):
        assert part in str(raised.value)
    assert before == (path.read_bytes() if path.is_file() else b""), "it is left as it was"


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(QuotaStoreError, match="cannot be used"):
        source(tmp_path / "file" / "quotas.sqlite3").take(0.0)


@pytest.mark.parametrize("replaced", [False, True], ids=["deleted", "replaced"])
def test_a_file_that_is_deleted_is_an_error_once_and_what_was_used_still_counts(path: Path, replaced: bool) -> None:
    clock = [1000.0]
    core = source(path, lambda: clock[0])
    assert core.take(0.0)
    path.rename(path.with_name("old"))  # so that its inode is not used again
    if replaced:
        path.touch()
    with pytest.raises(QuotaStoreError):
        core.take(0.0)
    assert taken(core) == 0, "what this process and others have used in the last window is not known any more"
    clock[0] += WINDOW
    assert taken(core) == 3


def test_a_file_that_another_process_does_not_let_go_is_an_error(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    core = source(path)
    assert core.take(0.0)
    monkeypatch.setattr(quota_file, "BUSY_TIMEOUT", 0.01)
    with sqlite3.connect(path) as db:
        db.execute("BEGIN IMMEDIATE")
        with pytest.raises(QuotaStoreError, match="locked"):
            core.take(0.0)
    db.close()
    assert core.take(0.0)


def test_processes_that_open_a_new_file_at_once_get_no_more_than_the_quota(path: Path) -> None:
    go = os.pipe()

    def work(say: Callable[[object], None]) -> int:
        os.close(go[1])
        os.read(go[0], 1)  # ends when the parent closes the other end
        return taken(source(path), tries=1)

    children = [Child(work) for _ in range(8)]
    os.close(go[1])
    assert sum(process.result() for process in children) == 3
    for process in children:
        process.wait()
    os.close(go[0])


def test_what_a_killed_process_held_counts_as_given_up(path: Path) -> None:
    clock = [1000.0]
    core = source(path, lambda: clock[0])

    def hold(say: Callable[[object], None]) -> None:
        say(taken(source(path, lambda: clock[0])))
        signal.pause()

    with child(hold) as process:
        assert process.result() == 3
        assert taken(core) == 0
        clock[0] += 10 * WINDOW
        assert taken(core) == 0, "it lives"
        process.kill()
    clock[0] += 1.0
    assert taken(core) == 0
    clock[0] += WINDOW + LATE_ARRIVAL
    assert taken(core) == 3


def test_a_process_that_is_killed_at_any_point_leaves_a_file_that_works(path: Path) -> None:
    def hurry(say: Callable[[object], None]) -> None:
        core = source(path)
        core.take(0.0)
        say("begun")
        while True:
            core.unsent(0.0, 0.0)
            core.take(0.0)

    for round_ in range(12):
        with child(hurry) as process:
            assert process.result() == "begun"
            for _ in range(round_ * 300):  # as many different points as rounds
                pass
            process.kill()
        core = source(path)
        core._fetch(time.monotonic())
        with core._permits() as permits:
            permits.bury([name for name in permits.state.workers if name != core._worker], 600.0)
            permits.state.resting.clear()


@pytest.mark.parametrize("used", [False, True], ids=["before the first use", "after it"])
def test_a_forked_child_is_a_worker_of_its_own(path: Path, used: bool) -> None:
    clock = [1000.0]
    core = source(path, lambda: clock[0])
    if used:
        core.abandon(0.0, 0.0)
        assert core.take(0.0)

    def work(say: Callable[[object], None]) -> tuple[str, int]:
        core.responded(0.0, 0.0)  # what a finally of the parent's might do: the permit is not this process's
        core.abandon(0.0, 0.0)
        number = taken(core)
        return core._worker, number

    with child(work) as process:
        worker, number = process.result()
        process.wait()
    assert worker != core._worker
    assert number == (2 if used else 3)
    assert taken(core) == 0, "the connection of the parent still works"
    clock[0] += WINDOW
    assert taken(core) == 0
    clock[0] += LATE_ARRIVAL
    assert taken(core) == number, "what the child held; what the parent holds is still out"


def test_threads_may_use_one_store(path: Path) -> None:
    store = MachineStore(path)
    failed: list[BaseException] = []

    def work(number: int) -> None:
        try:
            core = store.bucket(Quota(3, PER), key=f"GET /{number}", account="", adaptive=False)._shared
            for _ in range(30):
                assert core.take(0.0)
                core.unsent(0.0, 0.0)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed


def test_a_new_loop_counts_what_the_old_one_left_under_way_as_given_up(path: Path) -> None:
    clock = [1000.0]
    core = source(path, lambda: clock[0])
    assert taken(core) == 3
    core.abandon(5.0, 0.0)
    clock[0] += WINDOW
    assert taken(core) == 0
    clock[0] += LATE_ARRIVAL
    assert taken(core) == 3


async def test_the_file_can_be_closed_and_is_opened_again(path: Path) -> None:
    store = MachineStore(path)
    limiter = Limiter({KEY: Quota(2, PER)}, store=store)
    bucket = limiter.bucket(KEY, "account")
    assert isinstance(bucket, MachineBucket)
    permit = await bucket.acquire()
    before = bucket.idle
    await limiter.close()
    permit.unsent()
    assert (before, bucket.idle) == (False, True)
    assert str(path) in repr(store)
    await limiter.close()


@pytest.mark.parametrize("factory", ["asyncio", "uvloop"])
def test_it_works_in_real_time(path: Path, factory: str) -> None:
    module = pytest.importorskip(factory)
    new_loop: Callable[[], asyncio.AbstractEventLoop] = module.new_event_loop

    async def main() -> list[float]:
        bucket = MachineStore(path).bucket(Quota(2, 0.05), key=KEY, account="", adaptive=True)
        times = []
        for _ in range(6):
            permit = await bucket.acquire()
            times.append(time.monotonic())
            permit.responded()
        return times

    with asyncio.Runner(loop_factory=new_loop) as runner:
        assert most_in_a_window(runner.run(main()), 0.05) <= 2


# Processes and places


def test_a_process_lives_until_it_ends() -> None:
    own = processes.process_name()
    assert processes.lives(own)
    assert processes.lives(f"{own}:7")

    def rest(say: Callable[[object], None]) -> None:
        say(processes.process_name())
        signal.pause()

    with child(rest) as process:
        name = process.result()
        assert processes.lives(name)
        os.kill(process.pid, signal.SIGSTOP)
        assert processes.lives(name), "it only rests"
        os.kill(process.pid, signal.SIGKILL)
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert not processes.lives(name), "nobody has collected it, but it is dead"
        process.wait()
        assert not processes.lives(name)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere the system does not tell")
def test_a_later_process_with_the_same_id_is_another_one() -> None:
    pid, started = processes.process_name().split(":")
    assert not processes.lives(f"{pid}:{int(started) - 1}")
    assert processes.lives(f"{pid}:"), "whoever wrote it did not know"


def test_where_the_system_tells_nothing_the_id_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    name = processes.process_name()
    monkeypatch.setattr(processes, "_started", lambda pid: "")
    assert processes.lives(name)
    assert processes.lives(processes.process_name())


def test_on_windows_no_process_is_interrupted_to_see_whether_it_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise AssertionError("os.kill(pid, 0) is Ctrl-C there")

    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(os, "kill", interrupt)
    assert processes.lives("1:")


def test_the_file_is_in_the_folder_for_state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    monkeypatch.setattr(sys, "platform", "linux")
    assert MachineStore().path == tmp_path / "workato-async" / "quotas.sqlite3"
    monkeypatch.setenv("XDG_STATE_HOME", "relative")
    assert default_path().parts[-4:-2] == (".local", "state")
    monkeypatch.setattr(sys, "platform", "darwin")
    assert "Application Support" in default_path().parts
    monkeypatch.setattr(sys, "platform", "win32")
    assert default_path().is_relative_to(tmp_path / "local")


@pytest.mark.parametrize(
    "arguments", [{"lease": 0}, {"local_share": 0}, {"local_share": 1.5}, {"on_store_failure": "ignore"}]
)
def test_arguments_are_checked(arguments: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError):
        MachineStore(**arguments)  # type: ignore[arg-type]

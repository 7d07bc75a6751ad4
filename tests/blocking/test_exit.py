"""The end of the interpreter without close(): nothing hangs, nothing is cut off, and nothing is printed for nothing."""

from __future__ import annotations

import sys

import pytest

from tests.support.strict_program import run
from workato_async.testing import FakeWorkato
from workato_async.testing.faults import Slow, Stall

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals and forks")


@pytest.mark.parametrize(
    ("code", "printed", "status"),
    [
        # Half-consumed generators, in a frame that only the end of the interpreter clears; a call made at exit.
        (
            """
pages = iter(workato.recipes.list(per_page=5)); next(pages)
outcomes = workato.fan_out(lambda id_: workato.recipes.get(id_), [1, 2, 3]); next(outcomes)
atexit.register(lambda: print(workato.workspace.me().id > 0))
sys.exit(3)
""",
            "True",
            3,
        ),
        pytest.param("workato.workspace.me(); print('done')", "done", 0, marks=pytest.mark.long),
        # A daemon thread that waits a minute for a permit, and another one that goes on making calls.
        (
            """
def calls():
    while True:
        workato.workspace.me()
list(workato.fan_out(workato.recipes.get, [1]))
background(workato.recipes.get, 1)
background(calls)
background(lambda: list(workato.fan_out(lambda id_: workato.recipes.get(id_), [1, 2])))
while not any(state.waiters == 3 for state in workato.limiter.snapshot().values()):
    time.sleep(0.001)
print("done")
""",
            "done",
            0,
        ),
    ],
    ids=["generators and atexit", "plain", "daemon threads"],
)
def test_it_ends_by_itself(fake: FakeWorkato, code: str, printed: str, status: int) -> None:
    assert run(fake, code) == (f"{printed}\n", "", status)


def test_a_write_in_flight_gets_its_result(fake: FakeWorkato) -> None:
    fake.fail("recipes.start", Slow(0.2))
    code = "background(lambda: print(workato.recipes.start(10060), flush=True)); sent.wait()"
    out, err, status = run(fake, code)
    assert (out, err, status) == ("None\n", "", 0)


def test_a_write_without_a_response_is_told(fake: FakeWorkato) -> None:
    fake.fail("recipes.start", Stall(processed=True))
    code = """
def write():
    try:
        workato.recipes.start(10060)
    except BaseException as error:
        print(type(error.__cause__ or error).__name__, flush=True)
background(write)
sent.wait()
"""
    out, err, status = run(fake, code)
    assert status == 0
    assert err == ""
    assert out in ("OutcomeUnknownError\n", "SystemExit\n")


def test_ctrl_c(fake: FakeWorkato) -> None:
    """KeyboardInterrupt ends the program with its notes, by the signal, as Python does."""
    fake.fail("recipes.start", Slow(0.2))
    code = """
workato.workspace.me()
sent.clear()
background(lambda: (sent.wait(), os.kill(os.getpid(), signal.SIGINT)))
workato.recipes.start(10060)
"""
    out, err, status = run(fake, code)
    assert out == ""
    assert status == -2
    assert "KeyboardInterrupt\nin flight when interrupted: PUT /api/recipes/10060/start on 127.0.0.1" in err
    assert "HTTP 200" in err


def test_an_exception_ends_it(fake: FakeWorkato) -> None:
    code = "for outcome in workato.fan_out(lambda id_: workato.recipes.get(id_), range(9)): 1 // 0"
    out, err, status = run(fake, code)
    assert (out, status) == ("", 1)
    assert err.strip().endswith("ZeroDivisionError: integer division or modulo by zero")


def test_a_forked_child_ends_without_touching_what_its_parent_uses(fake: FakeWorkato) -> None:
    """It may use the client or not, and exits as a program does; the parent's connections go on."""
    code = """
def child(act):
    pid = os.fork()
    if pid:
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
        return
    act()
    sys.exit()
def drop():
    import gc
    global workato
    del workato
    gc.collect()
pages = iter(workato.recipes.list(per_page=5)); next(pages)
for act in (lambda: None, lambda: workato.workspace.me(), lambda: workato.close(), drop):
    child(act)
    workato.workspace.me()
print(len(list(pages)))
workato.close()
"""
    out, err, status = run(fake, code)
    assert (out, err, status) == ("59\n", "", 0)
    assert fake._server is not None

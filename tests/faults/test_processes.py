"""What only a process of its own can show: Ctrl-C, forks, and sessions left open when Python ends.

The programs run in real time, and so short that nothing has to be waited for; the time limits only end what hangs.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

ROOT = Path(__file__).parents[2]
HANGS = 30.0
"""Seconds after which a program is ended that should have ended long ago; what its calls wait for comes still later."""
NOISE = ("never retrieved", "Unclosed", "unclosed", "was destroyed", "Event loop is closed", "Exception ignored")

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs POSIX processes and signals")


def start(program: str, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *options, "-c", dedent(program)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "WORKATO"))},
    )


def finish(process: subprocess.Popen[str]) -> tuple[str, str]:
    try:
        return process.communicate(timeout=HANGS)
    finally:
        process.kill()


def run(program: str, *options: str) -> tuple[str, str, int]:
    process = start(program, *options)
    out, err = finish(process)
    return out, err, process.returncode


def interrupt(program: str) -> tuple[str, str, int]:
    """Run a program until it prints its first line, then press Ctrl-C."""
    process = start(program, "-X", "dev")
    assert process.stdout is not None
    first = process.stdout.readline()
    process.send_signal(signal.SIGINT)
    out, err = finish(process)
    return first + out, err, process.returncode


PLAIN = """
    import asyncio

    async def main():
        try:
            print("ready", flush=True)
            await asyncio.sleep(3600)
        finally:
            print("done")

    asyncio.run(main())
"""
FAN_OUT = """
    import asyncio
    from itertools import cycle
    from workato_async import WorkatoSession, fan_out
    from workato_async.testing import FakeWorkato, Stall

    async def main():
        done = []
        try:
            async with FakeWorkato(recipes=60, jobs=0) as fake, WorkatoSession("any", base_url=fake.url) as workato:
                {faults}
                async with fan_out(workato.recipes.get, cycle(range(10_001, 10_061)), concurrency=100) as outcomes:
                    async for outcome in outcomes:
                        done.append(outcome.item)
                        if len(done) == {ready}:
                            print("ready", flush=True)
        finally:
            print(sorted(done) == list(range(10_001, 10_001 + {ready})))

    asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("faults", "ready"),
    [("", 60), ("fake.fail(None, Stall(), after=40, times=20)", 40)],
    ids=["calls wait for a permit", "calls wait for a response"],
)
def test_ctrl_c_in_a_fan_out(faults: str, ready: int) -> None:
    """It ends like any asyncio program: with what was done in hand, the same exit status, and no more on stderr."""
    _, plain_err, plain_status = interrupt(PLAIN)
    out, err, status = interrupt(FAN_OUT.format(faults=faults, ready=ready))
    assert out == "ready\nTrue\n"
    assert status == plain_status == -signal.SIGINT
    assert err.rstrip().endswith("KeyboardInterrupt")
    assert err.count("Traceback") == plain_err.count("Traceback")
    assert not [words for words in NOISE if words in err], err


def test_a_session_left_open_when_python_ends() -> None:
    out, err, status = run(
        """
        import asyncio
        from workato_async import WorkatoSession
        from workato_async.testing import FakeWorkato

        async def main():
            async with FakeWorkato(recipes=1, jobs=0) as fake:
                workato = WorkatoSession("any", base_url=fake.url)
                print((await workato.recipes.get(10_001)).id)

        asyncio.run(main())
        """,
        "-W",
        "default",
    )
    assert (out, status) == ("10001\n", 0)
    assert err.count("ResourceWarning") == err.count("a WorkatoSession for") == 1, err
    assert not [words for words in NOISE if words in err], err


FORK = """
    import asyncio, gc, os
    from workato_async import RetryPolicy, WorkatoSession
    from workato_async.testing import FakeWorkato

    options = {{"timeout": 1.5, "retry": RetryPolicy(attempts=1)}}

    async def get(workato):
        try:
            return (await workato.recipes.get(10_001)).id
        except Exception as error:
            return type(error).__name__

    async def get_with_own(url):
        async with WorkatoSession("any", base_url=url) as workato:
            return await get(workato)

    async def close(workato):
        try:
            await workato.close()
        except Exception as error:
            return type(error).__name__
        return "closed"

    async def main():
        async with (
            FakeWorkato(recipes=1, jobs=0) as fake,
            WorkatoSession("any", base_url=fake.url, **options) as workato,
        ):
            print("parent", await get(workato), flush=True)
            if child := os.fork():
                while os.waitpid(child, os.WNOHANG) == (0, 0):
                    await asyncio.sleep(0.01)
                print("parent", await get(workato))
                return
            try:
                {child}
            finally:
                os._exit(0)

    asyncio.run(main())
"""


def fork(child: str, *, warning: str = "") -> list[str]:
    """Return what parent and child print; the child logs only the warning."""
    out, err, status = run(FORK.format(child=f'print("child", {child}, flush=True)'))
    assert (err.partition(":")[0].strip(), status) == (warning, 0)
    return out.splitlines()


def test_a_session_used_in_a_forked_child() -> None:
    """A defined error, while a session of its own works; the parent's goes on as before."""
    assert fork("asyncio.run(get(workato))") == ["parent 10001", "child ConfigurationError", "parent 10001"]
    warning = "this process was forked from a process that uses the same token"
    own = fork("asyncio.run(get_with_own(fake.url))", warning=warning)
    assert own == ["parent 10001", "child 10001", "parent 10001"]


def test_a_session_used_in_the_coroutine_that_forked() -> None:
    assert fork("await get(workato)") == ["parent 10001", "child ConfigurationError", "parent 10001"]


def test_a_session_closed_in_a_forked_child_stays_open_in_the_parent() -> None:
    parent, child, after = fork("asyncio.run(close(workato))")
    assert (parent, after) == ("parent 10001", "parent 10001")
    assert child in ("child closed", "child ConfigurationError")

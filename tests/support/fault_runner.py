"""Plays one fault against every verb, and takes down what callers and server saw."""

from __future__ import annotations

import asyncio
import re
from contextlib import AsyncExitStack
from functools import cache
from typing import TYPE_CHECKING, Any

import attrs

from tests.support import virtual_time
from tests.support.fault_calls import RECIPES, VERBS, prepare
from tests.support.fault_variants import CAP, TROUBLES, Kept, Tampered
from tests.support.network_faults import Gate, anonymous_client
from tests.support.tampering_proxy import TamperingProxy
from workato_async import Limiter, WorkatoError, WorkatoSession
from workato_async.events import Retried
from workato_async.testing import CloseIdle, FakeWorkato, Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.fault_calls import Verb
    from tests.support.fault_variants import Trouble
    from workato_async.events import Event
    from workato_async.limits.state import BucketState

FOREVER = 1_000
"""Times that a lasting fault strikes."""
A_WHILE = 62.0
"""Seconds after which every token must be back: the longest window, and a second for what may still be on its way."""
GROUPS = (("get", "list", "update", "start", "repeat"), ("delete", "create"))
"""Verbs that can share a server: those that list recipes, and those that change how many there are, cannot."""


@attrs.frozen
class Cell:
    """What became of one call.

    Attributes:
        error: what it raised, None if it returned.
        got: what it returned, or had handed over before it raised.
        right: ``got`` is what the server has, in full.
        seen: requests of its endpoint that the server saw.
        ids: their correlation ids, those that went well before the fault left out.
        executed: how many of them the server carried out, by its record.
        effects: the same by its data, None for a read.
        refused: how many of them got a 429.
        buckets: their permits a while afterwards.
    """

    error: BaseException | None
    got: list[Any]
    right: bool
    seen: int
    ids: list[str]
    executed: int
    effects: int | None
    refused: int
    buckets: Mapping[str, BucketState]


@cache
def play(name: str, variant: int, lasting: bool) -> Mapping[str, Cell]:
    """Play one variant of a fault against every verb, each with a session of its own."""

    async def every_verb() -> Mapping[str, Cell]:
        trouble = TROUBLES[name][variant]
        noise: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: noise.append(context))
        cells: dict[str, Cell] = {}
        for group in await asyncio.gather(*(_together(verbs, trouble, lasting) for verbs in GROUPS)):
            cells |= group
        if noise:
            raise AssertionError(f"something was left to the loop: {noise}")
        return cells

    return virtual_time.run(every_verb())  # type: ignore[return-value]


async def _together(verbs: tuple[str, ...], trouble: Trouble, lasting: bool) -> dict[str, Cell]:
    server = FakeWorkato(recipes=RECIPES, jobs=0, connections=1, lookup_rows=0, environments=False)
    async with server as fake:
        prepare(fake)
        cells = await asyncio.gather(*(_one(fake, VERBS[verb], trouble, lasting) for verb in verbs))
        return dict(zip(verbs, cells, strict=True))


async def _one(fake: FakeWorkato, verb: Verb, trouble: Trouble, lasting: bool) -> Cell:
    async with AsyncExitStack() as stack:
        url, tls, on_event = fake.url, None, None
        proxy: TamperingProxy | None = None
        if isinstance(trouble, Tampered):
            proxy = await stack.enter_async_context(TamperingProxy(trouble.how, fake.url))
            url = proxy.url
        if isinstance(trouble, str):
            gate = await stack.enter_async_context(Gate(trouble, fake.url))
            url, tls = gate.url, anonymous_client()
            on_event = None if lasting else _open_on_retry(gate)
        workato = await stack.enter_async_context(
            WorkatoSession("any", base_url=url, ssl=tls, max_body=CAP, on_event=on_event, limiter=Limiter())
        )
        times = FOREVER if lasting else 1
        if proxy is not None:
            await _plan_tampering(workato, verb, proxy, times)
        await _plan(fake, workato, verb, trouble, times)
        return await _call(fake, workato, verb)


async def _plan(fake: FakeWorkato, workato: WorkatoSession, verb: Verb, trouble: Trouble, times: int) -> None:
    if isinstance(trouble, Kept):
        if isinstance(trouble.fault, CloseIdle):
            fake.fail("activity_logs.list", trouble.fault)
        await workato.activity_logs.list(per_page=1).first()  # leaves a connection in the pool
        await asyncio.sleep(0.1)
        trouble = trouble.fault
    if isinstance(trouble, Fault):
        fake.fail(verb.endpoint, trouble, times=times, after=verb.before)


async def _plan_tampering(workato: WorkatoSession, verb: Verb, proxy: TamperingProxy, times: int) -> None:
    await workato.activity_logs.list(per_page=1).first()  # leaves a connection in the pool
    await asyncio.sleep(0.1)
    path = re.sub(r"\{\w+\}", "[^/? ]+", verb.definition.path)
    proxy.begin(f"{verb.definition.method} {path}[? ]", times=times, after=verb.before)
    proxy.strike_now()


async def _call(fake: FakeWorkato, workato: WorkatoSession, verb: Verb) -> Cell:
    got: list[Any] = []
    error: BaseException | None = None
    try:
        await verb.call(workato, got)
    except WorkatoError as raised:
        error = raised
    await asyncio.sleep(A_WHILE)
    requests = [request for request in fake.requests if request.endpoint == verb.endpoint]
    return Cell(
        error=error,
        got=got,
        right=error is None and verb.right(fake, got),
        seen=len(requests),
        ids=[request.headers["x-correlation-id"] for request in requests[verb.before :]],
        executed=sum(request.executed for request in requests),
        effects=verb.effects(fake) if verb.effects else None,
        refused=sum(request.status == 429 for request in requests),
        buckets=workato.limiter.snapshot(),
    )


def _open_on_retry(gate: Gate) -> Any:
    tasks = []

    def on_event(event: Event) -> None:
        if isinstance(event, Retried):
            tasks.append(asyncio.get_running_loop().create_task(gate.open()))

    return on_event

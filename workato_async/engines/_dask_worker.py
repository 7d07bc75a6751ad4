"""What runs on the workers: the session and the limiter of a run, and one call."""

from __future__ import annotations

import asyncio
import inspect
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal

import attrs
from distributed import WorkerPlugin, get_worker
from distributed.comm.addressing import get_address_host
from distributed.protocol.pickle import dumps, loads

from workato_async._checks import require_type
from workato_async.engines._methods import bound
from workato_async.errors import ConfigurationError, OutcomeUnknownError, QuotaStoreError, WorkatoError
from workato_async.limits.limiter import Limiter, default_limiter
from workato_async.limits.machine import MachineStore
from workato_async.limits.permit import BEFORE_REQUEST
from workato_async.limits.quota import Quota
from workato_async.session import WorkatoSession

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from distributed import Worker

Reply = tuple[Literal["value", "error", "store", "stop"], Any]
"""What a call returned or raised; or why the worker has no session: its store failed, or for good."""

_SHARED = (
    "Write limiter=lambda: Limiter(store=RedisStore(url)), with a Redis that all workers can reach; or, with all "
    "workers on one machine, leave limiter= out."
)
_PROBE = (Quota(1000, per=1), "engines.probe", "")
_MAKE_SESSION = (
    "Set WORKATO_API_TOKEN and WORKATO_HOST in the environment of the workers, or pass a function that makes their "
    "session, as in session=lambda: WorkatoSession(token_from_your_vault, data_center='eu')."
)


@attrs.frozen(repr=False)
class Options:
    """What the workers need to know of a run, as ``fan_out_on`` takes it; what is in it may be secret."""

    method: Any
    session: Callable[[], WorkatoSession | Awaitable[WorkatoSession]] | None
    limiter: Callable[[], Limiter] | None
    idempotent: bool
    endpoint: str
    """Its key, for errors."""

    def outcome_unknown(self, reason: str) -> OutcomeUnknownError:
        """Return the error for a write of which nobody knows whether it was sent."""
        error = OutcomeUnknownError(
            f"{reason}; the write may have been carried out", advice="Check before you repeat it."
        )
        error.endpoint = self.endpoint
        return error


class SessionPlugin(WorkerPlugin):
    """The session and the limiter of a run on one worker, also on one that joins later. They are opened when needed."""

    def __init__(self, run: str, options: bytes) -> None:
        self.name = run
        self._packed = options

    async def setup(self, worker: Worker) -> None:
        """Belong to a worker."""
        self._worker = worker
        self._opening = asyncio.Lock()
        self._session: WorkatoSession | None = None
        self._limiter: Limiter | None = None

    async def teardown(self, worker: Worker) -> None:
        """Close session and limiter."""
        async with self._opening:
            await self._close()

    async def open(self) -> WorkatoSession:
        """Return the session, which the first caller opens; raise a WorkatoError if it cannot work."""
        async with self._opening:
            if self._session is None:
                try:
                    await self._open()
                except BaseException:
                    await self._close()
                    raise
            return self._session  # type: ignore[return-value]  # opened

    async def perform(self, index: int, item: bytes) -> None:
        """Make one call and deliver its reply. Dask itself never sees an error, which it would log, nor a result."""
        content = _packed(await self._reply(index, item))
        await self._worker.scheduler.workato_deliver(run=self.name, index=index, content=content)

    async def _reply(self, index: int, packed: bytes) -> Reply:
        try:
            session = await self.open()
        except QuotaStoreError as error:
            return "store", error  # later calls may find it again
        except WorkatoError as error:
            return "stop", error
        try:
            item = loads(packed)
        except Exception as error:
            problem = f"the item cannot be unpickled on the worker: {type(error).__name__}: {error}"
            return "error", ConfigurationError(problem)
        method, claiming, claimed = self._options.method, asyncio.Lock(), False

        async def claim() -> None:
            nonlocal claimed
            async with claiming:  # once, however many requests the call makes
                claimed = claimed or await self._worker.scheduler.workato_claim(run=self.name, index=index)
                if not claimed:
                    raise self._options.outcome_unknown(
                        "the worker that was making this call ended before its outcome was known"
                    )

        try:
            if isinstance(method, str) and not self._options.idempotent:
                BEFORE_REQUEST.set(claim)  # until it has its permit, nothing has happened
            elif not self._options.idempotent:
                await claim()
            return "value", await bound(method, session)(item)
        except SystemExit as error:  # would end the worker here, and the event loop there
            return "error", WorkatoError(f"the function asked to exit: SystemExit({error.code!r})")
        except asyncio.CancelledError as error:
            if (task := asyncio.current_task()) is not None and task.cancelling():
                raise  # the worker closes, and Dask gives the task to another one
            return "error", error
        except Exception as error:
            return "error", error

    async def _open(self) -> None:
        try:
            options = self._options = loads(self._packed)
        except Exception as error:
            raise ConfigurationError(
                f"a worker cannot unpickle method, session or limiter: {type(error).__name__}: {error}",
                advice="Install what they are made of on the workers.",
            ) from None
        make_limiter = options.limiter or (lambda: Limiter(store=MachineStore()))
        limiter = self._limiter = await _made("limiter", make_limiter, Limiter)
        with default_limiter(limiter):
            session = await _made("session", options.session or WorkatoSession, WorkatoSession, advice=_MAKE_SESSION)
        if session.limiter is not limiter:
            if options.limiter is not None:
                raise ConfigurationError("limiter= and the function of session= both make a limiter: leave out either")
            await limiter.close()
            self._limiter = session.limiter
        await self._require_shared(session.limiter)
        self._session = await session.__aenter__()

    async def _require_shared(self, limiter: Limiter) -> None:
        """Raise an error if the workers would each use the whole quota, or the store cannot be reached."""
        scheduler: Any = self._worker.scheduler  # its calls are made up at run time
        workers = await scheduler.ncores()
        machines, store, problem = len(set(map(get_address_host, workers))), limiter.store, ""
        if store is None and len(workers) > 1:
            problem = f"the limiter has no store, so each of {len(workers)} workers would use the whole quota"
        if isinstance(store, MachineStore) and machines > 1:
            problem = f"the workers are on {machines} machines, and a MachineStore shares a quota on one only"
        if problem:
            raise ConfigurationError(problem, advice=_SHARED)
        if store is None:
            return
        try:
            async with asyncio.timeout(30):
                permit = await limiter.bucket("GET /", "engines", _PROBE).acquire()
        except (QuotaStoreError, TimeoutError) as error:
            reason = error.reason if isinstance(error, QuotaStoreError) else "no response within 30 s"
            raise QuotaStoreError(
                f"a worker cannot use the store that shares the quota: {reason}", advice=_SHARED
            ) from None
        permit.unsent()

    async def _close(self) -> None:
        session, self._session = self._session, None
        limiter, self._limiter = self._limiter, None
        if session is not None:
            await session.close()
        if limiter is not None:
            with suppress(WorkatoError):
                await limiter.close()


async def check(run: str, dask_worker: Worker) -> bytes | None:
    """Open the session of a run; return None if it is open, else a reply."""
    try:
        if (plugin := _plugin(dask_worker, run)) is not None:  # else it has just started: its first call opens it
            await plugin.open()
    except WorkatoError as error:
        return _packed(("stop", error))
    return None


async def perform(task: bytes) -> None:
    """Make one call, unless its run has ended."""
    run, index, item = loads(task)
    if (plugin := _plugin(get_worker(), run)) is not None:
        await plugin.perform(index, item)


def _plugin(worker: Worker, run: str) -> SessionPlugin | None:
    plugin: Any = worker.plugins.get(run)
    return plugin  # type: ignore[no-any-return]


def _packed(reply: Reply) -> bytes:
    """Pickle a reply; what cannot be pickled is replaced by an error that says so."""
    kind, content = reply
    try:
        packed: bytes = dumps(reply)
        if kind != "value":
            loads(packed)  # exceptions with arguments of their own are pickled, but not unpickled
    except Exception as error:
        problem = f"{type(content).__name__}: {content}"
        if kind == "value":
            problem = f"the call was made, but what it returned cannot be pickled ({type(content).__name__}): {error}"
        return _packed(("error", WorkatoError(problem)))
    return packed


async def _made(name: str, make: Callable[[], Any], kind: type[Any], *, advice: str = "") -> Any:
    """Call a function of the user's; its traceback, which may show a token, goes no further."""
    try:
        made = make()
        if inspect.isawaitable(made):
            made = await made
    except Exception as error:
        reason = error.reason if isinstance(error, WorkatoError) else f"{type(error).__name__}: {error}"
        raise ConfigurationError(f"a worker cannot make its {name}: {reason}", advice=advice) from None
    require_type(f"what the function of {name}= returns", made, kind)
    return made

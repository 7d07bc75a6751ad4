"""What runs on the workers: the session and the limiter of a run, and one call."""

from __future__ import annotations

import asyncio
import inspect
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import attrs
from distributed import WorkerPlugin

from workato_async._checks import require_type
from workato_async.engines._dask_pickle import dumps, loads
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

T = TypeVar("T")

Reply = tuple[Literal["value", "error", "store", "stop"], Any]
"""What became of a call: what it returned, what it raised, an error of the limiter's store, or why no call can be made.
"""

SHARED = "limiter=lambda: Limiter(store=RedisStore(url)), with a Redis that all workers can reach"
"""What to write where workers cannot share a quota."""
_PROBE = (Quota(1000, per=1), "engines.probe")


@attrs.frozen(repr=False)
class Options:
    """What the workers need to know of a run; what is in it may be secret.

    Attributes:
        method: the name of a method of the session, or a coroutine function.
        session: makes the session, None for one from the worker's environment.
        limiter: makes the limiter, None for one that shares the machine's file.
        idempotent: a call may be made twice.
        endpoint: the key of its endpoint, for errors.
        processes: how many worker processes there were when the run began.
        hosts: the machines they ran on.
    """

    method: Any
    session: Callable[[], WorkatoSession | Awaitable[WorkatoSession]] | None
    limiter: Callable[[], Limiter] | None
    idempotent: bool
    endpoint: str
    processes: int
    hosts: frozenset[str]


class Workplace:
    """The session and the limiter of one run in one process, however many workers it has."""

    _places: dict[tuple[str, asyncio.AbstractEventLoop], Workplace] = {}  # noqa: RUF012

    def __init__(self, run: str, options: bytes, host: str) -> None:
        self._run = run
        self._packed = options
        self._host = host
        self._opening = asyncio.Lock()
        self._session: WorkatoSession | None = None
        self._limiter: Limiter | None = None
        self.workers: list[Worker] = []
        self.options: Options

    @classmethod
    def find(cls, run: str) -> Workplace | None:
        """Return that of a run in this process, None if the run has ended."""
        return cls._places.get((run, asyncio.get_running_loop()))

    @classmethod
    def enter(cls, run: str, options: bytes, host: str, worker: Worker) -> None:
        """Count a worker in."""
        place = cls._places.setdefault((run, asyncio.get_running_loop()), cls(run, options, host))
        place.workers.append(worker)

    async def leave(self, worker: Worker) -> None:
        """Count a worker out; the last one closes the session and the limiter."""
        self.workers.remove(worker)
        if not self.workers:
            del self._places[self._run, asyncio.get_running_loop()]
            async with self._opening:
                await self._close()

    async def session(self) -> WorkatoSession:
        """Return the session, which the first caller opens.

        Raises:
            ConfigurationError: if it cannot be made, or its limiter does not fit the cluster.
            QuotaStoreError: if the store of the limiter cannot be reached.
        """
        async with self._opening:
            if self._session is not None:
                return self._session
            try:
                return await self._open()
            except BaseException:
                await self._close()
                raise

    async def claim(self, index: int) -> None:
        """Have the scheduler record that this worker makes a call.

        Raises:
            _DoneError: if the call is not to be made any more.
            OutcomeUnknownError: if another worker may have made it, and it must not be made twice.
        """
        try:
            state = await self._scheduler.workato_claim(run=self._run, index=index)
        except OSError as error:
            raise outcome_unknown(
                self.options, f"the Dask scheduler cannot be asked who makes this call: {error}"
            ) from None
        if state == "claimed" and not self.options.idempotent:
            raise outcome_unknown(
                self.options, "the worker that was making this call ended before its outcome was known"
            )
        if state not in ("free", "claimed"):
            raise _DoneError

    async def deliver(self, index: int, reply: Reply) -> None:
        """Bring a reply to where it survives this worker."""
        await self._scheduler.workato_deliver(run=self._run, index=index, content=_packed(reply))

    @property
    def _scheduler(self) -> Any:
        return self.workers[0].scheduler

    async def _open(self) -> WorkatoSession:
        options = self.options = _unpacked(self._packed)
        limiter = self._limiter = _instance("limiter", _called("limiter", options.limiter or _machine_limiter), Limiter)
        self._require_shared(limiter)
        with default_limiter(limiter):
            made = _called("session", options.session or WorkatoSession)
            if inspect.isawaitable(made):
                made = await _awaited("session", made)
        session = _instance("session", made, WorkatoSession)
        if session.limiter is not limiter:
            if options.limiter is not None:
                raise ConfigurationError("limiter= and the function of session= both make a limiter: leave out either")
            await limiter.close()
            self._limiter = session.limiter
            self._require_shared(session.limiter)
        await session.__aenter__()
        self._session = session
        await self._probe(session.limiter)
        return session

    def _require_shared(self, limiter: Limiter) -> None:
        """Raise ConfigurationError if the workers would each use the whole quota."""
        hosts, processes = self.options.hosts | {self._host}, self.options.processes
        if limiter.store is None and processes > 1:
            raise ConfigurationError(
                f"the limiter has no store, so each of {processes} worker processes would use the whole quota: write "
                f"{SHARED}; or, with all workers on one machine, leave limiter= out"
            )
        if isinstance(limiter.store, MachineStore) and len(hosts) > 1:
            raise ConfigurationError(
                f"the workers are on {len(hosts)} machines, and a MachineStore shares a quota on one only: write "
                f"{SHARED}"
            )

    async def _probe(self, limiter: Limiter) -> None:
        """Raise QuotaStoreError if the store of the limiter cannot be reached."""
        if limiter.store is None:
            return
        try:
            async with asyncio.timeout(30):
                permit = await limiter.bucket("GET /", "engines", _PROBE).acquire()
        except (QuotaStoreError, TimeoutError) as error:
            reason = error.reason if isinstance(error, QuotaStoreError) else "no response within 30 s"
            file = "" if self.options.limiter is None else "; or, with all workers on one machine, leave limiter= out"
            raise QuotaStoreError(
                f"a worker cannot use the store that shares the quota: {reason}", advice=f"Write {SHARED}{file}."
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


class SessionPlugin(WorkerPlugin):
    """Opens a place in a run on every worker, also on one that joins later or is restarted."""

    def __init__(self, run: str, options: bytes) -> None:
        self.name = run
        self._options = options

    async def setup(self, worker: Worker) -> None:
        """Enter; the session is opened when it is needed."""
        Workplace.enter(self.name, self._options, host_of(worker.address), worker)

    async def teardown(self, worker: Worker) -> None:
        """Leave."""
        place = Workplace.find(self.name)
        if place is not None:
            await place.leave(worker)

    def __repr__(self) -> str:
        return f"<SessionPlugin of run {self.name}>"


class _DoneError(Exception):
    """The call was made, or its run has ended."""


class _Claim:
    """Claims a call once, however many requests it makes."""

    def __init__(self, place: Workplace, index: int) -> None:
        self._place, self._index = place, index
        self._claiming = asyncio.Lock()
        self._claimed = False

    async def __call__(self) -> None:
        async with self._claiming:
            if not self._claimed:
                await self._place.claim(self._index)
                self._claimed = True


async def check(run: str) -> bytes | None:
    """Open the session of a run; return None if it is open, else a reply. Empty if the plugin is not there yet."""
    place = Workplace.find(run)
    if place is None:
        return b""
    try:
        await place.session()
    except WorkatoError as error:
        return _packed(("stop", error))
    return None


async def perform(task: bytes) -> None:
    """Make one call and deliver its reply. Dask itself never sees an error, which it would log, nor a result."""
    run, index, item = loads(task)
    place = Workplace.find(run)
    if place is not None and (reply := await _reply(place, index, item)) is not None:
        await place.deliver(index, reply)


async def _reply(place: Workplace, index: int, packed: bytes) -> Reply | None:
    """Return what became of a call, None if it is not to be made any more."""
    try:
        session = await place.session()
    except QuotaStoreError as error:
        return "store", error  # later calls may find it again
    except WorkatoError as error:
        return "stop", error
    try:
        item = loads(packed)
    except Exception as error:
        problem = f"the item cannot be unpickled on the worker: {type(error).__name__}: {error}"
        return "error", ConfigurationError(problem)
    claim = _Claim(place, index)
    try:
        if isinstance(place.options.method, str):  # sends nothing else: until it has its permit, nothing has happened
            BEFORE_REQUEST.set(claim)
        else:
            await claim()
        return "value", await bound(place.options.method, session)(item)
    except _DoneError:
        return None
    except SystemExit as error:  # would end the worker here, and the event loop there
        return "error", WorkatoError(f"the function asked to exit: SystemExit({error.code!r})")
    except asyncio.CancelledError as error:
        if (task := asyncio.current_task()) is not None and task.cancelling():
            raise  # the worker closes, and Dask gives the task to another one
        return "error", error
    except Exception as error:
        return "error", error


def outcome_unknown(options: Options, reason: str) -> OutcomeUnknownError:
    """Return the error for a write of which nobody knows whether it was sent."""
    error = OutcomeUnknownError(f"{reason}; the write may have been carried out", advice="Check before you repeat it.")
    error.endpoint = options.endpoint
    return error


def host_of(address: str) -> str:
    """Return the host of the address of a worker."""
    from distributed.comm.addressing import get_address_host

    return get_address_host(address)


def _packed(reply: Reply) -> bytes:
    """Pickle a reply; what cannot be pickled is replaced by an error that says so."""
    kind, content = reply
    try:
        packed = dumps(reply)
        if kind != "value":
            loads(packed)  # exceptions with arguments of their own are pickled, but not unpickled
    except Exception as error:
        if kind == "value":
            problem = f"the call was made, but what it returned cannot be pickled ({type(content).__name__}): {error}"
        else:
            problem = f"{type(content).__name__}: {content}"
        return dumps(("error", WorkatoError(problem)))
    return packed


def _unpacked(options: bytes) -> Options:
    try:
        unpacked: Options = loads(options)
    except Exception as error:
        raise ConfigurationError(
            f"a worker cannot unpickle method, session or limiter: {type(error).__name__}: {error}",
            advice="Install what they are made of on the workers.",
        ) from None
    return unpacked


def _machine_limiter() -> Limiter:
    return Limiter(store=MachineStore())


def _called(name: str, make: Callable[[], Any]) -> Any:
    """Call a function of the user's; its traceback, which may show a token, goes no further."""
    try:
        return make()
    except Exception as error:
        raise _unmade(name, error) from None


async def _awaited(name: str, made: Awaitable[Any]) -> Any:
    try:
        return await made
    except Exception as error:
        raise _unmade(name, error) from None


def _unmade(name: str, error: Exception) -> ConfigurationError:
    advice = ""
    if name == "session":
        advice = (
            "Set WORKATO_API_TOKEN and WORKATO_HOST in the environment of the workers, or pass a function that makes "
            "their session, as in session=lambda: WorkatoSession(token_from_your_vault, data_center='eu')."
        )
    reason = error.reason if isinstance(error, WorkatoError) else f"{type(error).__name__}: {error}"
    return ConfigurationError(f"a worker cannot make its {name}: {reason}", advice=advice)


def _instance(name: str, made: Any, kind: type[T]) -> T:
    require_type(f"what the function of {name}= returns", made, kind)
    instance: T = made
    return instance

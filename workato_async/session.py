"""WorkatoSession: composes the pipeline, owns or borrows the HTTP session, hands out the resources."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Literal, Self

import attrs

from workato_async._checks import require_count, require_seconds, require_type
from workato_async.api import Api
from workato_async.calls.caller import Caller
from workato_async.calls.in_flight import InFlightCalls
from workato_async.calls.retry import RetryPolicy, retrying
from workato_async.calls.retry_budget import RetryBudget
from workato_async.calls.throttle import throttled
from workato_async.errors import ConfigurationError
from workato_async.events import Observer
from workato_async.http.credentials import Token, problem_with
from workato_async.http.hosts import host_from_environment, require_proxy, roots_of
from workato_async.http.transport import MAX_BODY, AiohttpTransport, TransportOptions
from workato_async.limits.limiter import Limiter
from workato_async.limits.wait_queue import Priority

if TYPE_CHECKING:
    import ssl as ssl_module
    from collections.abc import Mapping
    from types import TracebackType

    from workato_async.events import OnEvent
    from workato_async.http.transport import ClientSession
    from workato_async.limits.limiter import DocumentedQuota

RESPONSE_TIMEOUT = 45.0
"""Seconds to wait for an answer; the server itself gives up after 40 (docs: workato-api/limits)."""
_DEFAULT_RETRY = RetryPolicy()


class WorkatoSession(Api):
    """The Workato Developer API, paced. Use it as ``async with WorkatoSession(…) as workato``.

    Args:
        token: the API client's token; None takes ``WORKATO_API_TOKEN`` from the environment.
        data_center: ``"us"``, ``"eu"``, ``"jp"``, ``"sg"``, ``"au"``, ``"il"``, ``"cn"``, ``"kr"``, ``"uk"`` or
            ``"trial"``.
        base_url: the root of any other host, e.g. of a Virtual Private Workato; a trailing ``/api`` is accepted. If
            neither this nor ``data_center`` is given, ``WORKATO_HOST`` is taken from the environment.
        limiter: keeps the calls inside their quotas; may be shared by sessions of one event loop.
        retry: how often and how soon calls are sent again.
        timeout: seconds to wait for an answer.
        max_connections: connections at a time.
        http: an aiohttp session of your own, which is used and not closed. Its connector, cookie jar and ``trust_env``
            stay in force; its middlewares, default timeouts and ``raise_for_status`` do not.
        on_event: called with every record of ``workato_async.events``.
        ssl: an SSL context of your own, for a private CA or client certificates.
        proxy: the URL of an HTTP proxy; the environment's proxies are not used.
        max_body: bytes of one decoded answer that are read at most.
        data_tables_url: the root of the host for the records of data tables, where ``base_url`` does not tell it.
        event_streams_url: the root of the host for the messages of event streams, likewise.

    Raises:
        ConfigurationError: for a missing or malformed token, an unknown data center, plain http to another machine,
            or a number out of its range.
    """

    def __init__(
        self,
        token: str | None = None,
        *,
        data_center: str | None = None,
        base_url: str | None = None,
        limiter: Limiter | None = None,
        retry: RetryPolicy = _DEFAULT_RETRY,
        timeout: float = RESPONSE_TIMEOUT,
        max_connections: int = 100,
        http: ClientSession | None = None,
        on_event: OnEvent | None = None,
        ssl: ssl_module.SSLContext | None = None,
        proxy: str | None = None,
        max_body: int = MAX_BODY,
        data_tables_url: str | None = None,
        event_streams_url: str | None = None,
    ) -> None:
        token = os.environ.get("WORKATO_API_TOKEN") if token is None else token
        problem = problem_with(token)
        secret = Token(token or "")
        del token  # from here on no frame holds it, whatever is raised
        if problem:
            raise ConfigurationError(problem)
        if base_url is None and data_center is None:
            base_url = host_from_environment()
        roots = roots_of(data_center or "us", base_url, data_tables_url, event_streams_url)
        root = roots["api"]
        require_type("retry", retry, RetryPolicy)
        require_count("max_connections", max_connections)
        require_count("max_body", max_body)
        require_proxy(proxy)
        self._own_limiter = limiter is None
        self.limiter = Limiter() if limiter is None else limiter
        require_type("limiter", self.limiter, Limiter)
        self.limiter.set_documented_quotas(_documented)
        self._observe = Observer(on_event)
        self._transport = AiohttpTransport(
            roots,
            secret,
            TransportOptions(max_connections=max_connections, max_body=max_body, ssl=ssl, proxy=proxy),
            http,
        )
        account = secret.account(root)
        self._throttled = throttled(self._transport, self.limiter, account=account, observe=self._observe)
        self._budget = RetryBudget(retry.budget)
        self._lifetime = InFlightCalls()
        self._retry = retry
        self._root = root
        self._timeout = timeout
        super().__init__(self._caller_with(retry, timeout, None, Priority.NORMAL))

    def options(
        self,
        *,
        timeout: float | None = None,
        max_wait: float | None = None,
        deadline: float | None = None,
        retry: RetryPolicy | None = None,
        priority: Priority | Literal["interactive", "normal", "bulk"] = "normal",
    ) -> Api:
        """Give a view of this session with other options; it shares connections, limiter and retry budget.

        Args:
            timeout: seconds to wait for an answer.
            max_wait: seconds a call may wait for a token; a call that would wait longer fails at once.
            deadline: seconds for a whole call: waiting for a token, attempts, the time between them, and the answer. A
                call whose token would come too late fails at once.
            retry: how often and how soon calls are sent again.
            priority: ``"interactive"`` calls pass the others in the queue of their endpoint, ``"bulk"`` calls let them
                pass; every fifth token goes to the lower ones all the same.

        Raises:
            ConfigurationError: for a value out of its range.
        """
        require_seconds("max_wait", max_wait, zero=True, none=True)
        try:
            level = priority if isinstance(priority, Priority) else Priority[priority.upper()]
        except (KeyError, AttributeError):
            raise ConfigurationError(f"priority is 'interactive', 'normal' or 'bulk', not {priority!r}") from None
        policy = self._retry if retry is None else retry
        require_type("retry", policy, RetryPolicy)
        if deadline is not None:
            policy = attrs.evolve(policy, deadline=deadline)
        return Api(self._caller_with(policy, self._timeout if timeout is None else timeout, max_wait, level))

    async def close(self) -> None:
        """Close the connections (not a borrowed aiohttp session).

        Calls that wait or are under way end at once: with OutcomeUnknownError if they are writes that were sent, else
        with ConfigurationError, like those made afterwards.
        """
        self._lifetime.close()
        await self._transport.aclose()
        if self._own_limiter:
            await self.limiter.close()

    @property
    def closed(self) -> bool:
        """Tell whether the session was closed."""
        return self._transport.closed

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        if not hasattr(self, "_transport"):  # a report of the error that refused its arguments
            return "<WorkatoSession, not made>"
        return f"<WorkatoSession of {self._root}{', closed' if self.closed else ''}>"

    def _caller_with(self, retry: RetryPolicy, timeout: float, max_wait: float | None, priority: Priority) -> Caller:
        require_seconds("timeout", timeout)
        send = retrying(self._throttled, retry, observe=self._observe, budget=self._budget, lifetime=self._lifetime)
        return Caller(send, timeout, max_wait, priority)


def _documented() -> Mapping[str, DocumentedQuota]:
    from workato_async.resources import ENDPOINTS

    return {endpoint.key: (endpoint.quota, endpoint.id) for endpoint in ENDPOINTS}

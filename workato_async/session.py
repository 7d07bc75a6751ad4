"""WorkatoSession: composes the pipeline, owns or borrows the HTTP session, provides the resources."""

from __future__ import annotations

import ssl as ssl_module
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Literal, Self

import attrs

from workato_async._checks import require_count, require_listener, require_seconds, require_type
from workato_async.api import Api
from workato_async.arguments import plain
from workato_async.calls.caller import Caller
from workato_async.calls.in_flight import InFlightCalls
from workato_async.calls.retry import RetryPolicy, retrying
from workato_async.calls.retry_budget import RetryBudget
from workato_async.calls.throttle import throttled
from workato_async.errors import ConfigurationError
from workato_async.events import Observer
from workato_async.http.credentials import Token, token_of, validate_token
from workato_async.http.hosts import host_from_environment, host_names, require_proxy, roots_of, usual_root
from workato_async.http.token_provider import RotatingToken
from workato_async.http.transport import MAX_BODY, AiohttpTransport, TransportOptions
from workato_async.limits.limiter import Limiter, shared_limiter
from workato_async.limits.time_scale import time_scale_from_environment
from workato_async.limits.wait_queue import Priority
from workato_async.page_lengths import PageLengths

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from types import TracebackType

    from workato_async.endpoint import Host
    from workato_async.events import OnEvent
    from workato_async.http.messages import Request, Response, Send
    from workato_async.http.token_provider import TokenProvider
    from workato_async.http.transport import ClientSession
    from workato_async.limits.limiter import DocumentedQuota
    from workato_async.resources.customers import Customer, Environment

RESPONSE_TIMEOUT = 45.0
"""Seconds to wait for a response; the server itself times out after 40 (docs: workato-api/limits)."""


class WorkatoSession(Api):
    """The Workato Developer API, inside its quotas. Use it as ``async with WorkatoSession(…) as workato``.

    Args:
        token: the API client's token; None reads ``WORKATO_API_TOKEN`` from the environment. Or a function, async or
            not, that returns the current token. It is called at the start, and again if the server rejects a call with
            401; the call is then retried once if the token has changed.
        data_center: ``"us"``, ``"eu"``, ``"jp"``, ``"sg"``, ``"au"``, ``"il"``, ``"cn"``, ``"kr"``, ``"uk"`` or
            ``"trial"``.
        base_url: the root of any other host, e.g. of a Virtual Private Workato; a trailing ``/api`` is accepted. If
            neither this nor ``data_center`` is given, ``WORKATO_HOST`` or ``WORKATO_DATA_CENTER`` is read from the
            environment; if neither is set, the data center is ``"us"``.
        limiter: keeps the calls inside their quotas; None for the one that all sessions of this process share. If the
            host is a fake on this machine (plain http), the shared limiter follows ``WORKATO_TIME_SCALE``.
        retry: how often and how soon calls are retried.
        timeout: seconds to wait for a response.
        max_connections: the largest number of open connections.
        http: an aiohttp session of your own, which is used and not closed. Its connector, cookie jar and ``trust_env``
            apply; its middlewares, default timeouts and ``raise_for_status`` do not.
        on_event: a first listener, see ``add_listener``.
        ssl: an SSL context, for a private CA or client certificates.
        proxy: the URL of an HTTP proxy; proxies from the environment are not used.
        max_body: the largest decoded response that is read, in bytes.
        data_tables_url: the root of the host for data table records, if it does not follow from ``base_url``.
        event_streams_url: the root of the host for event stream messages, if it does not follow from ``base_url``.

    Raises:
        ConfigurationError: for a missing or malformed token, an unknown data center, ``data_center`` together with
            ``base_url``, plain http to another machine, an empty environment variable, or an argument of another type
            or out of range.
    """

    def __init__(
        self,
        token: str | TokenProvider | None = None,
        *,
        data_center: str | None = None,
        base_url: str | None = None,
        limiter: Limiter | None = None,
        retry: RetryPolicy = RetryPolicy(),
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
        rotating = RotatingToken(token) if callable(token) else None
        secret: Token = rotating or token_of(token)
        del token  # from here on no frame holds it, whatever is raised
        if rotating is None:
            validate_token(secret)
        data_center = plain(data_center)
        if base_url is not None and data_center is not None:
            raise ConfigurationError("data_center and base_url are two ways to name the host: pass one of them")
        if base_url is None and data_center is None:
            base_url = host_from_environment()
        roots = roots_of("us" if data_center is None else data_center, base_url, data_tables_url, event_streams_url)
        self._arguments: dict[str, Any] = {
            "token": rotating.provider if rotating else secret,
            "data_center": data_center,
            "base_url": base_url,
            "limiter": limiter,
            "retry": retry,
            "timeout": timeout,
            "max_connections": max_connections,
            "http": http,
            "ssl": ssl,
            "proxy": proxy,
            "max_body": max_body,
            "data_tables_url": data_tables_url,
            "event_streams_url": event_streams_url,
        }
        root = roots["api"]
        require_type("retry", retry, RetryPolicy)
        require_count("max_connections", max_connections)
        require_count("max_body", max_body)
        require_proxy(proxy)
        if ssl is not None:
            require_type("ssl", ssl, ssl_module.SSLContext)
        self.limiter = shared_limiter(time_scale_from_environment(root)) if limiter is None else limiter
        require_type("limiter", self.limiter, Limiter)
        self.limiter.set_documented_quotas(_documented)
        if on_event is not None:
            require_listener("on_event", on_event)
        self._observe = Observer(on_event)
        self._transport = AiohttpTransport(
            roots,
            secret,
            TransportOptions(max_connections=max_connections, max_body=max_body, ssl=ssl, proxy=proxy),
            http,
        )
        transport, limiter, observe = self._transport, self.limiter, self._observe

        def throttle() -> Send:
            return throttled(transport, limiter, account=secret.account(usual_root(root)), observe=observe)

        self._throttled = throttle() if rotating is None else _made_when_used(throttle)
        self._rotating = rotating
        self._readable: set[Host] = set()
        self._budget = RetryBudget(retry.budget)
        self._lifetime = InFlightCalls()
        self._retry = retry
        self._root = root
        self._hosts = host_names(roots)
        self._page_lengths: defaultdict[str, PageLengths] = defaultdict(PageLengths)
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
    ) -> View:
        """Return a view of this session with different options; it shares connections, limiter and retry budget.

        Args:
            timeout: seconds to wait for a response.
            max_wait: seconds a call may wait for a permit; a call that would wait longer fails at once.
            deadline: seconds for a whole call: the wait for a permit, all attempts, and the pauses between them. A call
                whose permit would come too late fails at once.
            retry: how often and how soon calls are retried.
            priority: ``"interactive"`` calls go ahead of the others in the queue of their endpoint, ``"bulk"`` calls
                behind them; to prevent starvation, every fifth permit goes to a lower priority.

        Raises:
            ConfigurationError: for a value out of range.
        """
        require_seconds("max_wait", max_wait, zero=True, none=True)
        try:
            level = priority if isinstance(priority, Priority) else Priority[priority.upper()]
        except (KeyError, AttributeError):
            raise ConfigurationError(f"priority must be 'interactive', 'normal' or 'bulk', not {priority!r}") from None
        policy = self._retry if retry is None else retry
        require_type("retry", policy, RetryPolicy)
        if deadline is not None:
            policy = attrs.evolve(policy, deadline=deadline)
        return View(self, self._caller_with(policy, self._timeout if timeout is None else timeout, max_wait, level))

    def customer(self, customer_id: int | str | Customer, environment: Environment | None = None) -> View:
        """Return a view of this session for the workspace of one customer, with the same resources: the Embedded API.

        ```py
        acme = workato.customer("EA2300", environment="test")
        async for recipe in acme.recipes.list(running=True): ...
        ```

        Its calls count against the quotas of the admin workspace, which all customers share: there is one bucket for
        each endpoint. A method without a counterpart in the Embedded API raises a ConfigurationError.

        Args:
            customer_id: the customer: its number, ``"E"`` and its external id, or an object of ``customers.list()``.
            environment: ``"dev"``, ``"test"`` or ``"prod"``; None for a customer without environments, or if the id
                ends in one, such as ``"98178_test"``.

        Raises:
            ConfigurationError: if ``customer_id`` does not name a customer, or the environment is named twice.
        """
        return View(self, self._caller).customer(customer_id, environment)

    def add_listener(self, callback: OnEvent) -> Callable[[], None]:
        """Call a function with every record of ``workato_async.events``, for all calls of the session and its views.

        There may be any number of listeners. They run in the task that makes the call, so they must be quick; one that
        raises is logged and does not affect the call. For a call already in progress, only its later records arrive.

        Args:
            callback: takes one record.

        Returns:
            A function that removes the listener; calling it again does nothing.

        Raises:
            ConfigurationError: if it is not callable.
        """
        require_listener("callback", callback)
        return self._observe.add(callback)

    def clone(self, *, limiter: Limiter | None = None) -> Self:
        """Return a new session with the same settings, for another event loop or a forked process.

        Args:
            limiter: its limiter; None for the one that was passed to this session.

        Raises:
            ConfigurationError: if this session borrows an aiohttp session, which belongs to one loop.
        """
        if self._arguments["http"] is not None:
            raise ConfigurationError("a session that borrows an aiohttp session cannot be cloned: make a new one")
        given = self._arguments if limiter is None else {**self._arguments, "limiter": limiter}
        return type(self)(**given)

    async def close(self) -> None:
        """Close the connections (not a borrowed aiohttp session).

        Calls that are waiting or in flight end at once: writes that were sent with OutcomeUnknownError, all others with
        ConfigurationError. Calls made afterwards also raise ConfigurationError.

        Raises:
            ConfigurationError: if the session belongs to another event loop that is still open.
        """
        self._lifetime.close()
        await self._transport.aclose()

    @property
    def base_url(self) -> str:
        """The root of the API that the session calls, e.g. ``https://app.eu.workato.com``."""
        return self._root

    @property
    def closed(self) -> bool:
        """Whether the session was closed."""
        return self._transport.closed

    async def __aenter__(self) -> Self:
        """Open the session: from now on it belongs to this event loop.

        Raises:
            ConfigurationError: if it was closed, is open already, or belongs to another event loop; or if the
                token provider returns no token.
        """
        if self._rotating is not None and not self._rotating.known:
            await self._rotating.renew(self._rotating.issue)
        self._lifetime.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        if not hasattr(self, "_transport"):  # its arguments were invalid, and a traceback shows it
            return "<WorkatoSession, not initialized>"
        return f"<WorkatoSession of {self._root}{', closed' if self.closed else ''}>"

    def _caller_with(self, retry: RetryPolicy, timeout: float, max_wait: float | None, priority: Priority) -> Caller:
        require_seconds("timeout", timeout)
        send = retrying(
            self._throttled,
            retry,
            observe=self._observe,
            budget=self._budget,
            in_flight=self._lifetime,
            readable=self._readable,
            token=self._rotating,
        )
        return Caller(send, timeout, max_wait, priority, self._hosts, self._page_lengths)


class View(Api):
    """A session with other options, or the workspace of one customer, or both."""

    def __init__(self, session: WorkatoSession, caller: Caller) -> None:
        super().__init__(caller)
        self._session = session

    def customer(self, customer_id: int | str | Customer, environment: Environment | None = None) -> View:
        """Return a view for the workspace of one customer, with the options of this one.

        See ``WorkatoSession.customer``.
        """
        from workato_async.embedded import CustomerCaller
        from workato_async.resources.customers import customer_named

        admin = self._caller.admin if isinstance(self._caller, CustomerCaller) else self._caller
        return View(self._session, CustomerCaller.of(admin, customer_named(customer_id, environment)))

    def options(
        self,
        *,
        timeout: float | None = None,
        max_wait: float | None = None,
        deadline: float | None = None,
        retry: RetryPolicy | None = None,
        priority: Priority | Literal["interactive", "normal", "bulk"] = "normal",
    ) -> View:
        """Return a view of the same workspace with other options; options not given are the session's own.

        See ``WorkatoSession.options``.
        """
        from workato_async.embedded import CustomerCaller

        view = self._session.options(
            timeout=timeout, max_wait=max_wait, deadline=deadline, retry=retry, priority=priority
        )
        caller = self._caller
        return view.customer(caller.customer) if isinstance(caller, CustomerCaller) else view

    def __repr__(self) -> str:
        from workato_async.embedded import CustomerCaller

        whose = f"customer {self._caller.customer} in " if isinstance(self._caller, CustomerCaller) else ""
        return f"<View of {whose}{self._session!r}>"


def _made_when_used(make: Callable[[], Send]) -> Send:
    """Return a sender that is made for its first request: the account of a provider's token is not known before."""
    made: Send | None = None

    def send(request: Request) -> Awaitable[Response]:
        nonlocal made
        if made is None:
            made = make()
        return made(request)

    return send


def _documented() -> Mapping[str, DocumentedQuota]:
    from workato_async.embedded import EMBEDDED_ENDPOINTS
    from workato_async.resources import ENDPOINTS

    return {endpoint.key: endpoint.documented_quota for endpoint in (*EMBEDDED_ENDPOINTS, *ENDPOINTS)}

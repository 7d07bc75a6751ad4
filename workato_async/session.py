"""WorkatoSession: composes the pipeline, owns or borrows the HTTP session, hands out the resources."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, Self

import attrs

from workato_async.caller import Caller
from workato_async.checks import require_count, require_seconds, require_type
from workato_async.errors import ConfigurationError
from workato_async.events import Observer
from workato_async.hosts import host_from_environment, require_proxy, root_of
from workato_async.lifetime import Lifetime
from workato_async.limits.limiter import Limiter
from workato_async.limits.queue import Priority
from workato_async.resources import ENDPOINTS
from workato_async.resources.activity_logs import ActivityLogs
from workato_async.resources.connections import Connections
from workato_async.resources.developer_api_clients import DeveloperApiClients
from workato_async.resources.folders import Folders
from workato_async.resources.jobs import Jobs
from workato_async.resources.lookup_tables import LookupTables
from workato_async.resources.on_prem import OnPremAgents, OnPremGroups
from workato_async.resources.projects import Deployments, Projects
from workato_async.resources.recipes import Recipes
from workato_async.resources.roles import ProjectRoles, Roles
from workato_async.retry import RetryPolicy, retrying
from workato_async.retry_budget import RetryBudget
from workato_async.routes import find_endpoint
from workato_async.throttle import throttled
from workato_async.token import Token, problem_with
from workato_async.transport import MAX_BODY, AiohttpTransport, TransportOptions

if TYPE_CHECKING:
    import ssl as ssl_module
    from types import TracebackType

    import aiohttp

    from workato_async.events import OnEvent
    from workato_async.target import Query

ANSWER_TIMEOUT = 45.0
"""Seconds to wait for an answer; the server itself gives up after 40 (docs: workato-api/limits)."""
_DEFAULT_RETRY = RetryPolicy()


class Api:
    """The resources of the API, one attribute a family; what a session and its views have in common."""

    _caller: Caller

    @cached_property
    def recipes(self) -> Recipes:
        """Recipes, with ``.versions`` and ``.health``."""
        return Recipes(self._caller)

    @cached_property
    def jobs(self) -> Jobs:
        """Jobs, the runs of recipes."""
        return Jobs(self._caller)

    @cached_property
    def connections(self) -> Connections:
        """Connections to the applications that recipes use."""
        return Connections(self._caller)

    @cached_property
    def folders(self) -> Folders:
        """Folders; a top-level one is a project."""
        return Folders(self._caller)

    @cached_property
    def projects(self) -> Projects:
        """Projects, and deploying them."""
        return Projects(self._caller)

    @cached_property
    def deployments(self) -> Deployments:
        """Deployments of projects."""
        return Deployments(self._caller)

    @cached_property
    def lookup_tables(self) -> LookupTables:
        """Lookup tables, with ``.rows``."""
        return LookupTables(self._caller)

    @cached_property
    def project_roles(self) -> ProjectRoles:
        """Project roles."""
        return ProjectRoles(self._caller)

    @cached_property
    def roles(self) -> Roles:
        """Roles of the workspace (legacy)."""
        return Roles(self._caller)

    @cached_property
    def developer_api_clients(self) -> DeveloperApiClients:
        """Developer API clients and their tokens."""
        return DeveloperApiClients(self._caller)

    @cached_property
    def on_prem_groups(self) -> OnPremGroups:
        """On-prem groups."""
        return OnPremGroups(self._caller)

    @cached_property
    def on_prem_agents(self) -> OnPremAgents:
        """On-prem agents."""
        return OnPremAgents(self._caller)

    @cached_property
    def activity_logs(self) -> ActivityLogs:
        """The workspace's activity audit log."""
        return ActivityLogs(self._caller)

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: object = None,
        replay_safe: bool | None = None,
    ) -> Any:
        """Call any endpoint, also one that this package does not know; paced like every other call.

        Args:
            method: ``"GET"``, ``"POST"``, ``"PUT"``, ``"PATCH"`` or ``"DELETE"``.
            path: from the root of the host, e.g. ``"/api/recipes/12389"``; it is matched with the known endpoints, so
                that their quotas hold here too. Ids in it must not need percent-encoding.
            query: see :func:`workato_async.target.build_target`.
            body: sent as JSON.
            replay_safe: whether it may be sent again after its answer was lost; None takes what is known of the
                endpoint, and of an unknown one that only reads may.

        Returns:
            The JSON of the answer as it is, None if it is empty.

        Raises:
            ConfigurationError: for a method or path that cannot be meant.
        """
        endpoint, arguments = find_endpoint(method, path, replay_safe=replay_safe)
        return await self._caller.json(endpoint, arguments, query, body)


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
        timeout: float = ANSWER_TIMEOUT,
        max_connections: int = 100,
        http: aiohttp.ClientSession | None = None,
        on_event: OnEvent | None = None,
        ssl: ssl_module.SSLContext | None = None,
        proxy: str | None = None,
        max_body: int = MAX_BODY,
    ) -> None:
        token = os.environ.get("WORKATO_API_TOKEN") if token is None else token
        problem = problem_with(token)
        secret = Token(token or "")
        del token  # from here on no frame holds it, whatever is raised
        if problem:
            raise ConfigurationError(problem)
        if base_url is None and data_center is None:
            base_url = host_from_environment()
        root = root_of(data_center or "us", base_url)
        require_type("retry", retry, RetryPolicy)
        require_count("max_connections", max_connections)
        require_count("max_body", max_body)
        require_proxy(proxy)
        self._own_limiter = limiter is None
        self.limiter = Limiter() if limiter is None else limiter
        require_type("limiter", self.limiter, Limiter)
        self.limiter.document({e.key: e.quota for e in ENDPOINTS}, {e.key: e.id for e in ENDPOINTS})
        self._observe = Observer(on_event)
        self._transport = AiohttpTransport(
            root,
            secret,
            TransportOptions(max_connections=max_connections, max_body=max_body, ssl=ssl, proxy=proxy),
            http,
        )
        account = secret.account(root)
        self._throttled = throttled(self._transport, self.limiter, account=account, observe=self._observe)
        self._budget = RetryBudget(retry.budget)
        self._lifetime = Lifetime()
        self._retry = retry
        self._root = root
        self._timeout = timeout
        self._caller = self._caller_with(retry, timeout, None, Priority.NORMAL)

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
        return _View(self._caller_with(policy, self._timeout if timeout is None else timeout, max_wait, level))

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


class _View(Api):
    def __init__(self, caller: Caller) -> None:
        self._caller = caller

"""The token, and what its client role allows. Everything asked here is a read."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from workato_async.calls.retry import RetryPolicy
from workato_async.doctor.check import Check
from workato_async.errors import (
    AuthenticationError,
    PermissionDeniedError,
    ResponseError,
    WorkatoError,
)
from workato_async.privileges import PRIVILEGES
from workato_async.resources import ENDPOINTS
from workato_async.resources.jobs import LIST as LIST_JOBS
from workato_async.resources.recipes.recipes import LIST as LIST_RECIPES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workato_async.api import Api
    from workato_async.session import WorkatoSession

TIMEOUT = 15.0
_ONCE = RetryPolicy(attempts=1)
_NOT_DEV = "accepted; its client is of an environment other than DEV, or may not read the workspace's details"
_NO_MATTER = {"api_clients_v1.list", "api_access_profiles.list"}
"""Retired by Workato: their privileges are not checked."""


async def check_token(workato: WorkatoSession, elsewhere: Mapping[str, WorkatoSession] | None = None) -> Check:
    """Return whether the host accepts the token, and which workspace it is for.

    Args:
        workato: the session.
        elsewhere: sessions with the same token at other data centers, by name, to be tried if it does not.
    """
    try:
        accepted = await _accepted(workato)
    except WorkatoError as error:
        return Check("token", "failed", str(error), "")
    if accepted:
        return Check("token", "ok", accepted)
    for name, other in (elsewhere or {}).items():
        try:
            accepted = await _accepted(other)
        except WorkatoError:
            continue
        if accepted:
            host = other.base_url.partition("://")[2]
            return Check("token", "failed", f"it belongs to data center {name}: {accepted}", f"Use the host {host}")
    tried = f", nor do {', '.join(elsewhere)}" if elsewhere else ""
    return Check(
        "token",
        "failed",
        f"{workato.base_url.partition('://')[2]} does not accept it (401){tried}",
        "Check that it is complete and not revoked (Workspace admin > API clients)"
        + ("" if elsewhere else ", and that it belongs to this data center"),
    )


async def check_privileges(workato: Api) -> Check:
    """Return which families of endpoints the client role of the token does not allow to read.

    It reads one object of each family, which costs about thirty calls, each on a quota of its own.
    """
    view = _patient(workato)
    recipe_ids: list[int] = []

    async def allowed(section: str) -> bool | None:
        """Whether the first list of a section may be read, None if that cannot be told.

        A feature that the workspace lacks, or a missing argument, has nothing to do with the client role.
        """
        path, query = probes[section]
        try:
            response: Any = await view.request("GET", path, query=query)
        except (AuthenticationError, PermissionDeniedError):
            return False
        except ResponseError as error:
            return True if error.status < 500 and error.status != 429 else None
        except WorkatoError:
            return None
        if path == LIST_RECIPES.path:
            recipe_ids.extend(recipe["id"] for recipe in response["items"])
        return True

    probes = _probes()
    results = dict(zip(probes, await asyncio.gather(*map(allowed, probes)), strict=True))
    if recipe_ids:
        probes["Jobs"] = (LIST_JOBS.path.format(recipe_id=recipe_ids[0]), {})
        results["Jobs"] = await allowed("Jobs")
    refused = sorted(section for section, result in results.items() if result is False)
    unknown = sorted(section for section, result in results.items() if result is None)
    found = f"{len(results) - len(refused) - len(unknown)} of {len(results)} families of endpoints can be read"
    if not refused and not unknown:
        return Check("privileges", "ok", found)
    parts = [found]
    parts += [f"not allowed: {', '.join(refused)}"] if refused else []
    parts += [f"no response: {', '.join(unknown)}"] if unknown else []
    step = "If they are needed, enable them in the client role (Workspace admin > API clients > Client roles)"
    return Check("privileges", "warning", "; ".join(parts), step if refused else "Run this again")


async def _accepted(workato: WorkatoSession) -> str:
    """Return what the token is for; empty if it is not accepted."""
    view = _patient(workato)
    try:
        workspace = await view.workspace.me()
    except PermissionDeniedError:
        return _NOT_DEV
    except AuthenticationError:
        # Clients of other environments than DEV may not ask for the workspace either, so another read decides.
        try:
            await view.request("GET", LIST_RECIPES.path, query={"per_page": 1})
        except AuthenticationError:
            return ""
        except PermissionDeniedError:
            pass
        return _NOT_DEV
    name = workspace.name or workspace.company_name or ""
    return f"accepted; workspace {name} ({workspace.id}), environment DEV or the only one"


def _patient(workato: Any) -> Api:
    view: Api = workato.options(retry=_ONCE, timeout=TIMEOUT)
    return view


def _probes() -> dict[str, tuple[str, dict[str, int]]]:
    """Return the path and query of a harmless read for each section of the client-role screen that has one."""
    found: dict[str, tuple[str, dict[str, int]]] = {}
    for endpoint in ENDPOINTS:
        if endpoint.method == "GET" and "{" not in endpoint.path and endpoint.id not in _NO_MATTER:
            section = PRIVILEGES.get(endpoint.id, "").partition(": ")[0]
            if section and section != "Workspace Details" and endpoint.id.endswith((".list", ".tables")):
                found.setdefault(section, (endpoint.path, {"per_page": 1}))
    return found

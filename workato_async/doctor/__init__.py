"""What is wrong between this machine and a workspace: ``diagnose`` checks each part and names the next step.

```py
async with WorkatoSession() as workato:
    async for check in diagnose(workato):
        print(check)
```

It only reads: the workspace, and one page of one object of each family of endpoints.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async.doctor.access import check_privileges, check_token
from workato_async.doctor.check import Check, Status
from workato_async.doctor.connection import check_clock, check_host, probe
from workato_async.doctor.local import check_proxies, check_store, check_versions
from workato_async.http import hosts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from ssl import SSLContext

    from workato_async.limits.store import Store
    from workato_async.session import WorkatoSession

DATA_CENTERS = tuple(hosts.DATA_CENTERS)
"""The names of Workato's data centers."""
usual_root = hosts.usual_root

__all__ = [
    "DATA_CENTERS",
    "Check",
    "Status",
    "check_proxies",
    "check_store",
    "check_versions",
    "diagnose",
    "usual_root",
]


async def diagnose(
    workato: WorkatoSession,
    *,
    store: Store | None = None,
    elsewhere: Mapping[str, WorkatoSession] | None = None,
    ssl: SSLContext | None = None,
) -> AsyncIterator[Check]:
    """Check the machine, the host, its clock, the token and what its client role allows, one after the other.

    Args:
        workato: an open session.
        store: where its limiter keeps the permits, if that is to be checked.
        elsewhere: open sessions with the same token at other data centers, by name. They are only used if the host
            rejects the token: those data centers then receive it.
        ssl: the SSL context of the session, if it has its own. The host is connected to directly, without a proxy.

    Yields:
        What was found. What cannot be known because of an earlier failure is left out.
    """
    yield check_versions()
    yield check_proxies()
    if store is not None:
        yield await check_store(store)
    found = await probe(workato.base_url, ssl)
    yield check_host(workato.base_url, found)
    if (clock := check_clock(found)) is not None:
        yield clock
    token = await check_token(workato, elsewhere or {})
    if token.status != "failed" or not found.problem:  # else it is the host's problem once more
        yield token
    if token.status != "failed":
        yield await check_privileges(workato)

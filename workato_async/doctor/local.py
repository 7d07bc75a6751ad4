"""This machine: versions, proxy variables, and the store that keeps the permits."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from workato_async._version import __version__
from workato_async.doctor.check import Check
from workato_async.errors import WorkatoError
from workato_async.limits.quota import Quota

if TYPE_CHECKING:
    from workato_async.limits.store import Store

LIBRARIES = ("aiohttp", "attrs", "cattrs", "msgspec")
EXTRAS = ("redis", "typer", "rich", "sqlalchemy", "keyring", "opentelemetry-api", "distributed", "pyarrow")
PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")


def check_versions() -> Check:
    """Return the versions that a report of a problem needs."""
    installed = [f"{name} {found}" for name in (*LIBRARIES, *EXTRAS) if (found := _version(name))]
    python = f"{platform.python_implementation()} {platform.python_version()} on {platform.system()}"
    return Check("versions", "ok", ", ".join([f"workato-async {__version__}", python, *installed]))


def check_proxies() -> Check:
    """Return whether the environment names a proxy, which sessions do not use by themselves."""
    found = {name: os.environ.get(name) or os.environ.get(name.lower(), "") for name in PROXIES}
    named = [f"{name} is {_without_password(value)}" for name, value in found.items() if value]
    if not named:
        return Check("proxy", "ok", "none in the environment")
    return Check(
        "proxy",
        "warning",
        f"{', '.join(named)}, which is not used",
        "If the host cannot be reached directly, pass WorkatoSession(proxy=...)",
    )


async def check_store(store: Store) -> Check:
    """Return whether the store that keeps the permits works, by taking one and giving it back."""
    try:
        bucket = store.bucket(Quota(1, per=1), key="GET /api/doctor", account="doctor", adaptive=False)
        permit = await bucket.acquire(max_wait=30)
        permit.unsent()
    except WorkatoError as error:
        return Check("quota store", "failed", f"{store!r}: {error}", "Commands can run without it: --no-shared-quota")
    return Check("quota store", "ok", repr(store).strip("<>"))


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _without_password(url: str) -> str:
    """Return scheme, host and port of a proxy, without credentials."""
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        return f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}"
    except ValueError:
        return "no URL"

"""Where the API lives. Source: the API overview's table of data centers (docs: workato-api)."""

from __future__ import annotations

import ipaddress
import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from workato_async.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workato_async.endpoint import Host


LONGEST_SHOWN = 10
"""Characters of an unknown data center that are quoted; a token has more."""


def _at(domain: str, app: str = "app") -> dict[Host, str]:
    return {
        "api": f"https://{app}.{domain}",
        "data_tables": f"https://data-tables.{domain}",
        "event_streams": f"https://event-streams.{domain}",
    }


DATA_CENTERS: dict[str, dict[Host, str]] = {
    "us": _at("workato.com", app="www"),
    "eu": _at("eu.workato.com"),
    "jp": _at("jp.workato.com"),
    "sg": _at("sg.workato.com"),
    "au": _at("au.workato.com"),
    "il": _at("il.workato.com"),
    "cn": _at("workatoapp.cn"),
    "kr": _at("kr.workato.com"),
    "uk": _at("uk.workato.com"),
    "trial": _at("trial.workato.com"),
}
"""The roots of the three hosts by data center; ``trial`` is the developer sandbox.

Event streams of il, cn, kr and uk are not documented and follow the pattern of the others (docs: workato-api/pubsub).
"""


def roots_of(
    data_center: str, base_url: str | None, data_tables_url: str | None = None, event_streams_url: str | None = None
) -> dict[Host, str]:
    """Return the roots of the hosts, without a trailing slash; an unknown one is missing.

    Args:
        data_center: one of ``DATA_CENTERS``; ignored if there is a ``base_url``.
        base_url: the root of any host; a trailing ``/api`` is removed. The root of a data center implies its
            other hosts, and a server on this machine is used as all three.
        data_tables_url: the root of another host for the records of data tables.
        event_streams_url: the root of another host for the messages of event streams.

    Raises:
        ConfigurationError: for an unknown data center, an invalid URL, or plain http to another machine.
    """
    if base_url is not None:
        roots = _beside(_checked("base_url", base_url))
    elif isinstance(data_center, str) and data_center.lower() in DATA_CENTERS:
        roots = dict(DATA_CENTERS[data_center.lower()])
    else:
        raise ConfigurationError(
            f"{_fault(data_center)}; use one of {', '.join(DATA_CENTERS)}, or base_url= for a private host"
        )
    if data_tables_url is not None:
        roots["data_tables"] = _checked("data_tables_url", data_tables_url)
    if event_streams_url is not None:
        roots["event_streams"] = _checked("event_streams_url", event_streams_url)
    return roots


def host_names(roots: Mapping[Host, str]) -> dict[Host, str]:
    """Return the names of hosts by their roots, e.g. ``app.eu.workato.com``, with an unusual port."""
    return {host: urlsplit(root).netloc for host, root in roots.items()}


def usual_root(root: str) -> str:
    """Return the root of the same API under its usual name: that of the American data center has two."""
    us = DATA_CENTERS["us"]["api"]
    return us if root == us.replace("www.", "app.") else root


def host_from_environment() -> str | None:
    """Return the base URL that ``WORKATO_HOST`` or ``WORKATO_DATA_CENTER`` names, None if neither is set.

    Raises:
        ConfigurationError: if one is empty, as the unset variable of a pipeline is (the default must not get the
            token), is not the root of a host (a bare name means https) or a data center, or if they contradict each
            other.
    """
    host, center = _host_variable(), _data_center_variable()
    if host is not None and center is not None and usual_root(host) != usual_root(center):
        raise ConfigurationError(
            f"WORKATO_HOST and WORKATO_DATA_CENTER name different hosts ({urlsplit(host).netloc} and "
            f"{urlsplit(center).netloc}): set one of them"
        )
    return center if host is None else host


def _data_center_variable() -> str | None:
    center = os.environ.get("WORKATO_DATA_CENTER")
    if center is None:
        return None
    if center.strip().lower() not in DATA_CENTERS:
        problem = _fault(center.strip()).replace("data_center", "WORKATO_DATA_CENTER")
        raise ConfigurationError(f"{problem}; set WORKATO_DATA_CENTER to one of {', '.join(DATA_CENTERS)}")
    return DATA_CENTERS[center.strip().lower()]["api"]


def _host_variable() -> str | None:
    host = os.environ.get("WORKATO_HOST")
    if host is None:
        return None
    if not host.strip():
        raise ConfigurationError("WORKATO_HOST is empty: set it to a host, e.g. app.eu.workato.com, or do not set it")
    if host.lower() in DATA_CENTERS:
        root = DATA_CENTERS[host.lower()]["api"]
        raise ConfigurationError(f"WORKATO_HOST is a data center, not a host: set it to {urlsplit(root).netloc}")
    return _checked("WORKATO_HOST", host if "://" in host else f"https://{host}")


def _beside(root: str) -> dict[Host, str]:
    """Return a host together with those that belong to it."""
    for roots in DATA_CENTERS.values():
        if usual_root(root) == roots["api"]:
            return {**roots, "api": root}
    if is_loopback(urlsplit(root).hostname or ""):
        return {"api": root, "data_tables": root, "event_streams": root}
    return {"api": root}


def _fault(data_center: object) -> str:
    """Return what is wrong with a data center, and quote it only if it cannot be a token in the wrong place."""
    if not isinstance(data_center, str):
        return f"data_center must be text, not {type(data_center).__name__}"
    if not data_center:
        return "data_center is empty"
    return f"unknown data center{f' {data_center!r}' if len(data_center) <= LONGEST_SHOWN else ''}"


def _checked(name: str, base_url: str) -> str:
    # The value itself is never quoted: it may be a token in the wrong place.
    example = "pass the root of the host, e.g. https://app.eu.workato.com"
    if base_url == "":
        raise ConfigurationError(f"{name} is empty: {example}")
    if not isinstance(base_url, str) or base_url != base_url.strip() or not base_url.isprintable():
        raise ConfigurationError(f"{name} is not a URL: {example}")
    try:
        parts = urlsplit(base_url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ConfigurationError(f"{name} is not a URL: {example}") from None
    if parts.username or parts.password:
        raise ConfigurationError(f"{name} must not contain credentials: {example}")
    if parts.scheme not in ("http", "https") or not host or not is_host_name(host) or port == 0:
        raise ConfigurationError(f"{name} is not an http(s) URL: {example}")
    path = parts.path.rstrip("/").removesuffix("/api")
    if path or parts.query or parts.fragment:
        raise ConfigurationError(f"{name} has a path or query: {example}")
    if parts.scheme == "http" and not is_loopback(host):
        raise ConfigurationError(
            f"{name} is plain http to another machine: use https, or the token is sent unencrypted"
        )
    shown = f"[{host}]" if ":" in host else host
    usual = 443 if parts.scheme == "https" else 80
    return f"{parts.scheme}://{shown}" + (f":{port}" if port and port != usual else "")


def require_proxy(proxy: str | None) -> None:
    """Raise ConfigurationError unless the value is None or the URL of an HTTP proxy.

    Raises:
        ConfigurationError: if it is anything else; credentials in it are not shown.
    """
    if proxy is None:
        return
    try:
        parts = urlsplit(proxy)
        usable = (
            parts.scheme in ("http", "https") and parts.hostname and is_host_name(parts.hostname) and parts.port != 0
        )
        usable = usable and proxy.isprintable() and " " not in proxy
    except (ValueError, AttributeError, TypeError):
        usable = False
    if not usable:
        raise ConfigurationError("proxy must be the URL of an HTTP proxy, e.g. http://127.0.0.1:3128")


def is_host_name(host: str) -> bool:
    """Whether a host can be resolved: an address, or at most 253 characters in labels of 1 to 63."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        try:
            return (
                0 < len(host.encode("idna").strip(b".")) <= 253 and host.isprintable() and not set(host) & set(" %:\\")
            )
        except UnicodeError:
            return False
    return True


def is_loopback(host: str) -> bool:
    """Whether a host means this machine: in the usual spelling only, as others may be resolved elsewhere."""
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback

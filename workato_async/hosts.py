"""Where the API lives. Source: the API overview's table of data centers (docs: workato-api)."""

from __future__ import annotations

import ipaddress
import os
from urllib.parse import urlsplit

from workato_async.errors import ConfigurationError

DATA_CENTERS = {
    "us": "https://www.workato.com",
    "eu": "https://app.eu.workato.com",
    "jp": "https://app.jp.workato.com",
    "sg": "https://app.sg.workato.com",
    "au": "https://app.au.workato.com",
    "il": "https://app.il.workato.com",
    "cn": "https://app.workatoapp.cn",
    "kr": "https://app.kr.workato.com",
    "uk": "https://app.uk.workato.com",
    "trial": "https://app.trial.workato.com",
}
"""The root of the host by data center; ``trial`` is the developer sandbox."""


def root_of(data_center: str, base_url: str | None) -> str:
    """Give the root of the host, without a slash at its end.

    Args:
        data_center: one of ``DATA_CENTERS``; not looked at if there is a ``base_url``.
        base_url: the root of any host; a trailing ``/api`` is taken off.

    Raises:
        ConfigurationError: for an unknown data center, a URL that is none, or plain http to another machine.
    """
    if base_url is None:
        if not isinstance(data_center, str) or data_center.lower() not in DATA_CENTERS:
            known = ", ".join(DATA_CENTERS)
            raise ConfigurationError(f"unknown data center; known are {known}. A private host goes into base_url=")
        return DATA_CENTERS[data_center.lower()]
    return _checked(base_url)


def host_from_environment() -> str | None:
    """Give ``WORKATO_HOST`` as a base URL, None if it is not set; a bare host name means https."""
    host = os.environ.get("WORKATO_HOST")
    return f"https://{host}" if host and "://" not in host else host or None


def _checked(base_url: str) -> str:
    # The value itself is never quoted: it may be a token that was put in the wrong place.
    example = "give the root of the host, e.g. https://app.eu.workato.com"
    if not isinstance(base_url, str) or base_url != base_url.strip() or not base_url.isprintable():
        raise ConfigurationError(f"base_url is not a URL: {example}")
    try:
        parts = urlsplit(base_url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ConfigurationError(f"base_url is not a URL: {example}") from None
    if parts.username or parts.password:
        raise ConfigurationError(f"base_url holds credentials, which belong nowhere in it: {example}")
    if parts.scheme not in ("http", "https") or not host or not _is_name(host) or port == 0:
        raise ConfigurationError(f"base_url is not an http(s) URL: {example}")
    path = parts.path.rstrip("/").removesuffix("/api")
    if path or parts.query or parts.fragment:
        raise ConfigurationError(f"base_url has a path or query: {example}")
    if parts.scheme == "http" and not _is_loopback(host):
        raise ConfigurationError("base_url is plain http to another machine: use https, or the token goes unencrypted")
    name = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{name}" + (f":{port}" if port else "")


def require_proxy(proxy: str | None) -> None:
    """Refuse what is no URL of an HTTP proxy.

    Raises:
        ConfigurationError: if it is none; credentials that it may hold are not shown.
    """
    if proxy is None:
        return
    try:
        parts = urlsplit(proxy)
        usable = parts.scheme in ("http", "https") and parts.hostname and _is_name(parts.hostname) and parts.port != 0
    except (ValueError, AttributeError):
        usable = False
    if not usable:
        raise ConfigurationError("proxy is the URL of an HTTP proxy, e.g. http://127.0.0.1:3128")


def _is_name(host: str) -> bool:
    """Tell whether a host has a form that can be looked up: an address, or labels of 1 to 63 characters."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        try:
            return bool(host.strip(".")) and "\\" not in host and bool(host.encode("idna"))
        except UnicodeError:
            return False
    return True


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

"""Where the token may be sent."""

from __future__ import annotations

from typing import Any

import pytest

from workato_async import ConfigurationError, WorkatoSession
from workato_async.hosts import DATA_CENTERS, host_from_environment, root_of


def test_the_documented_data_centers() -> None:
    assert DATA_CENTERS == {
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
    for name, root in DATA_CENTERS.items():
        assert root_of(name, None) == root_of(name.upper(), None) == root


@pytest.mark.parametrize("data_center", ["mars", "", " us", "us ", "www.workato.com", None, 5, b"us"])
def test_an_unknown_data_center_is_refused_and_the_known_ones_named(data_center: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        root_of(data_center, None)
    for name in DATA_CENTERS:
        assert name in str(caught.value)


@pytest.mark.parametrize(
    ("base_url", "root"),
    [
        ("https://app.eu.workato.com", "https://app.eu.workato.com"),
        ("https://app.eu.workato.com/", "https://app.eu.workato.com"),
        ("https://app.eu.workato.com/api", "https://app.eu.workato.com"),
        ("https://app.eu.workato.com/api/", "https://app.eu.workato.com"),
        ("HTTPS://App.EU.Workato.com/api", "https://app.eu.workato.com"),
        ("https://workato.example:8443/api", "https://workato.example:8443"),
        ("https://10.0.0.7", "https://10.0.0.7"),
        ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://LOCALHOST", "http://localhost"),
        ("http://127.0.0.1:1", "http://127.0.0.1:1"),
        ("http://127.8.9.10", "http://127.8.9.10"),
        ("http://[::1]:8080/api", "http://[::1]:8080"),
    ],
)
def test_roots(base_url: str, root: str) -> None:
    assert root_of("mars", base_url) == root


@pytest.mark.parametrize(
    "base_url",
    [
        "http://www.workato.com", "http://10.0.0.7", "http://0.0.0.0", "http://[::]", "http://localhost.example.com",
        "http://127.0.0.1.example.com", "http://[::ffff:10.0.0.1]", "http://2130706433", "http://127.1", "http://0x7f000001",
        "http://localhost@example.com", "http://example.com#localhost", "http://localhost.",
        "HTTP://www.workato.com", "http://www.workato.com:443", "http://169.254.169.254",
    ],
)  # fmt: skip
def test_plain_http_is_refused_unless_it_is_this_machine(base_url: str) -> None:
    with pytest.raises(ConfigurationError):
        root_of("us", base_url)
    with pytest.raises(ConfigurationError):
        WorkatoSession("token", base_url=base_url)


@pytest.mark.parametrize(
    "base_url",
    [
        "",
        " ",
        "www.workato.com",
        "app.eu.workato.com/api",
        "//www.workato.com",
        "ftp://x",
        "file:///etc/passwd",
        "https://",
        "https:///api",
        "https://x/y",
        "https://x/api/v2",
        "https://x//api",
        "https://x?a=1",
        "https://x#a",
        "https://x:port",
        "https://x:99999",
        "https://x:-1",
        "https://[::1",
        " https://x",
        "https://x ",
        "https://x\n",
        "https://x\r\nHost: y",
        "https://x\x00",
        "https://user:password@x",
        "https://user@x",
        "https://:password@x",
        "javascript:alert(1)",
        5,
        b"https://x",
    ],
    ids=ascii,
)
def test_what_is_no_root_of_a_host_is_refused(base_url: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        root_of("us", base_url)
    assert "password" not in str(caught.value)


@pytest.mark.parametrize(
    "base_url",
    ["https://.", "https://x..y", f"https://{'a' * 70}.com", "https://a\\b"],
    ids=["dot", "dots", "long", "bs"],
)
async def test_a_host_that_has_no_form_in_dns_is_refused(base_url: str) -> None:
    with pytest.raises(ConfigurationError):
        WorkatoSession("token", base_url=base_url)


def test_port_0_is_refused() -> None:
    with pytest.raises(ConfigurationError):
        root_of("us", "https://x:0")


@pytest.mark.parametrize(
    ("value", "host"),
    [
        (None, None),
        ("", None),
        ("app.eu.workato.com", "https://app.eu.workato.com"),
        ("https://app.eu.workato.com/api", "https://app.eu.workato.com/api"),
        ("http://127.0.0.1:80", "http://127.0.0.1:80"),
    ],
)
def test_the_host_of_the_environment(value: str | None, host: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    if value is not None:
        monkeypatch.setenv("WORKATO_HOST", value)
    assert host_from_environment() == host


def test_the_environment_gives_way_to_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKATO_HOST", "app.eu.workato.com")
    assert "app.eu.workato.com" in repr(WorkatoSession("token"))
    assert "app.jp.workato.com" in repr(WorkatoSession("token", data_center="jp"))
    assert "example.com" in repr(WorkatoSession("token", base_url="https://example.com"))
    assert "www.workato.com" in repr(WorkatoSession("token", data_center="us"))


def test_a_bad_host_of_the_environment_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKATO_HOST", "http://example.com")
    with pytest.raises(ConfigurationError):
        WorkatoSession("token")


def test_without_anything_it_is_the_us() -> None:
    assert "www.workato.com" in repr(WorkatoSession("token"))

"""Where the token may be sent."""

from __future__ import annotations

from typing import Any

import pytest

from workato_async import ConfigurationError, WorkatoSession
from workato_async.http.hosts import DATA_CENTERS, host_from_environment, roots_of


def test_the_documented_data_centers() -> None:
    assert {name: tuple(roots.values()) for name, roots in DATA_CENTERS.items()} == {
        "us": ("https://www.workato.com", "https://data-tables.workato.com", "https://event-streams.workato.com"),
        **{
            name: (
                f"https://app.{name}.workato.com",
                f"https://data-tables.{name}.workato.com",
                f"https://event-streams.{name}.workato.com",
            )
            for name in ("eu", "jp", "sg", "au", "il", "kr", "uk", "trial")
        },
        "cn": ("https://app.workatoapp.cn", "https://data-tables.workatoapp.cn", "https://event-streams.workatoapp.cn"),
    }
    for name, roots in DATA_CENTERS.items():
        assert list(roots) == ["api", "data_tables", "event_streams"]
        assert roots_of(name, None) == roots_of(name.upper(), None) == roots


@pytest.mark.parametrize("base_url", ["https://app.eu.workato.com/api", "https://APP.eu.workato.com:443"])
def test_the_host_of_a_data_center_brings_its_others_along(base_url: str) -> None:
    assert roots_of("us", base_url) == DATA_CENTERS["eu"]


def test_the_second_name_of_the_american_host_is_kept() -> None:
    assert roots_of("eu", "https://app.workato.com") == {**DATA_CENTERS["us"], "api": "https://app.workato.com"}


def test_of_a_private_host_the_others_are_given_or_unknown() -> None:
    assert roots_of("us", "https://workato.example") == {"api": "https://workato.example"}
    assert roots_of("us", "https://workato.example", "https://tables.example/", "https://events.example") == {
        "api": "https://workato.example",
        "data_tables": "https://tables.example",
        "event_streams": "https://events.example",
    }
    assert roots_of("us", None, None, "https://events.example")["event_streams"] == "https://events.example"
    with pytest.raises(ConfigurationError, match="data_tables_url is plain http"):
        roots_of("us", None, "http://tables.example")


def test_this_machine_is_all_three_hosts() -> None:
    root = "http://127.0.0.1:8080"
    assert roots_of("us", root) == {"api": root, "data_tables": root, "event_streams": root}


@pytest.mark.parametrize("data_center", ["mars", "", " us", "us ", "www.workato.com", None, 5, b"us"])
def test_an_unknown_data_center_is_invalid_and_the_known_ones_named(data_center: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        roots_of(data_center, None)
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
    assert roots_of("mars", base_url)["api"] == root


@pytest.mark.parametrize(
    "base_url",
    [
        "http://www.workato.com", "http://10.0.0.7", "http://0.0.0.0", "http://[::]", "http://localhost.example.com",
        "http://127.0.0.1.example.com", "http://[::ffff:10.0.0.1]", "http://2130706433", "http://127.1", "http://0x7f000001",
        "http://localhost@example.com", "http://example.com#localhost", "http://localhost.",
        "HTTP://www.workato.com", "http://www.workato.com:443", "http://169.254.169.254",
    ],
)  # fmt: skip
def test_plain_http_is_invalid_unless_it_is_this_machine(base_url: str) -> None:
    with pytest.raises(ConfigurationError):
        roots_of("us", base_url)
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
def test_what_is_no_root_of_a_host_is_invalid(base_url: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        roots_of("us", base_url)
    assert "password" not in str(caught.value)


@pytest.mark.parametrize(
    "base_url",
    ["https://.", "https://x..y", f"https://{'a' * 70}.com", "https://a\\b"],
    ids=["dot", "dots", "long", "bs"],
)
async def test_a_host_that_has_no_form_in_dns_is_invalid(base_url: str) -> None:
    with pytest.raises(ConfigurationError):
        WorkatoSession("token", base_url=base_url)


def test_port_0_is_invalid() -> None:
    with pytest.raises(ConfigurationError):
        roots_of("us", "https://x:0")


@pytest.mark.parametrize(
    ("value", "host"),
    [
        (None, None),
        ("app.eu.workato.com", "https://app.eu.workato.com"),
        ("https://app.eu.workato.com/api", "https://app.eu.workato.com"),
        ("http://127.0.0.1:80", "http://127.0.0.1"),
    ],
)
def test_the_host_of_the_environment(value: str | None, host: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    if value is not None:
        monkeypatch.setenv("WORKATO_HOST", value)
    assert host_from_environment() == host


@pytest.mark.parametrize(
    ("host", "center", "root"),
    [
        (None, "eu", "https://app.eu.workato.com"),
        (None, " EU ", "https://app.eu.workato.com"),
        ("app.eu.workato.com", "eu", "https://app.eu.workato.com"),
        ("app.workato.com", "us", "https://app.workato.com"),
    ],
)
def test_the_data_center_of_the_environment(
    host: str | None, center: str, root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if host is not None:
        monkeypatch.setenv("WORKATO_HOST", host)
    monkeypatch.setenv("WORKATO_DATA_CENTER", center)
    assert host_from_environment() == root
    assert f"{root.removeprefix('https://')}" in repr(WorkatoSession("token"))
    assert "example.com" in repr(WorkatoSession("token", base_url="https://example.com"))


@pytest.mark.parametrize(
    ("host", "center", "text"),
    [
        ("app.jp.workato.com", "eu", r"name different hosts \(app.jp.workato.com and app.eu.workato.com\)"),
        ("http://127.0.0.1:8080", "eu", "name different hosts"),
        (None, "", "WORKATO_DATA_CENTER is empty"),
        (None, "mars", "unknown data center 'mars'; set WORKATO_DATA_CENTER to one of us, "),
    ],
)
def test_a_bad_data_center_of_the_environment(
    host: str | None, center: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if host is not None:
        monkeypatch.setenv("WORKATO_HOST", host)
    monkeypatch.setenv("WORKATO_DATA_CENTER", center)
    with pytest.raises(ConfigurationError, match=text):
        WorkatoSession("token")
    WorkatoSession("token", data_center="us")


def test_the_environment_gives_way_to_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKATO_HOST", "app.eu.workato.com")
    assert "app.eu.workato.com" in repr(WorkatoSession("token"))
    assert "app.jp.workato.com" in repr(WorkatoSession("token", data_center="jp"))
    assert "example.com" in repr(WorkatoSession("token", base_url="https://example.com"))
    assert "www.workato.com" in repr(WorkatoSession("token", data_center="us"))


def test_a_bad_host_of_the_environment_is_invalid(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKATO_HOST", "http://example.com")
    with pytest.raises(ConfigurationError):
        WorkatoSession("token")


@pytest.mark.parametrize("value", ["", " "])
def test_an_empty_host_of_the_environment_is_not_the_us(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pipelines set a variable that does not exist to an empty text."""
    monkeypatch.setenv("WORKATO_HOST", value)
    with pytest.raises(ConfigurationError, match="WORKATO_HOST is empty"):
        WorkatoSession("token")
    assert "app.jp.workato.com" in repr(WorkatoSession("token", data_center="jp"))


def test_without_anything_it_is_the_us() -> None:
    assert "www.workato.com" in repr(WorkatoSession("token"))


def test_both_names_of_the_american_host_are_one_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise two sessions would use its quotas twice."""
    accounts: list[str] = []

    def recorded(*_: object, account: str, **__: object) -> None:
        accounts.append(account)

    monkeypatch.setattr("workato_async.session.throttled", recorded)
    for host in ("www.workato.com", "app.workato.com", "app.eu.workato.com"):
        WorkatoSession("token", base_url=f"https://{host}")
    assert accounts[0] == accounts[1] != accounts[2]

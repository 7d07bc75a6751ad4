"""What doctor finds, and that it only reads, and shows the token to nobody else."""

from __future__ import annotations

import asyncio
import os
import re
import ssl
import time
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.cli.conftest import TOKEN, Shell
from tests.support.raw_socket_server import RawServer
from workato_async import QuotaStoreError, RetryPolicy, WorkatoSession
from workato_async.cli.checklist import check_config
from workato_async.doctor import Check, check_proxies, check_store, check_versions, diagnose
from workato_async.doctor.connection import check_clock, check_host, probe
from workato_async.http import hosts
from workato_async.limits.machine import MachineStore
from workato_async.testing import FakeWorkato, Status

FORBIDDEN = Status(403, '{"message": "Forbidden"}')
UNAUTHORIZED = Status(401, '{"message": "Unauthorized"}')


async def checks(fake: FakeWorkato, token: str = "good", **arguments: Any) -> dict[str, Check]:
    async with WorkatoSession(token, base_url=fake.url, retry=RetryPolicy(attempts=5)) as workato:
        return {check.name: check async for check in diagnose(workato, **arguments)}


async def test_all_is_well_and_nothing_is_changed() -> None:
    async with FakeWorkato(recipes=2, jobs=4, token="good") as fake:
        found = await checks(fake)
        assert [(check.name, check.status) for check in found.values()] == [
            ("versions", "ok"),
            ("proxy", "ok"),
            ("host", "ok"),
            ("clock", "ok"),
            ("token", "ok"),
            ("privileges", "ok"),
        ]
        assert found["token"].detail == "accepted; workspace Example (77), environment DEV or the only one"
        assert found["host"].detail.endswith("(not one of Workato's data centers), not encrypted")
        assert {request.method for request in fake.requests} == {"HEAD", "GET"}
        families = [request.endpoint for request in fake.requests[1:]]
        assert {"recipes.list", "jobs.list", "connections.list", "tags.list", "members.list"} <= set(families)
        assert len(families) == len(set(families)) < 40, "one call of each"
        assert all(dict(request.query).get("per_page", "1") == "1" for request in fake.requests)


async def test_the_first_request_has_no_token() -> None:
    async with RawServer(lambda *_: b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n") as server:
        await probe(server.url)
    assert server.requests[0].startswith(b"HEAD / HTTP/1.1\r\n")
    assert b"Authorization" not in server.requests[0]


async def test_a_rejected_token_is_shown_to_no_other_data_center_unless_they_are_passed() -> None:
    async with FakeWorkato(recipes=1, jobs=0, token="good") as here, FakeWorkato(1, 0, token="eu-token") as there:
        found = await checks(here, "eu-token")
        assert found["token"].status == "failed"
        assert found["token"].detail.endswith("does not accept it (401)")
        assert "belongs to this data center" in found["token"].next_step
        assert "privileges" not in found
        assert "eu-token" not in str(found)
        async with WorkatoSession("eu-token", base_url=there.url) as other:
            found = await checks(here, "eu-token", elsewhere={"eu": other})
            assert (
                found["token"].detail
                == "it belongs to data center eu: accepted; workspace Example (77), environment DEV or the only one"
            )
            assert found["token"].next_step == f"Use the host {there.url.removeprefix('http://')}"
            assert (await checks(here, elsewhere={"eu": other}))["token"].status == "ok"
            sent = len(there.requests)
            await checks(here, elsewhere={"eu": other})
            assert len(there.requests) == sent, "nobody else is asked about a token that is accepted"


async def test_a_token_that_no_data_center_accepts() -> None:
    async with (
        FakeWorkato(recipes=1, jobs=0, token="good") as here,
        FakeWorkato(recipes=1, jobs=0, token="other") as there,
        WorkatoSession("bad", base_url=there.url) as other,
    ):
        found = await checks(here, "bad", elsewhere={"eu": other, "jp": other})
    assert found["token"].detail.endswith("does not accept it (401), nor do eu, jp")


@pytest.mark.parametrize("refusal", [FORBIDDEN, UNAUTHORIZED])
async def test_a_client_of_another_environment_than_dev_is_well(refusal: Status) -> None:
    async with FakeWorkato(recipes=1, jobs=0) as fake:
        fake.fail("workspace.me", refusal, times=9)
        found = await checks(fake)
    assert found["token"].status == "ok"
    assert "an environment other than DEV" in found["token"].detail


async def test_what_the_client_role_does_not_allow_is_named_as_on_its_screen() -> None:
    async with FakeWorkato(recipes=1, jobs=1) as fake:
        fake.fail("tags.list", FORBIDDEN, times=9)
        fake.fail("jobs.list", FORBIDDEN, times=9)
        fake.fail("members.list", UNAUTHORIZED, times=9)
        fake.fail("properties.list", Status(400), times=9)
        fake.fail("genies.list", Status(404), times=9)
        fake.fail("folders.list", Status(503), times=9)
        found = (await checks(fake))["privileges"]
        assert fake.sent("folders.list") == 1, "not retried"
    assert found.status == "warning"
    assert found.detail.endswith("; not allowed: Collaborators, Jobs, Tags; no response: Folders")
    assert "client role" in found.next_step


async def test_a_host_that_cannot_be_reached() -> None:
    async with RawServer(lambda *_: None) as server:
        url = server.url
    found = check_host(url, await probe(url))
    assert found.status == "failed"
    assert "no connection to port" in found.detail
    assert "firewall" in found.next_step
    async with WorkatoSession("any", base_url=url) as workato:
        names = [check.name async for check in diagnose(workato)]
    assert names == ["versions", "proxy", "host"], "what follows from it is not repeated"


@pytest.mark.parametrize(
    "error",
    [
        OSError(111, "Connect call failed ('127.0.0.1', 1)"),
        OSError("Multiple exceptions: [Errno 111] Connect call failed ('::1', 1, 0, 0), [Errno 111] …"),
    ],
)
async def test_why_there_is_no_connection_is_said_in_words(error: OSError, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_: object, **__: object) -> object:
        raise error

    monkeypatch.setattr(asyncio, "open_connection", refuse)
    problem = (await probe("http://localhost:1")).problem
    assert problem.startswith("no connection to port 1: ")
    assert not re.search(r"Errno|exceptions|\(|call failed", problem)


async def test_a_certificate_that_is_not_trusted() -> None:
    authority = trustme.CA()
    serving, trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("127.0.0.1").configure_cert(serving)
    authority.configure_trust(trusting)
    async with RawServer(lambda *_: b"HTTP/1.1 200 OK\r\n\r\n", ssl_context=serving) as server:
        found = check_host(server.url, await probe(server.url))
        assert found.status == "failed"
        assert "its certificate is not trusted: " in found.detail
        assert "SSL_CERT_FILE" in found.next_step
        assert check_host(server.url, await probe(server.url, trusting)).detail.endswith("TLSv1.3")


async def test_a_name_that_does_not_exist() -> None:
    found = check_host("https://no-such-host.invalid", await probe("https://no-such-host.invalid"))
    assert found.status == "failed"
    assert "its name cannot be resolved" in found.detail
    assert "WORKATO_HOST" in found.next_step


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://app.eu.workato.com", "app.eu.workato.com (data center eu), TLSv1.3"),
        ("https://app.workato.com", "app.workato.com (data center us), TLSv1.3"),
        ("https://www.workato.com", "www.workato.com (data center us), TLSv1.3"),
    ],
)
def test_the_data_center_of_a_host(url: str, shown: str) -> None:
    from workato_async.doctor.connection import Probe

    assert check_host(url, Probe(tls="TLSv1.3")) == Check("host", "ok", shown)


@pytest.mark.parametrize(
    ("ahead", "status", "detail"),
    [(0, "ok", "within 2 s of the server's"), (20, "ok", "within 20 s"), (120, "warning", "120 s ahead of the"),
     (-3_600, "warning", "3,600 s behind the")],
)  # fmt: skip
async def test_the_clock(ahead: float, status: str, detail: str) -> None:
    date = formatdate(time.time() - ahead, usegmt=True)
    async with RawServer(lambda *_: f"HTTP/1.1 200 OK\r\nDATE: {date}\r\n\r\n".encode()) as server:
        found = await probe(server.url)
    assert found.ahead == pytest.approx(ahead, abs=2)
    check = check_clock(found)
    assert check is not None
    assert (check.status, check.detail[: len(detail) - 6]) == (status, detail[:-6])


@pytest.mark.parametrize(
    "response", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nDate: today\r\n\r\n", b"x", None]
)
async def test_a_server_without_a_date_has_no_clock(response: bytes | None) -> None:
    async with RawServer(lambda *_: response) as server:
        found = await probe(server.url)
    assert found.ahead is None
    assert check_clock(found) is None
    assert check_host(server.url, found).status == "ok"


async def test_the_store(tmp_path: Path) -> None:
    assert (await check_store(MachineStore(tmp_path / "quotas.sqlite3"))).status == "ok"
    (tmp_path / "other.sqlite3").write_text("not a database, but long enough to look like one" * 100)
    found = await check_store(MachineStore(tmp_path / "other.sqlite3"))
    assert found.status == "failed"
    assert "other.sqlite3" in found.detail

    class Unreachable:
        def bucket(self, *_: Any, **__: Any) -> Any:
            raise QuotaStoreError("Redis cannot be reached")

    found = await check_store(Unreachable())  # type: ignore[arg-type]
    assert (found.name, found.status) == ("quota store", "failed")
    assert "Redis cannot be reached" in found.detail


def test_proxies_are_named_without_their_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "https_proxy", "http_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert check_proxies() == Check("proxy", "ok", "none in the environment")
    monkeypatch.setenv("HTTPS_PROXY", "http://user:secret@proxy.example.com:3128")
    monkeypatch.setenv("all_proxy", "proxy.example.com")
    found = check_proxies()
    assert found.status == "warning"
    assert found.detail == (
        "HTTPS_PROXY is http://proxy.example.com:3128, ALL_PROXY is http://proxy.example.com, which is not used"
    )


def test_versions_name_what_is_installed() -> None:
    detail = check_versions().detail
    assert detail.startswith("workato-async ")
    assert all(f"{name} " in detail for name in ("aiohttp", "msgspec", "typer"))


@pytest.mark.skipif(os.name != "posix", reason="no file modes")
def test_a_config_file_that_others_can_read(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[default]\ntoken = 'secret'\n")
    path.chmod(0o644)
    found = check_config(path)
    assert found.status == "failed"
    assert f"run chmod 600 {path}" in found.detail


@pytest.mark.parametrize(
    ("content", "status", "detail"),
    [
        (None, "ok", "has no profiles"),
        (b"[default]\ntoken = 'secret'\n[eu]\ntoken = 'secret'\n", "ok", "profiles: default, eu"),
        (b"\xef\xbb\xbf[default]\ntoken = 'secret'\n", "ok", "profiles: default"),
        (b"[default]\ntoken = 'secret'\n[eu]\ntoken = 'secret'\nregion = 'eu'\n", "warning", "[eu] in "),
        (b"token: secret", "failed", "is not TOML"),
        ("[default]\ntoken = 'geheim, für'".encode("latin-1"), "failed", "is not TOML"),
    ],
)
def test_the_config_file(tmp_path: Path, content: bytes | None, status: str, detail: str) -> None:
    path = tmp_path / "config.toml"
    if content is not None:
        path.write_bytes(content)
        path.chmod(0o600)
    found = check_config(path)
    assert found.status == status
    assert detail in found.detail
    assert "secret" not in str(found)


def test_the_command(shell: Shell) -> None:
    shell.fake = FakeWorkato(recipes=1, jobs=1, token=TOKEN)
    rows = shell.json("doctor")
    assert [row["name"] for row in rows] == [
        *("config file", "profile", "versions", "proxy", "host", "clock", "token", "privileges"),
    ]
    assert all(row["status"] in ("ok", "warning") for row in rows)
    lines = shell("doctor").stdout.splitlines()
    assert lines[0].startswith("ok       config file    ")
    assert any(
        line.startswith("ok       token          accepted; workspace Example (77), environment DEV or the only one")
        for line in lines
    )


def test_the_command_fails_if_a_check_does(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    shell.fake = FakeWorkato(recipes=1, jobs=1, token="another")
    result = shell("doctor", status=1)
    assert "failed   token" in result.stdout
    assert "\n                     -> Check that it is complete" in result.stdout
    monkeypatch.delenv("WORKATO_API_TOKEN")
    rows = shell.json("doctor", status=1)
    assert [row["name"] for row in rows] == ["config file", "token", "versions", "proxy"]
    assert rows[1]["status"] == "failed"
    assert "no token" in rows[1]["detail"]


@pytest.mark.parametrize("asked", [True, False])
def test_other_data_centers_are_asked_only_with_the_option(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, *, asked: bool
) -> None:
    other = FakeWorkato(recipes=1, jobs=0)
    with other:
        monkeypatch.setitem(hosts.DATA_CENTERS, "eu", {"api": other.url})
        monkeypatch.setattr("workato_async.doctor.DATA_CENTERS", ("eu",))
        shell.fake = FakeWorkato(recipes=1, jobs=1, token="another")
        result = shell("doctor", *(["--try-data-centers"] if asked else []), status=1)
        assert ("it belongs to data center eu: accepted" in result.stdout) is asked
        assert bool(other.requests) is asked

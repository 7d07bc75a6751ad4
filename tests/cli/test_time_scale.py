"""Commands follow the pace of a fake on this machine, and never another one against Workato."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.cli.conftest import TOKEN, Shell
from workato_async import WorkatoSession
from workato_async.cli.command_runner import CommandError, ExitStatus
from workato_async.cli.time_scale import _say, time_scale
from workato_async.limits.time_scale import VARIABLE
from workato_async.testing import FakeWorkato
from workato_async.testing.clock import start_time
from workato_async.testing.serving import greeting

HERE = "http://127.0.0.1:8080"


@pytest.fixture(autouse=True)
def a_command_of_its_own() -> None:
    _say.cache_clear()


def test_it_counts_for_this_machine_and_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(VARIABLE, "0.01")
    assert [time_scale(HERE), time_scale(HERE)] == [0.01, 0.01]
    assert capsys.readouterr().err == "quota windows scaled by 0.01 (WORKATO_TIME_SCALE)\n"


@pytest.mark.parametrize("host", [{"data_center": "eu"}, {"base_url": "https://127.0.0.1:8443"}, {}])
def test_it_never_counts_for_workato(
    host: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A tunnel to Workato on this machine would be https, too: plain http is a test server's."""
    monkeypatch.delenv("WORKATO_HOST", raising=False)
    monkeypatch.setenv(VARIABLE, "0.01")
    url = WorkatoSession("any", **host).base_url  # type: ignore[arg-type]
    assert time_scale(url) == 1
    assert capsys.readouterr().err == (
        f"WORKATO_TIME_SCALE is ignored: it is for a fake Workato on this machine, not for {url}\n"
    )


@pytest.mark.parametrize("text", [None, "", "1", "1.0"])
def test_real_time_needs_no_words(
    text: str | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if text is None:
        monkeypatch.delenv(VARIABLE, raising=False)
    else:
        monkeypatch.setenv(VARIABLE, text)
    assert time_scale(HERE) == 1
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "fast"])
def test_anything_else_is_a_usage_error(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, text)
    with pytest.raises(CommandError, match="WORKATO_TIME_SCALE must be a number above 0") as caught:
        time_scale(HERE)
    assert caught.value.status is ExitStatus.USAGE


def test_every_command_follows_it(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """70 recipes take two windows of a minute; scaled, two of 0.6 s."""
    shell.fake = FakeWorkato(recipes=70, jobs=0, token=TOKEN, time_scale=0.01)
    monkeypatch.setenv(VARIABLE, "0.01")
    begun = shell.fake.state.clock.elapsed
    result = shell("recipes", "stop", "--all", "--yes", "--json")
    assert "quota windows scaled by 0.01 (WORKATO_TIME_SCALE)" in result.stderr
    assert shell.fake.refused == 0
    assert shell.fake.state.clock.elapsed - begun < 5
    result = shell("recipes", "start", *range(10_001, 10_071), "--yes", "--json")
    assert 0.6 < shell.fake.state.clock.elapsed - begun < 10
    assert shell.fake.refused == 0


async def test_the_fake_says_how_to_follow_its_pace() -> None:
    async with FakeWorkato(recipes=1, jobs=0, time_scale=0.01) as fake:
        lines = greeting(fake).splitlines()
        assert lines[2].strip() == f'WorkatoSession("any", base_url="{fake.url}", limiter=Limiter(time_scale=0.01))'
        assert lines[3].strip() == f"export WORKATO_API_TOKEN=any WORKATO_HOST={fake.url} WORKATO_TIME_SCALE=0.01"
    async with FakeWorkato(recipes=1, jobs=0) as fake:
        assert "scale" not in greeting(fake).lower()


@pytest.mark.parametrize(("host", "url"), [("0.0.0.0", r"http://127\.0\.0\.1:\d+"), ("::", r"http://\[::1\]:\d+")])
async def test_a_fake_on_every_address_names_one_that_a_session_accepts(host: str, url: str) -> None:
    """Plain http is accepted to this machine only, and 0.0.0.0 may be another one."""
    try:
        async with (
            FakeWorkato(recipes=1, jobs=0, host=host) as fake,
            WorkatoSession("any", base_url=fake.url) as workato,
        ):
            assert re.fullmatch(url, fake.url)
            assert await workato.recipes.get(10_001)
            assert f"{fake.url} and every other address of this machine (press" in greeting(fake)
    except OSError as error:  # a machine without IPv6
        pytest.skip(str(error))


def test_a_fresh_fake_has_failed_jobs_of_the_last_day() -> None:
    fake = FakeWorkato(now=start_time(None))
    day_ago = datetime.now(UTC) - timedelta(hours=24)
    recent = [
        job["status"]
        for job in fake.state.jobs[min(fake.state.recipes)].values()
        if datetime.fromisoformat(job["started_at"]) > day_ago
    ]
    assert "failed" in recent, "`jobs list 10001 --since 24h` and `jobs repeat-failed --since 24h` find some"

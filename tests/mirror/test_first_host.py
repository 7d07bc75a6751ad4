"""A first pass that meets the wrong host does not tie the database to it."""

from __future__ import annotations

import pytest

from tests.support.mirror_contents import mirror_of
from workato_async import RetryPolicy, WorkatoSession
from workato_async.mirror import Mirror, MirrorError
from workato_async.testing import FakeWorkato, Status

NOWHERE = "http://localhost:1"


async def run_elsewhere(url: str) -> None:
    async with (
        WorkatoSession("token", base_url=NOWHERE, retry=RetryPolicy(attempts=1)) as session,
        Mirror(session, url) as mirror,
    ):
        assert set((await mirror.run(["folders"])).errors) == {"folders"}


async def test_the_right_host_is_accepted_afterwards(fake: FakeWorkato, url: str) -> None:
    await run_elsewhere(url)
    async with mirror_of(fake, url) as mirror:
        report = await mirror.run(["folders"])
        assert report.is_complete
        assert report["folders"].added == 9
    with pytest.raises(MirrorError, match=r"has workspace 77 on 127\.0\.0\.1, .* a workspace on localhost"):
        await run_elsewhere(url)


async def test_a_database_with_rows_keeps_its_host(fake: FakeWorkato, url: str) -> None:
    fake.fail("workspace.me", Status(403), times=1)  # so only the host is known
    async with mirror_of(fake, url) as mirror:
        await mirror.run(["folders"])
    with pytest.raises(MirrorError, match=r"has a workspace on 127\.0\.0\.1, .* start anew"):
        await run_elsewhere(url)

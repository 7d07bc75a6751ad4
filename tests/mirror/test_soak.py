"""Pass after pass while the workspace lives: in the end the database has what the workspace has."""

from __future__ import annotations

from random import Random

import pytest

from tests.mirror.test_resume import Arrivals
from tests.support.mirror_contents import contents, differences, expected, mirror_of
from tests.support.workspace_changes import Life
from workato_async.testing import FakeWorkato


@pytest.mark.parametrize(("seed", "erase"), [(0, False), (1, True)])
async def test_the_end_of_a_soak(url: str, seed: int, erase: bool) -> None:
    async with FakeWorkato(recipes=110, jobs=200, lookup_rows=1_050, jobs_per_page=9, window=None, seed=seed) as fake:
        life = Life(fake.state, Random(seed), erase=erase)
        async with mirror_of(fake, url) as mirror:
            fake.requests = Arrivals(lambda number: life.happen(number % 3 == 0))
            for _ in range(3):
                assert not (await mirror.run()).errors
                life.happen(20)
            fake.requests = []
            for _ in range(2):  # too many deletions for one pass need a second one
                assert not (await mirror.run(full=erase)).errors
            assert differences(await contents(mirror), expected(fake.state)) == {}

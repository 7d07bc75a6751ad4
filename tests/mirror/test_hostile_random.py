"""Random misbehavior for a few passes, while the workspace lives; then the server is right again."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.mirror.hostile_events import wrongly_deleted
from tests.support.hostile_server import Asked, HostileServer, items_of, json_of, with_items
from tests.support.mirror_contents import contents, differences, expected, mirror_of
from tests.support.workspace_changes import Life
from workato_async.mirror import reader

FEW = 4
MANY = 300

WRONG: tuple[Callable[[Random, Any], Any], ...] = (
    lambda rng, tree: json_of("{}", rng.choice((400, 404, 409, 500, 503)))(tree),
    lambda rng, tree: json_of("<html>", rng.choice((200, 404, 502)), "text/html")(tree),
    lambda rng, tree: with_items(tree, rng.sample(items_of(tree), len(items_of(tree)))),
    lambda rng, tree: with_items(tree, items_of(tree)[::-1]),
    lambda rng, tree: with_items(tree, items_of(tree) + items_of(tree)[:2]),
    lambda rng, tree: json_of(rng.choice(("{}", "[]", "null", "", "{", '{"items": null}', '"text"')))(tree),
)
LACKING: tuple[Callable[[Random, Any], Any], ...] = (
    lambda rng, tree: with_items(tree, []),
    lambda rng, tree: with_items(tree, items_of(tree)[::2]),
    lambda rng, tree: with_items(tree, [item for item in items_of(tree) if rng.random() < 0.7]),
    lambda rng, tree: with_items(tree, items_of(tree)[: rng.randrange(3)]),
)
UNCOUNTED = "activity_logs.list"
"""The list of which nothing tells that a row was left out of it."""


class Moody:
    """A twist that spoils a share of the responses. What it leaves out of one, the next reading of the same page has.

    Args:
        rng: draws what happens.
        lacking: rows may be left out, too.
    """

    def __init__(self, rng: Random, *, lacking: bool) -> None:
        self._rng = rng
        self._share = rng.choice((0.03, 0.1, 0.3))
        self._lacking = lacking
        self._struck: set[Asked] = set()
        self._before: list[Any] = []

    def __call__(self, asked: Asked, tree: Any) -> Any:
        is_list = asked.endpoint.endswith(".list")
        if asked.endpoint == "workspace.me" or self._rng.random() > self._share or asked in self._struck:
            return tree
        self._struck.add(asked)
        if not is_list:
            return WRONG[0 if self._lacking else 1](self._rng, tree)  # two passes with a 404 in JSON would be believed
        choices = WRONG + (LACKING if self._lacking and asked.endpoint != UNCOUNTED else ())
        return self._rng.choice(choices)(self._rng, tree)


@pytest.mark.parametrize("seed", [*range(FEW), *(pytest.param(n, marks=pytest.mark.long) for n in range(FEW, MANY))])
async def test_random_misbehavior(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "LONGEST", 50)
    rng = Random(seed)
    async with HostileServer(seed=seed) as server, mirror_of(server, f"sqlite:///{tmp_path / 'workato.db'}") as mirror:
        life = Life(server.state, rng)
        if rng.random() < 0.7:
            await mirror.run()
        passes = rng.randint(1, 3)
        lacking = rng.randrange(passes)
        for number in range(passes):
            life.happen(rng.randrange(25))
            server.twist = Moody(rng, lacking=number == lacking)
            server.requests.clear()
            report = await mirror.run(full=rng.random() < 0.3)
            assert await wrongly_deleted(mirror, server.state) == {}, number
            assert len(server.requests) < 1_000
            shown = report.problems or any(one.problem or one.due for one in await mirror.status())
            if not shown and number < lacking:
                assert differences(await contents(mirror), expected(server.state)) == {}, number
        server.twist = None
        for recipe_id, jobs in list(server.state.jobs.items()):  # no counter counts them before they have ended
            for job in [job for job in jobs.values() if job["status"] == "pending"]:
                server.state.finish_job(recipe_id, job["id"])
        for _ in range(3):
            await mirror.run()
            assert await wrongly_deleted(mirror, server.state) == {}
        held, wanted = await contents(mirror), expected(server.state)
        left = differences(held, wanted)
        assert left == {}, [
            (name, key, held[name].get(key), wanted[name].get(key))
            for name in left
            for key in wanted[name]
            if held[name].get(key) != wanted[name].get(key)
        ]
    shutil.rmtree(tmp_path)

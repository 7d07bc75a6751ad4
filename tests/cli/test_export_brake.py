"""``workato-async recipes export`` doubts what a list lacks, and knows whose recipes it has."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any, cast

import pytest

from tests.cli.conftest import Shell
from tests.cli.test_export import tree
from workato_async import Pages, WorkatoSession
from workato_async.cli.export_state import STATE_FILE
from workato_async.cli.recipe_reader import RecipeReader
from workato_async.cli.selection import Selection
from workato_async.models import Recipe
from workato_async.pages import Page, UnreadableItem
from workato_async.testing import FakeWorkato, Mangled, Status

Items = list[dict[str, Any]]
RECIPES = 230


@pytest.fixture
def to(shell: Shell, tmp_path: Path) -> Path:
    """Return an export of 230 recipes: three pages, the last of which is short."""
    shell.fake = FakeWorkato(recipes=RECIPES, jobs=0)
    folder = tmp_path / "export"
    shell("recipes", "export", "--to", folder)
    return folder


def state(to: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((to / STATE_FILE).read_text())
    return found


def mangled(change: Callable[[Items], Items]) -> Mangled:
    return Mangled(lambda body: json.dumps({"items": change(json.loads(body)["items"])}).encode())


def hide(shell: Shell, ids: range) -> None:
    """Show the token's role fewer recipes from now on."""
    for recipe_id in ids:
        shell.fake.state.remove_recipe(recipe_id)


ODD_PAGES: dict[str, Callable[[Items], Items]] = {
    "empty": lambda items: [],
    "one item": lambda items: items[:1],
    "without its end": lambda items: items[:-2],
    "without its beginning": lambda items: items[2:],
    "without something": lambda items: items[:10] + items[13:],
    "without a lot": lambda items: items[::2],
    "ascending": lambda items: items[::-1],
    "in another order": lambda items: sorted(items, key=lambda item: item["id"] % 7),
    "twice as long": lambda items: items + items,
}


@pytest.mark.parametrize("page", [0, 1, 2])
@pytest.mark.parametrize("odd", ODD_PAGES)
def test_one_odd_page_costs_no_file(shell: Shell, to: Path, odd: str, page: int) -> None:
    before = tree(to)
    shell.fake.fail("recipes.list", mangled(ODD_PAGES[odd]), after=page)
    result = shell("recipes", "export", "--to", to, "--csv", status=None)
    assert tree(to) == before
    assert "removed" not in result.stdout
    assert shell.json("recipes", "export", "--to", to) == []
    assert tree(to) == before
    assert state(to)["withheld"] == []


def test_pages_shorter_than_asked_are_read_to_an_empty_one(shell: Shell, to: Path) -> None:
    before = tree(to)
    shell.fake.fail("recipes.list", mangled(lambda items: items[:30]), times=99)
    assert shell.json("recipes", "export", "--to", to) == []
    assert tree(to) == before


def test_an_empty_list_is_withheld_and_forgotten(shell: Shell, to: Path) -> None:
    shell.fake.fail("recipes.list", mangled(lambda items: []))
    result = shell("recipes", "export", "--to", to, status=1)
    assert len(tree(to)) == RECIPES
    assert "withheld: 230 of 230 recipes are no longer listed" in result.stderr
    assert "Run the command again to confirm, or use --allow-deletions" in result.stderr
    assert len(state(to)["withheld"]) == RECIPES
    shell("recipes", "export", "--to", to)
    assert state(to)["withheld"] == []
    shell.fake.fail("recipes.list", mangled(lambda items: []))
    shell("recipes", "export", "--to", to, status=1)
    assert len(tree(to)) == RECIPES


def test_a_second_run_confirms(shell: Shell, to: Path) -> None:
    hide(shell, range(10101, 10131))
    assert shell.json("recipes", "export", "--to", to, status=1) == []
    assert len(tree(to)) == RECIPES
    assert (
        f"would export {RECIPES - 30} recipes to {to}, removing 30: "
        in shell("recipes", "export", "--to", to, "--dry-run").stderr
    )
    result = shell("recipes", "export", "--to", to, "--json")
    assert f"exported {RECIPES - 30} recipes to {to}, removed 30 with " in result.stderr
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(row["id"], row["change"]) for row in rows] == [(id_, "removed") for id_ in range(10101, 10131)]
    assert len(tree(to)) == RECIPES - 30
    assert state(to)["withheld"] == []


def test_a_second_run_confirms_only_what_both_miss(shell: Shell, to: Path) -> None:
    hide(shell, range(10001, 10031))
    shell("recipes", "export", "--to", to, status=1)
    hide(shell, range(10201, 10231))
    rows = shell.json("recipes", "export", "--to", to, status=1)
    assert {row["id"] for row in rows} == {*range(10001, 10031)}
    assert state(to)["withheld"] == [*range(10201, 10231)]


def test_allowing_deletions_needs_no_second_run(shell: Shell, to: Path) -> None:
    hide(shell, range(10001, 10231))
    assert len(shell.json("recipes", "export", "--to", to, "--allow-deletions")) == RECIPES
    assert tree(to) == {}


@pytest.mark.parametrize(("gone", "removed"), [(1, 1), (3, 3), (23, 23), (24, 0)])
def test_a_few_are_removed_at_once(shell: Shell, to: Path, gone: int, removed: int) -> None:
    hide(shell, range(10011, 10011 + gone))
    rows = shell.json("recipes", "export", "--to", to, status=0 if removed else 1)
    assert len(rows) == removed
    assert len(tree(to)) == RECIPES - removed


def test_few_of_few_recipes(shell: Shell, tmp_path: Path) -> None:
    shell.fake = FakeWorkato(recipes=4, jobs=0)
    shell("recipes", "export", "--to", tmp_path / "few")
    hide(shell, range(10001, 10004))
    assert len(shell.json("recipes", "export", "--to", tmp_path / "few")) == 3
    hide(shell, range(10004, 10005))
    assert shell.json("recipes", "export", "--to", tmp_path / "few", status=1) == []
    assert len(shell.json("recipes", "export", "--to", tmp_path / "few")) == 1


def test_what_comes_back_in_between_is_doubted_anew(shell: Shell, to: Path) -> None:
    shell.fake.fail("recipes.list", mangled(lambda items: []))
    shell("recipes", "export", "--to", to, status=1)
    shell.fake.fail("recipes.list", Status(403), after=2)
    shell("recipes", "export", "--to", to, status=1)
    assert state(to)["withheld"] == [*range(10001, 10031)]


def test_neither_a_dry_run_nor_a_filter_confirms(shell: Shell, to: Path) -> None:
    hide(shell, range(10101, 10231))
    before = (to / STATE_FILE).read_bytes()
    assert "withheld: 130" in shell("recipes", "export", "--to", to, "--dry-run", status=1).stderr
    shell("recipes", "export", "--to", to, "--folder", 2001)
    assert (to / STATE_FILE).read_bytes() == before
    assert shell.json("recipes", "export", "--to", to, status=1) == []
    assert len(tree(to)) == RECIPES


def test_another_workspace_is_refused(shell: Shell, to: Path) -> None:
    before = tree(to)
    assert state(to) == {"host": "127.0.0.1", "workspace": 77, "withheld": []}
    shell.fake = FakeWorkato(recipes=RECIPES, jobs=0)
    shell.fake.fail(
        "workspace.me",
        Mangled(lambda body: body.replace(b'"id": 77', b'"id": 78').replace(b'"id":77', b'"id":78')),
        times=99,
    )
    for option in ("--json", "--allow-deletions", "--dry-run", "--folder=2001"):
        result = shell("recipes", "export", "--to", to, option, status=1)
        assert result.stderr == (
            f"error: {to} has the recipes of workspace 77 on 127.0.0.1, and the token is for workspace 78 on "
            "127.0.0.1. Nothing was changed. Export to another folder, or delete this one to start anew\n"
        )
    assert tree(to) == before
    assert shell.sent("recipes.list") == 0


def test_another_host_is_refused(shell: Shell, to: Path) -> None:
    (to / STATE_FILE).write_text('{"host": "www.workato.com", "workspace": null, "withheld": []}')
    assert "a workspace on www.workato.com" in shell("recipes", "export", "--to", to, status=1).stderr


def test_an_export_of_an_older_release_is_adopted(shell: Shell, to: Path) -> None:
    (to / STATE_FILE).unlink()
    shell.fake.state.remove_recipe(10230)
    assert [row["change"] for row in shell.json("recipes", "export", "--to", to)] == ["removed"]
    assert state(to)["workspace"] == 77


@pytest.mark.parametrize("answer", ["other recipes", "none"])
def test_an_older_export_of_another_workspace_is_refused(shell: Shell, to: Path, answer: str) -> None:
    (to / STATE_FILE).unlink()
    before = tree(to)
    shell.fake = FakeWorkato(recipes=0, jobs=0)
    for number in range(3 if answer == "other recipes" else 0):
        recipe = shell.fake.state.add_recipe()
        shell.fake.state.recipes[number + 1] = {**shell.fake.state.recipes.pop(recipe["id"]), "id": number + 1}
    result = shell("recipes", "export", "--to", to, status=1)
    assert f"error: no recipe of {to} is listed in workspace 77 on 127.0.0.1" in result.stderr
    assert tree(to) == before
    assert not (to / STATE_FILE).exists()


def test_a_token_that_may_not_ask_for_the_workspace(shell: Shell, to: Path) -> None:
    shell.fake.fail("workspace.me", Status(403), times=99)
    assert shell.json("recipes", "export", "--to", to) == []
    assert state(to)["workspace"] == 77
    (to / STATE_FILE).unlink()
    assert shell.json("recipes", "export", "--to", to) == []
    assert state(to)["workspace"] is None
    shell.fake = FakeWorkato(recipes=RECIPES, jobs=0)
    assert shell.json("recipes", "export", "--to", to) == []
    assert state(to)["workspace"] == 77


@pytest.mark.parametrize("damage", ["", "<<<<<<< HEAD", "[]", "{}", '{"host": 1, "workspace": "x", "withheld": []}'])
def test_a_damaged_state_is_one_line(shell: Shell, to: Path, damage: str) -> None:
    (to / STATE_FILE).write_text(damage)
    result = shell("recipes", "export", "--to", to, status=1)
    assert result.stderr == (
        f"error: {to / STATE_FILE} is not the state of an export. Delete it, and the next run makes a new one\n"
    )
    (to / STATE_FILE).unlink()
    assert shell.json("recipes", "export", "--to", to) == []


@pytest.mark.parametrize("odd", [b"null", b"7", b'{"name": "no id"}'])
def test_a_recipe_that_is_none_costs_no_file(shell: Shell, to: Path, odd: bytes) -> None:
    shell.fake.fail("recipes.list", Mangled(lambda body: body.replace(b"[", b"[" + odd + b",", 1)), after=1)
    shell("recipes", "export", "--to", to, status=1)
    assert len(tree(to)) == RECIPES


def test_a_page_of_a_proxy_is_no_proof(shell: Shell, to: Path) -> None:
    shell.fake.fail("recipes.list", Status(500), times=5)
    shell.fake.fail("recipes.get", Status(404, "<html>", "text/html"), times=3)
    result = shell("recipes", "export", "--to", to, status=1)
    assert result.stderr.count("failed: 10") == 3
    assert len(tree(to)) == RECIPES


def test_projects_that_are_not_listed_keep_their_folders(shell: Shell, to: Path) -> None:
    shell.fake.fail("projects.list", Mangled(lambda body: b"[]"))
    assert shell.json("recipes", "export", "--to", to) == []
    shell.fake.fail("projects.list", Status(403))
    assert shell.json("recipes", "export", "--to", to) == []


ODD = UnreadableItem(1, "$.items[1]", "expected an object", b"null")


class FixedPages:
    """A list whose pages are given, by the cursor where they begin."""

    def __init__(self, pages: dict[str | None, Page[Recipe]], start: str | None = None) -> None:
        self._pages = pages
        self._start = start

    def from_cursor(self, cursor: str | None) -> FixedPages:
        return FixedPages(self._pages, cursor)

    async def pages(self) -> AsyncGenerator[Page[Recipe], None]:
        page = self._pages[self._start]
        yield page
        while page.cursor is not None and self._pages[page.cursor].items:
            page = self._pages[page.cursor]
            yield page


@pytest.mark.parametrize(
    ("pages", "missing"),
    [
        ({None: Page([Recipe(id=9), Recipe(id=6)], "6"), "6": Page([], None)}, {8, 5, 1}),
        ({None: Page([Recipe(id=9), Recipe(id=6)], None, unreadable=(ODD,)), "6": Page([], None)}, {5, 1}),
        (
            {
                None: Page([Recipe(id=9)], "9"),
                "9": Page([Recipe(id=6)], "6", unreadable=(ODD,)),
                "6": Page([], None),
            },
            {5, 1},
        ),
        ({None: Page([], None, unreadable=(ODD,))}, set()),
        ({None: Page([Recipe(id=6), Recipe(id=9)], "9"), "9": Page([], None)}, {5, 1}),
        (dict.fromkeys((None, "6"), Page([Recipe(id=6), Recipe(id=9)], None)), {5, 1}),  # the cursor is ignored
    ],
)  # fmt: skip
async def test_what_pages_prove_missing(pages: dict[str | None, Page[Recipe]], missing: set[int]) -> None:
    failed: dict[int | str, object] = {}
    async with WorkatoSession("none") as workato:
        reader = RecipeReader(workato, Selection(), failed)
        async for _ in reader.pages(cast("Pages[Recipe]", FixedPages(pages))):
            pass
    assert reader.missing([9, 8, 6, 5, 1]) == missing
    assert bool(failed) == (missing != {8, 5, 1})

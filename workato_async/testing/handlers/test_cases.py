"""Test cases of recipes and their runs, in which every test passes but those in ``state.failing_tests``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async.testing.call import Call, find, handles, missing, not_found
from workato_async.testing.family import Family, handle
from workato_async.testing.handlers.packages import MANIFESTS
from workato_async.testing.shapes import data

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from workato_async.endpoint import JsonObject
    from workato_async.testing.state import State

MOST = 500
"""The most ids in one request."""

CASES = Family("test_cases", new_id=handle("citc"), defaults={"name": ""}, required=("name",), times=False)
"""The test cases of a recipe: ``CASES.rows(state, recipe_id)``."""
RUNS = Family(
    "test_cases.runs",
    new_id=handle("cirr"),
    defaults={"status": "running", "user": {"id": 4848}, "results": [], "coverage": None},
    seeds=0,
)


@handles("test_cases.list")
def list_cases(call: Call) -> JsonObject:
    return data(list(CASES.rows(call.state, call.find(call.state.recipes)["id"]).values()))


@handles("test_cases.run")
def run(call: Call) -> JsonObject:
    state = call.state
    results: list[JsonObject] = [
        {
            "recipe": {"id": recipe["id"], "name": recipe["name"]},
            "test_case": dict(case),
            "job": {"id": state.handle("j")},
            "status": "running",
        }
        for recipe, case in _selected(call)
    ]
    row = RUNS.add(state, RUNS.rows(state), {"results": results})

    def end() -> None:
        for result in results:
            failed = result["test_case"]["id"] in state.failing_tests
            result["status"] = "failed" if failed else "succeeded"
        row.update(status="completed", coverage={"value": 100.0}, updated_at=state.now())

    state.after_processing(end)
    return data(row)


handles("test_cases.run_get")(lambda call: data(RUNS.row(call)))


def _selected(call: Call) -> Iterator[tuple[JsonObject, JsonObject]]:
    """Return the test cases that a body asks for, each with its recipe."""
    state, body = call.state, call.body
    if (wanted := body.get("test_case_ids")) is None:
        return _cases(state, _recipes(call))
    if not wanted or len(wanted) > MOST:
        raise missing("test_case_ids")
    found = [(recipe, case) for recipe, case in _cases(state, state.recipes.values()) if case["id"] in wanted]
    if len(found) < len(set(wanted)):
        raise not_found()
    return iter(found)


def _recipes(call: Call) -> list[JsonObject]:
    state, body = call.state, call.body
    recipes = list(state.recipes.values())
    for key, table in (("recipe_id", state.recipes), ("folder_id", state.folders), ("project_id", state.projects)):
        if key in body:
            wanted = find(table, body[key])["id"]
            return [recipe for recipe in recipes if recipe["id" if key == "recipe_id" else key] == wanted]
    if "manifest_id" in body:
        find(MANIFESTS.rows(state), body["manifest_id"])
        return recipes
    raise missing("test_case_ids")


def _cases(state: State, recipes: Iterable[JsonObject]) -> Iterator[tuple[JsonObject, JsonObject]]:
    for recipe in recipes:
        for case in CASES.rows(state, recipe["id"]).values():
            yield recipe, case

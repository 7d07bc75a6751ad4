"""Recipes themselves: list, get, create, update, delete, copy, start and stop."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from workato_async.testing.call import Call, ErrorResponse, error_response, handles, invalid, missing, parse_time
from workato_async.testing.handlers.skills import follow_recipe
from workato_async.testing.paging import filtered, newest_first, page
from workato_async.testing.shapes import OK, target_folder, with_tags
from workato_async.testing.state.recipes import applications_in

if TYPE_CHECKING:
    from workato_async.endpoint import JsonObject

NAME_AT_MOST = 255
"""The longest name of a recipe (docs: platform limits)."""


@handles("recipes.list")
def list_recipes(call: Call) -> JsonObject:
    found = filtered(call, newest_first(call.state.recipes), "stop_cause")
    if folder := call.text("folder_id"):
        folders = {folder}
        if call.flag("with_subfolders") and folder.isdecimal():
            folders |= {str(below) for below in call.state.below(int(folder))}
        found = [recipe for recipe in found if str(recipe["folder_id"]) in folders]
    if call.flag("running") or call.flag("active"):  # a client of others' sends the latter
        found = [recipe for recipe in found if recipe["running"]]
    if adapters := _names(call, "adapter_names_all"):
        found = [recipe for recipe in found if adapters.issubset(recipe["applications"])]
    if adapters := _names(call, "adapter_names_any"):
        found = [recipe for recipe in found if adapters.intersection(recipe["applications"])]
    for parameter, field in (("updated_after", "updated_at"), ("stopped_after", "stopped_at")):
        if after := call.time(parameter):
            found = [recipe for recipe in found if recipe[field] and parse_time(recipe[field]) > after]
    if (since_id := call.cursor("since_id")) is not None:
        found = [recipe for recipe in found if recipe["id"] < since_id]
    if call.text("order") == "activity":
        found.sort(key=_last_activity, reverse=True)
    part = page(call, found)
    items = [with_tags(call, recipe) for recipe in part.items]
    if call.flag("exclude_code"):
        for item in items:
            del item["code"]
    return {"items": items, "count": len(items), "page": part.number, "per_page": part.size}


@handles("recipes.get")
def get(call: Call) -> JsonObject:
    return with_tags(call, call.find(call.state.recipes))


@handles("recipes.create")
def create(call: Call) -> JsonObject:
    fields = _fields(call)
    folder = target_folder(call.state, fields.get("folder_id"), text_only="recipe" not in call.body)
    if not fields.get("code"):
        raise invalid("code", "can't be blank")
    changes = _validated(fields)
    config = changes.get("config") or []
    recipe = call.state.add_recipe(
        name=changes.get("name"),
        folder_id=folder["id"],
        applications=applications_in(changes["code"], config),
        description=changes.get("description"),
        code=changes["code"],
        config=config,
    )
    follow_recipe(call.state, recipe["id"])
    return {**OK, "id": recipe["id"]}


@handles("recipes.update")
def update(call: Call) -> JsonObject:
    recipe = stopped(call.find(call.state.recipes))
    fields = _fields(call)
    changes = _validated(fields)
    if "folder_id" in fields:
        folder = target_folder(call.state, fields["folder_id"], text_only="recipe" not in call.body)
        changes |= {"folder_id": folder["id"], "project_id": folder["project_id"]}
    call.state.change_recipe(recipe["id"], changes)
    follow_recipe(call.state, recipe["id"])
    return OK


@handles("recipes.delete")
def delete(call: Call) -> JsonObject:
    recipe = stopped(call.find(call.state.recipes))
    call.state.remove_recipe(recipe["id"])
    follow_recipe(call.state, recipe["id"])
    return OK


@handles("recipes.copy")
def copy(call: Call) -> JsonObject:
    recipe = call.find(call.state.recipes)
    folder = target_folder(call.state, call.body.get("folder_id"))
    recipe["copy_count"] += 1
    twin = call.state.add_recipe(
        name=f"Copy of {recipe['name']}",
        folder_id=folder["id"],
        applications=recipe["applications"],
        description=recipe["description"],
        code=recipe["code"],
        config=[{**entry} for entry in recipe["config"]],
    )
    follow_recipe(call.state, twin["id"])
    return {**OK, "new_flow_id": twin["id"]}


@handles("recipes.start")
def start(call: Call) -> JsonObject:
    recipe = call.find(call.state.recipes)
    if recipe["id"] in call.state.unstartable:
        raise error_response(200, {"success": False, "code_errors": _CODE_ERRORS, "config_errors": _CONFIG_ERRORS})
    call.state.set_running(recipe["id"], True)
    follow_recipe(call.state, recipe["id"])
    return OK


@handles("recipes.stop")
def stop(call: Call) -> JsonObject:
    recipe = call.find(call.state.recipes)
    call.state.set_running(recipe["id"], False)
    follow_recipe(call.state, recipe["id"])
    return OK


def stopped(recipe: JsonObject) -> JsonObject:
    """Return the recipe, or raise an ErrorResponse because it runs: HTTP 200 with ``success: false``."""
    if recipe["running"]:
        raise error_response(
            200, {"success": False, "errors": {"running": ["recipe cannot be changed while it is running"]}}
        )
    return recipe


_CODE_ERRORS: list[Any] = [[1, [["Email", None, "can't be blank", "input.email"]]]]
_CONFIG_ERRORS: list[Any] = [[0, [["account_id", None, "connection is not authorized", {"provider": "salesforce"}]]]]
"""Lists of a step's number and its errors, each of three to five elements."""


def _names(call: Call, parameter: str) -> set[str]:
    return {name.strip() for name in (call.text(parameter) or "").split(",")} - {""}


def _last_activity(recipe: JsonObject) -> Any:
    return parse_time(recipe.get("last_job_started_at") or recipe["last_run_at"] or recipe["created_at"])


def _fields(call: Call) -> JsonObject:
    """Return the fields of the recipe, under ``recipe`` or, as the live API also allows, without that key."""
    fields: JsonObject | None = call.body.get("recipe", call.body)
    if fields is None:
        raise missing("recipe")
    return fields


def _validated(fields: JsonObject) -> JsonObject:
    """Return the fields to change that belong to the recipe itself, validated."""
    changes: JsonObject = {name: fields[name] for name in ("name", "description", "code") if name in fields}
    name = changes.get("name")
    if name and len(name) > NAME_AT_MOST:
        raise invalid("name", f"is too long (maximum is {NAME_AT_MOST} characters)")
    if "code" in changes:
        _parsed("code", changes["code"], dict)
    if fields.get("config") is not None:
        changes["config"] = _parsed("config", fields["config"], list)
        for entry in changes["config"]:
            if not isinstance(entry, dict) or not all(
                isinstance(entry.get(key), str) for key in ("keyword", "provider")
            ):
                raise invalid("config", "needs keyword and provider in every entry")
            if not isinstance(entry.get("account_id"), int | None):
                raise invalid("config", "needs an integer as account_id")
    return changes


def _parsed(field: str, text: str | None, kind: type) -> Any:
    """Parse a field that is a string holding JSON."""
    problem: ErrorResponse = invalid(field, "must be a string holding JSON")
    try:
        value = json.loads(text or "")
    except (ValueError, RecursionError):
        raise problem from None
    if not isinstance(value, kind):
        raise problem
    return value

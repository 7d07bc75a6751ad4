"""The rest of a recipe: triggers, connections, runs, versions, health."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from workato_async.testing.call import Call, ErrorResponse, error_response, find, handles, required
from workato_async.testing.handlers.recipes import stopped
from workato_async.testing.paging import listed, newest_first
from workato_async.testing.shapes import OK, data

if TYPE_CHECKING:
    from workato_async.endpoint import JsonObject

COMMENT_AT_MOST = 255
"""The longest comment of a version (docs: workato-api/recipes)."""


@handles("recipes.reset_trigger")
def reset_trigger(call: Call) -> JsonObject:
    recipe = call.find(call.state.recipes)
    call.state.add_activity("recipe_trigger_reset", resource_id=recipe["id"])
    return OK


@handles("recipes.connect")
def connect(call: Call) -> JsonObject:
    recipe = stopped(call.find(call.state.recipes))
    required(call.body, "adapter_name", "connection_id")
    connection = find(call.state.connections, call.body["connection_id"])
    entries = [entry for entry in recipe["config"] if entry["provider"] == call.body["adapter_name"]]
    if not entries:
        raise error_response(400, {"message": f"The recipe does not use {call.body['adapter_name']}"})
    for entry in entries:
        entry["account_id"] = connection["id"]
    return OK


@handles("recipes.poll_now")
def poll_now(call: Call) -> JsonObject:
    try:
        recipe = call.find(call.state.recipes)
    except ErrorResponse:
        raise error_response(404, {"success": False, "message": "Not Found"}) from None
    if (seconds := call.state.in_back_off.get(recipe["id"])) is not None:
        raise error_response(429, _back_off(call, seconds), (("Retry-After", str(seconds)),))
    if recipe["id"] in call.state.polling:
        return _back_off(call, 60)
    if recipe["running"]:
        call.state.add_job(recipe["id"], status="pending")
    return OK


def _back_off(call: Call, seconds: int) -> JsonObject:
    until = call.state.clock.time + timedelta(seconds=seconds)
    return {"message": f"Recipe is currently in trigger back off mode till {until:%Y-%m-%dT%H:%M}"}


@handles("recipes.force_run")
def force_run(call: Call) -> JsonObject:
    """No source documents the response: the least that is plausible."""
    call.state.add_job(call.find(call.state.recipes)["id"], status="pending")
    return OK


@handles("recipes.job_counts")
def job_counts(call: Call) -> JsonObject:
    """No source documents the response: the counters that recipes have."""
    fields = ("job_succeeded_count", "job_failed_count")
    counts = [
        {"recipe_id": recipe["id"], **{field: recipe[field] for field in fields}}
        for recipe in newest_first(call.state.recipes)
        if recipe["running"]
    ]
    return data(counts)


@handles("recipes.versions.list")
def list_versions(call: Call) -> JsonObject:
    recipe = call.find(call.state.recipes)
    return data(listed(call, newest_first(call.state.versions[recipe["id"]])))


handles("recipes.versions.get")(lambda call: data([_version(call)]))


@handles("recipes.versions.update", also=("PUT",))
def update_version(call: Call) -> JsonObject:
    version = _version(call)
    comment = call.body.get("comment")
    if not isinstance(comment, str) or not comment:
        raise _validation_error("Missing parameter comment")
    if len(comment) > COMMENT_AT_MOST:
        raise _validation_error(f"Comment is too long (maximum is {COMMENT_AT_MOST} characters)")
    version.update(comment=comment, updated_at=call.state.now())
    recipe = call.find(call.state.recipes)
    if version["version_no"] == recipe["version_no"]:
        recipe["version_comment"] = comment
    return data([version])


def _version(call: Call) -> JsonObject:
    recipe = call.find(call.state.recipes)
    return call.find(call.state.versions[recipe["id"]], 1)


def _validation_error(title: str) -> Exception:
    return error_response(422, {"errors": [{"code": "validation_error", "title": title, "detail": None}]})


@handles("recipes.health.get")
def get_health(call: Call) -> Any:
    report = call.state.health_reports.get(call.find(call.state.recipes)["id"])
    return report and data(report)


@handles("recipes.health.analyze")
def analyze_health(call: Call) -> JsonObject:
    call.state.scan_health(call.find(call.state.recipes)["id"])
    return {"status": "enqueued"}

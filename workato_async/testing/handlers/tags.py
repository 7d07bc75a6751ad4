"""Tags; a recipe or connection has its tags in its own row."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, get_args

from workato_async.resources.tags import Color
from workato_async.testing.call import Call, FakeResponse, find, handles, invalid, missing, required
from workato_async.testing.family import Family, handle, wrapped
from workato_async.testing.paging import listed
from workato_async.testing.shapes import OK

if TYPE_CHECKING:
    from workato_async.endpoint import JsonObject
    from workato_async.testing.state import State

TAGS = Family(
    "tags",
    new_id=handle("tag"),
    defaults={"title": "", "description": None, "color": "blue", "last_assigned_at": None},
    key="handle",
    seeds=0,
)
_LONGEST = {"title": 30, "description": 150}
_AUTHOR = {"id": 4848, "name": "Kim Example"}


@handles("tags.list")
def list_tags(call: Call) -> object:
    found = list(_tags(call.state).values())
    if text := call.text("q[title_or_description_cont]"):
        found = [tag for tag in found if text.lower() in f"{tag['title']} {tag['description'] or ''}".lower()]
    if wanted := {*call.texts("q[handle_in]"), *call.texts("q[handle_in][]")}:
        found = [tag for tag in found if tag["handle"] in wanted]
    if (author_id := call.text("q[author_id_eq]")) and author_id != str(_AUTHOR["id"]):
        found = []
    for name, table in (("recipe_id", call.state.recipes), ("connection_id", call.state.connections)):
        if row_id := call.text(f"q[{name}_eq]"):
            found = [tag for tag in found if tag["handle"] in find(table, row_id)["tags"]]
    counts = {tag["handle"]: sum(tag["handle"] in row["tags"] for row in _tagged(call.state)) for tag in found}
    if call.flag("q[only_assigned]"):
        found = [tag for tag in found if counts[tag["handle"]]]
    shown = [{**tag, "assignment_count": counts[tag["handle"]], "author": _AUTHOR} for tag in found]
    sorts = list(zip_longest(call.texts("sort_by[]"), call.texts("sort_direction[]"), fillvalue="asc"))
    for field, direction in reversed(sorts):
        shown.sort(key=lambda tag: tag[field] or "", reverse=direction == "desc")
    fields = ("handle", "title", "description", "color", *call.texts("includes[]"))
    return wrapped(call.endpoint, [{field: tag[field] for field in fields} for tag in listed(call, shown)])


@handles("tags.create")
def create(call: Call) -> JsonObject:
    required(call.body, "title")
    return _bare(TAGS.add(call.state, _tags(call.state), _fields(call)))


@handles("tags.update")
def update(call: Call) -> JsonObject:
    tag = call.find(_tags(call.state))
    tag.update(_fields(call), updated_at=call.state.now())
    return _bare(tag)


@handles("tags.delete")
def delete(call: Call) -> JsonObject:
    gone = call.find(_tags(call.state))["handle"]
    for row in _tagged(call.state):
        row["tags"] = [tag for tag in row["tags"] if tag != gone]
    del _tags(call.state)[gone]
    return OK


@handles("tags_assignments.apply")
def apply(call: Call) -> FakeResponse:
    state, body = call.state, call.body
    rows = [find(state.recipes, recipe_id) for recipe_id in body.get("recipe_ids", ())]
    rows += [find(state.connections, connection_id) for connection_id in body.get("connection_ids", ())]
    if not rows:
        raise missing("recipe_ids")
    added = [find(_tags(state), tag) for tag in body.get("add_tags", ())]
    for tag in added:
        tag["last_assigned_at"] = state.now()
    for row in rows:
        kept = [tag for tag in row["tags"] if tag not in body.get("remove_tags", ())]
        row["tags"] = list(dict.fromkeys([*kept, *(tag["handle"] for tag in added)]))
    return FakeResponse()


def _tagged(state: State) -> list[JsonObject]:
    """Return everything that can have tags."""
    return [*state.recipes.values(), *state.connections.values()]


def _tags(state: State) -> dict[int | str, JsonObject]:
    """Return the table, including the tags that recipes and connections were created with."""
    table = TAGS.rows(state)
    for tag in (tag for row in _tagged(state) for tag in row["tags"]):
        if tag not in table:
            TAGS.add(state, table, {"handle": tag, "title": f"Tag {len(table) + 1}"})
    return table


def _fields(call: Call) -> JsonObject:
    fields: JsonObject = {field: call.body[field] for field in ("title", "description", "color") if field in call.body}
    for field, longest in _LONGEST.items():
        if len(fields.get(field) or "") > longest:
            raise invalid(field, f"is too long (maximum is {longest} characters)")
    if fields.get("color", "blue") not in get_args(Color):
        raise invalid("color", "is not included in the list")
    return fields


def _bare(tag: JsonObject) -> JsonObject:
    return {field: tag[field] for field in ("handle", "title", "description", "color")}

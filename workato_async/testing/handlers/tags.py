"""Tags; a recipe or connection has its tags in its own row."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, get_args

from workato_async.resources.tags import Color
from workato_async.testing.call import Call, FakeResponse, find, handles, missing
from workato_async.testing.family import Family, handle, wrapped
from workato_async.testing.paging import listed
from workato_async.testing.shapes import OK

if TYPE_CHECKING:
    from workato_async.endpoint import JsonObject
    from workato_async.testing.state import State

_AUTHOR = {"id": 4848, "name": "Kim Example"}
_BRIEF = ("handle", "title", "description", "color")


class Tags(Family):
    """Tags, among them those that recipes and connections were created with."""

    def rows(self, state: State, parent: int | str = "") -> dict[int | str, JsonObject]:
        table = super().rows(state, parent)
        for tag in (tag for row in _tagged(state) for tag in row["tags"]):
            if tag not in table:
                self.add(state, table, {"handle": tag, "title": f"Tag {len(table) + 1}"})
        return table


TAGS = Tags(
    "tags",
    new_id=handle("tag"),
    defaults={"title": "", "description": None, "color": "blue", "last_assigned_at": None},
    required=("title",),
    longest={"title": 30, "description": 150},
    choices={"color": ("blue", *get_args(Color))},
    key="handle",
    seeds=0,
)


@handles("tags.list")
def list_tags(call: Call) -> object:
    found = list(TAGS.rows(call.state).values())
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
        shown.sort(key=lambda tag: str(tag.get(field) or ""), reverse=direction == "desc")
    fields = (*_BRIEF, *call.texts("includes[]"))
    return wrapped(call.endpoint, [{field: tag.get(field) for field in fields} for tag in listed(call, shown)])


handles("tags.create")(lambda call: _bare(TAGS.create(call)))
handles("tags.update")(lambda call: _bare(TAGS.update(call)))


@handles("tags.delete")
def delete(call: Call) -> JsonObject:
    gone, table = TAGS.row(call)["handle"], TAGS.rows(call.state)
    for row in _tagged(call.state):
        row["tags"] = [tag for tag in row["tags"] if tag != gone]
    del table[gone]
    return OK


@handles("tags_assignments.apply")
def apply(call: Call) -> FakeResponse:
    state = call.state
    rows = [find(state.recipes, recipe_id) for recipe_id in call.listed("recipe_ids")]
    rows += [find(state.connections, connection_id) for connection_id in call.listed("connection_ids")]
    if not rows:
        raise missing("recipe_ids")
    added = [find(TAGS.rows(state), tag) for tag in call.listed("add_tags")]
    for tag in added:
        tag["last_assigned_at"] = state.now()
    for row in rows:
        kept = [tag for tag in row["tags"] if tag not in call.listed("remove_tags")]
        row["tags"] = list(dict.fromkeys([*kept, *(tag["handle"] for tag in added)]))
    return FakeResponse()


def _tagged(state: State) -> list[JsonObject]:
    """Return everything that can have tags."""
    return [*state.recipes.values(), *state.connections.values()]


def _bare(tag: JsonObject) -> JsonObject:
    return {field: tag[field] for field in _BRIEF}

"""Tags and their assignments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.example import Example

if TYPE_CHECKING:
    from workato_async.testing import FakeWorkato


def a_tag(fake: FakeWorkato) -> tuple[Any, ...]:
    first_recipe = next(iter(fake.state.recipes.values()))
    first_recipe["tags"] = ["tag-1"]
    return ("tag-1",)


TAG: dict[str, Any] = {"title": "Finance", "description": "Owned by Finance", "color": "plum"}
SEARCH: dict[str, Any] = {
    "title_or_description_cont": "tag",
    "handle_in": "tag-1",
    "author_id_eq": 4848,
    "recipe_id_eq": 10001,
    "only_assigned": True,
    "sort_by": ["title", "updated_at"],
    "sort_direction": ["asc", "desc"],
    "includes": ["assignment_count", "author"],
    "per_page": 50,
}


EXAMPLES = [
    Example("tags.list"),
    Example("tags.list", (), SEARCH, prepare=a_tag),
    Example(
        "tags.list",
        (),
        {"connection_id_eq": 5001},
        prepare=lambda fake: fake.state.connections[5001].update(tags=["tag-1"]),
    ),
    Example("tags.create", (), TAG),
    Example("tags.update", a_tag, TAG),
    Example("tags.delete", a_tag),
    Example(
        "tags_assignments.apply",
        (),
        {"add_tags": ["tag-1"], "remove_tags": ["tag-2"], "recipe_ids": [10001], "connection_ids": [5001]},
        prepare=a_tag,
    ),
]

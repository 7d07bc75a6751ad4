"""What a recipe does, so that it can be compared with its copy in another workspace.

Each workspace has its own ids. Where the code names another object of the workspace, its path or name is used instead;
an id that no list knows, such as that of a data table, is left out of Workato's own steps and kept in all others.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workato_async.resources.recipes.models import Recipe

Names = Mapping[str, Mapping[int, str]]
"""The names of objects by their ids, by the kind of object."""

_KINDS = {
    "account_id": "connections",
    "connection_id": "connections",
    "flow_id": "recipes",
    "recipe_id": "recipes",
    "folder_id": "folders",
    "project_id": "projects",
    "lookup_table_id": "lookup_tables",
    "table_id": "lookup_tables",
}
"""What the ids under a key belong to. Inputs of other applications may have the same keys."""
_OTHERS = {
    "data_table_id",
    "topic_id",
    "api_collection_id",
    "api_endpoint_id",
    "genie_id",
    "agent_id",
    "environment_id",
}
"""Keys of ids of the workspace whose names are not read."""
_NO_EFFECT = {"uuid"}


def fingerprint(recipe: Recipe, names: Names) -> str | None:
    """Return a short hash of what a recipe does and which connections it uses; None without its code."""
    if recipe.code is None:
        return None
    try:
        code: Any = json.loads(recipe.code)
    except ValueError:
        code = recipe.code
    connections = names.get("connections", {})
    config = [
        [one.keyword, one.name, one.provider, one.account_id and connections.get(one.account_id, "?")]
        for one in recipe.config
    ]
    text = json.dumps([_neutral(code, "", "", names), config], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _neutral(value: Any, key: str, provider: str, names: Names) -> Any:
    """Return a part of the code without what differs by workspace."""
    if isinstance(value, dict):
        own = value.get("provider")
        provider = own if isinstance(own, str) else provider
        return {name: _neutral(item, name, provider, names) for name, item in value.items() if name not in _NO_EFFECT}
    if isinstance(value, list):
        return [_neutral(item, key, provider, names) for item in value]
    if isinstance(value, bool) or not isinstance(value, int | str):
        return value
    kind = _KINDS.get(key)
    if kind and len(str(value)) < 20 and str(value).isdecimal() and (name := names.get(kind, {}).get(int(value))):
        return f"<{name}>"
    if (kind or key in _OTHERS) and provider.startswith("workato"):
        return "<id>"
    return value

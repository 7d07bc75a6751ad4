"""Shapes that several families share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async.testing.call import invalid
from workato_async.testing.state.assets import HOME

if TYPE_CHECKING:
    from workato_async.endpoint import JsonObject
    from workato_async.testing.call import Call
    from workato_async.testing.state import State

OK: JsonObject = {"success": True}
"""The response of most starts, stops and deletes."""


def data(value: object) -> JsonObject:
    """Put a value under ``data``."""
    return {"data": value}


def result(value: object) -> JsonObject:
    """Put a value under ``result``."""
    return {"result": value}


def with_tags(call: Call, row: JsonObject) -> JsonObject:
    """Return a copy of a row, with its ``tags`` only if ``includes[]=tags`` asks for them."""
    shown = {**row}
    if "tags" not in call.texts("includes[]"):
        shown.pop("tags", None)
    return shown


def target_folder(state: State, folder_id: object, *, text_only: bool = True) -> JsonObject:
    """Return the folder in which to put something.

    It is mandatory since 2026-05-07 and may not be the Home assets folder (docs: workato-api/recipes); recipes reject a
    JSON number (observed), unless it is wrapped in ``recipe``. The error texts are ours: no source has them.
    """
    if folder_id in (None, ""):
        raise invalid("folder_id", "can't be blank")
    if not isinstance(folder_id, str) and (text_only or isinstance(folder_id, bool) or not isinstance(folder_id, int)):
        raise invalid("folder_id", "must be a string")
    if str(folder_id) == str(HOME):
        raise invalid("folder_id", "cannot be the Home assets folder")
    folder = next((folder for key, folder in state.folders.items() if str(key) == str(folder_id)), None)
    if folder is None:
        raise invalid("folder_id", "does not exist")
    return folder

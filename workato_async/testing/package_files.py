"""What is inside a package: one JSON file per recipe and connection, in folders, and a manifest.

The form is that of projects which people keep in version control: a recipe's code is JSON, not text, and it names its
connections by their files.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from typing import TYPE_CHECKING, Any

import attrs
import msgspec

from workato_async.testing.bodies import is_too_deep
from workato_async.testing.state.assets import HOME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workato_async.endpoint import JsonObject
    from workato_async.testing.state import State

LARGEST = 30 * 2**20
"""Bytes (docs: recipe-development-lifecycle/import)."""
_LARGEST_UNPACKED = 20 * LARGEST
RECIPE, CONNECTION = ".recipe.json", ".connection.json"


class PackageError(Exception):
    """A package that cannot be imported; the text says why."""


@attrs.frozen
class PackedFile:
    """A recipe or connection in a package: the folders in which it is, the name of its file, and its content."""

    folders: tuple[str, ...]
    name: str
    content: JsonObject

    @property
    def stem(self) -> str:
        """The name of the file without its ending."""
        return self.name.removesuffix(RECIPE).removesuffix(CONNECTION)


def path_of(state: State, folder_id: int, root_id: int = HOME) -> tuple[str, ...]:
    """Return the names of the folders that lead from one folder, which is left out, to another."""
    folder = state.folders.get(folder_id)
    if folder is None or folder_id in (root_id, HOME):
        return ()
    return (*path_of(state, folder["parent_id"], root_id), folder["name"])


def stem_of(row: JsonObject) -> str:
    """Return the name of the file of a recipe or connection, without its ending."""
    return re.sub(r"\W+", "_", row["name"].lower()).strip("_") or f"asset_{row['id']}"


def zip_name(row: JsonObject) -> str:
    """Return the name of the file of a recipe or connection."""
    return stem_of(row) + (RECIPE if "code" in row else CONNECTION)


def parsed_code(recipe: JsonObject) -> Any:
    """Return the code of a recipe as JSON; text that is not JSON, which only a test can have written, stays text."""
    try:
        return msgspec.json.decode(recipe["code"])
    except msgspec.DecodeError:
        return recipe["code"]


def pack(state: State, manifest: JsonObject, recipes: Sequence[JsonObject], connections: Sequence[JsonObject]) -> bytes:
    """Return a package of recipes and connections, relative to the folder of a manifest."""
    root = manifest["folder_id"]
    files: dict[str, JsonObject] = {}
    for row in (*recipes, *connections):
        directory, name = path_of(state, row["folder_id"], root), zip_name(row)
        path = "/".join((*directory, name))
        if path in files:
            path = "/".join((*directory, name.replace(".", f"_{row['id']}.", 1)))
        files[path] = _packed_recipe(state, row, root) if "code" in row else _packed_connection(row)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        listed = {"name": manifest["name"], "assets": [*files]}
        for path, value in {f"manifest_{manifest['id']}.json": listed, **files}.items():
            entry = zipfile.ZipInfo(path, state.clock.time.timetuple()[:6])
            archive.writestr(entry, msgspec.json.format(msgspec.json.encode(value)), zipfile.ZIP_DEFLATED)
    return content.getvalue()


def unpack(body: bytes) -> list[PackedFile]:
    """Return the connections and then the recipes of a package, each checked to be one.

    Raises:
        PackageError: if it is not one, or too large.
    """
    if len(body) > LARGEST:
        raise PackageError(f"The package is larger than {LARGEST // 2**20} MB")
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            wanted = [info for info in archive.infolist() if info.filename.endswith((RECIPE, CONNECTION))]
            if sum(info.file_size for info in wanted) > _LARGEST_UNPACKED:
                raise PackageError("The package is too large when it is unpacked")
            files = [_file(info.filename, archive.read(info)) for info in wanted]
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError):
        raise PackageError("The package is not a zip file") from None
    return sorted(files, key=lambda file: file.name.endswith(RECIPE))


def _file(path: str, content: bytes) -> PackedFile:
    *folders, name = [part for part in path.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    value: Any
    try:
        value = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        value = None
    required: dict[str, Any] = {"name": str, "code": dict} if name.endswith(RECIPE) else {"name": str, "provider": str}
    valid = isinstance(value, dict) and not is_too_deep(value)
    if not valid or not all(isinstance(value.get(key), kind) for key, kind in required.items()):
        raise PackageError(f"{path} is not valid: it needs {' and '.join(required)}")
    config = value.setdefault("config", [])
    if not isinstance(config, list) or not all(
        isinstance(one, dict) and isinstance(one.get("provider"), str) for one in config
    ):
        raise PackageError(f"{path} is not valid: config needs a provider in every entry")
    return PackedFile(tuple(folders), name, value)


def _packed_recipe(state: State, recipe: JsonObject, root: int) -> JsonObject:
    return {
        "name": recipe["name"],
        "description": recipe["description"],
        "version": recipe["version_no"],
        "private": True,
        "concurrency": 1,
        "code": parsed_code(recipe),
        "config": [
            {**entry, "account_id": _reference(state, entry.get("account_id"), root)} for entry in recipe["config"]
        ],
    }


def _packed_connection(connection: JsonObject) -> JsonObject:
    return {"name": connection["name"], "provider": connection["provider"], "root_folder": False}


def _reference(state: State, connection_id: Any, root: int) -> JsonObject | None:
    connection = state.connections.get(connection_id)
    if connection is None:
        return None
    folder = "/".join(path_of(state, connection["folder_id"], root))
    return {"zip_name": zip_name(connection), "name": connection["name"], "folder": folder}

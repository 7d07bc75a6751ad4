"""Export manifests and packages; exported files are on a storage host, which takes no tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workato_async.testing.call import Call, FakeResponse, error_response, find, handles, not_found
from workato_async.testing.family import Family, linked, number, serve, wrapped
from workato_async.testing.handlers.deployments import imported
from workato_async.testing.package_files import PackageError, pack, path_of, unpack, zip_name
from workato_async.testing.package_import import import_files, running_and_affected
from workato_async.testing.state.assets import HOME
from workato_async.testing.storage import public_url, with_link

if TYPE_CHECKING:
    from workato_async.endpoint import JsonObject
    from workato_async.testing.state import State

MANIFESTS = Family(
    "export_manifests",
    new_id=number(801),
    defaults={
        "name": "",
        "last_exported_at": None,
        "deleted_at": None,
        "project_path": "Folder 1",
        "status": "working",
    },
    required=("name",),
    body="export_manifest",
    deleted={"success": True},
)
serve(MANIFESTS, "get", "delete")

PACKAGES = Family(
    "packages",
    new_id=number(9001),
    defaults={"operation_type": "export", "status": "in_progress", "download_url": None},
    times=False,
    seeds=0,
)


@handles("packages.get")
def get(call: Call) -> JsonObject:
    return with_link(call.request, PACKAGES.row(call))


@handles("export_manifests.create")
def create(call: Call) -> Any:
    return wrapped(call.endpoint, _manifest(call, MANIFESTS.create(call)))


@handles("export_manifests.update")
def update(call: Call) -> Any:
    return wrapped(call.endpoint, _manifest(call, MANIFESTS.update(call)))


@handles("export_manifests.folder_assets")
def folder_assets(call: Call) -> Any:
    state = call.state
    folder_id = find(state.folders, call.text("folder_id") or HOME)["id"]
    recipes, connections = _inside(state, folder_id)
    assets = [
        {
            "id": row["id"],
            "name": row["name"],
            "type": "recipe" if "code" in row else "connection",
            "version": row.get("version_no", 1),
            "folder": "/".join(path_of(state, row["folder_id"], folder_id)),
            "absolute_path": "/".join(path_of(state, row["folder_id"])),
            "root_folder": row["folder_id"] == HOME,
            "unreachable": False,
            "zip_name": zip_name(row),
            "checked": True,
            "status": "added",
        }
        for row in (*recipes, *connections)
    ]
    return wrapped(call.endpoint, assets)


handles("packages.export")(lambda call: {**_export(call.state, MANIFESTS.row(call))})


@handles("packages.import")
def import_package(call: Call) -> JsonObject:
    """Import a package; the texts and the status of what is rejected are ours, except the key ``error``."""
    state = call.state
    folder_id = call.find(state.folders)["id"]
    try:
        files = unpack(call.request.body)
    except PackageError as error:
        raise error_response(400, {"error": str(error)}) from None
    affected = [] if call.flag("restart_recipes") else running_and_affected(state, files, folder_id)
    if affected:
        raise error_response(400, {"error": f"Recipes are running: {', '.join(affected)}. Pass restart_recipes=true"})
    imported(state)
    package = PACKAGES.add(state, PACKAGES.table(call), {"operation_type": "import"})

    def end() -> None:
        try:
            package.update(recipe_status=import_files(state, files, folder_id), status="completed")
        except PackageError as error:
            package.update(status="failed", error=str(error))

    state.after_processing(end)
    return {**package}


@handles("packages.download")
def download(call: Call) -> FakeResponse:
    path = PACKAGES.row(call)["download_url"]
    if path is None:
        raise not_found()
    return FakeResponse(302, headers=(("Location", public_url(call.request, path)),))


def _manifest(call: Call, row: JsonObject) -> JsonObject:
    """Keep what a manifest exports, which responses do not show."""
    fields = call.body.get("export_manifest") or {}
    content = linked(call.state, "export_manifests.content", row["id"])
    if fields.get("folder_id") is not None:
        folder = find(call.state.folders, fields["folder_id"])
        content["folder"] = folder
        row["project_path"] = "/".join(path_of(call.state, folder["id"])) or folder["name"]
    if fields.get("assets") is not None:
        content["assets"] = {(one.get("type"), str(one.get("id"))): one for one in fields["assets"]}  # type: ignore[misc]
    if fields.get("auto_run") in (True, "true"):
        _export(call.state, row)
    return row


def _export(state: State, manifest: JsonObject) -> JsonObject:
    package = PACKAGES.add(state, PACKAGES.rows(state), {"export_manifest_id": manifest["id"]})

    def end() -> None:
        content = linked(state, "export_manifests.content", manifest["id"])
        folder_id = content.get("folder", {"id": HOME})["id"]
        recipes, connections = _inside(state, folder_id)
        if assets := content.get("assets"):
            recipes = [row for row in state.recipes.values() if _is_chosen(assets, "recipe", row)]
            connections = [row for row in state.connections.values() if _is_chosen(assets, "connection", row)]
        path = f"/storage/{state.handle('package')}"
        state.storage[path] = pack(state, {**manifest, "folder_id": folder_id}, recipes, connections)
        package.update(status="completed", download_url=path)
        manifest["last_exported_at"] = state.now()

    state.after_processing(end)
    return package


def _is_chosen(assets: JsonObject, kind: str, row: JsonObject) -> bool:
    asset = assets.get((kind, str(row["id"])))  # type: ignore[call-overload]
    return asset is not None and asset.get("checked") not in (False, "false")


def _inside(state: State, folder_id: int) -> tuple[list[JsonObject], list[JsonObject]]:
    """Return the recipes of a folder and those below it, and the connections there."""
    folders = state.inside(folder_id)
    recipes = [row for row in state.recipes.values() if row["folder_id"] in folders]
    return recipes, [row for row in state.connections.values() if row["folder_id"] in folders]

"""Export manifests and packages; exported files are on a storage host, which takes no tokens."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

from workato_async.testing.call import Call, FakeResponse, error_response, handles, not_found
from workato_async.testing.family import Family, number, serve, wrapped

if TYPE_CHECKING:
    from workato_async.endpoint import JsonObject

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
serve(MANIFESTS, "create", "get", "update", "delete")

PACKAGES = Family(
    "packages",
    new_id=number(9001),
    defaults={"operation_type": "export", "status": "in_progress", "download_url": None},
    times=False,
    seeds=0,
)
serve(PACKAGES, "get")


@handles("export_manifests.folder_assets")
def folder_assets(call: Call) -> JsonObject:
    folder_id = call.text("folder_id")
    recipes = [r for r in call.state.recipes.values() if folder_id in (None, str(r["folder_id"]))]
    assets = [
        {
            "id": recipe["id"],
            "name": recipe["name"],
            "type": "recipe",
            "version": recipe["version_no"],
            "folder": "",
            "absolute_path": "Folder 1",
            "root_folder": False,
            "unreachable": False,
            "zip_name": f"recipe_{recipe['id']}.recipe.json",
            "checked": True,
            "status": "added",
        }
        for recipe in recipes
    ]
    return wrapped(call.endpoint, assets)  # type: ignore[no-any-return]


@handles("packages.export")
def export(call: Call) -> JsonObject:
    manifest = MANIFESTS.row(call)
    package = PACKAGES.add(call.state, PACKAGES.table(call), {"export_manifest_id": manifest["id"]})

    def end() -> None:
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr(f"manifest_{manifest['id']}.json", manifest["name"])
        path = f"/storage/{call.state.handle('package')}"
        call.state.storage[path] = content.getvalue()
        package.update(status="completed", download_url=path)
        manifest["last_exported_at"] = call.state.now()

    call.state.after_processing(end)
    return dict(package)


@handles("packages.import")
def import_package(call: Call) -> JsonObject:
    if call.arguments[0] not in {str(folder_id) for folder_id in call.state.folders}:
        raise not_found()
    try:
        zipfile.ZipFile(io.BytesIO(call.request.body)).close()
    except zipfile.BadZipFile:
        raise error_response(400, {"error": "The package is not a zip file"}) from None
    package = PACKAGES.add(call.state, PACKAGES.table(call), {"operation_type": "import"})
    recipes = [{"id": recipe_id, "import_result": "restarted"} for recipe_id in list(call.state.recipes)[:2]]
    call.state.after_processing(lambda: package.update(status="completed", recipe_status=recipes))
    return dict(package)


@handles("packages.download")
def download(call: Call) -> FakeResponse:
    path = PACKAGES.row(call)["download_url"]
    if path is None:
        raise not_found()
    return FakeResponse(302, headers=(("Location", path),))

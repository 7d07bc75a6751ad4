"""Export manifests and packages."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

from tests.support.example import Example

if TYPE_CHECKING:
    from workato_async.testing import FakeWorkato


def a_zip() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("manifest.json", "{}")
    return content.getvalue()


def exported(fake: FakeWorkato) -> None:
    fake.state.storage["/storage/1"] = a_zip()
    fake.state.tables["packages/"] = {9001: {"id": 9001, "status": "completed", "download_url": "/storage/1"}}


MANIFEST: dict[str, Any] = {
    "name": "All of it",
    "assets": [{"id": 10001, "type": "recipe", "checked": True}],
    "folder_id": 2001,
    "include_test_cases": True,
    "auto_generate_assets": False,
    "include_data": True,
    "include_tags": False,
    "auto_run": False,
}

EXAMPLES = [
    Example(
        "export_manifests.folder_assets", (), {"folder_id": 2001, "include_test_cases": True, "include_data": False}
    ),
    Example("export_manifests.create", (), MANIFEST),
    Example("export_manifests.get", (801,)),
    Example("export_manifests.update", (801,), MANIFEST),
    Example("export_manifests.delete", (801,)),
    Example("packages.export", (801,)),
    Example(
        "packages.import",
        (2001, a_zip()),
        {"restart_recipes": True, "include_tags": True, "folder_id_for_home_assets": 2002},
    ),
    Example("packages.get", (9001,), prepare=exported),
    Example("packages.download", lambda _: (9001, Path(mkdtemp()) / "package.zip"), prepare=exported),
]

"""API platform: collections, endpoints, portals, certificate bundles."""

from __future__ import annotations

from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from tests.support.example import Example

if TYPE_CHECKING:
    from workato_async.testing import FakeWorkato


def recipe_runs(fake: FakeWorkato) -> None:
    next(iter(fake.state.recipes.values()))["running"] = True


EXAMPLES = [
    Example("api_collections.list", (), {"per_page": 50}),
    Example(
        "api_collections.create",
        (),
        {
            "name": "Orders",
            "project_id": 7,
            "proxy_connection_id": 91,
            "openapi_spec": {"content": "{}", "format": "json"},
        },
        sent={"project_id": "7"},
    ),
    Example("api_collections.delete", (1201,)),
    Example(
        "api_endpoints.create",
        (1201,),
        {"name": "Orders", "method": "POST", "path": "orders", "flow_id": 10001},
        sent={"flow_id": "10001"},
    ),
    Example("api_endpoints.list", (), {"api_collection_id": 1201}),
    Example("api_endpoints.enable", (1301,), prepare=recipe_runs),
    Example("api_endpoints.disable", (1301,)),
    Example("api_portals.list"),
    Example("cert_bundles.list"),
    Example("cert_bundles.create", (), {"body": {}}),
    Example("cert_bundles.download", lambda _: (1501, Path(mkdtemp()) / "bundle.pem")),
    Example("cert_bundles.update", (1501,), {"body": {}}),
    Example("cert_bundles.delete", (1501,)),
]

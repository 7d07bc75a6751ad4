"""API platform: collections, endpoints, portals, certificate bundles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from workato_async import BadRequestError, NotFoundError, WorkatoSession
from workato_async.testing import FakeWorkato

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_collection_is_created_empty_or_from_a_document(workato: WorkatoSession) -> None:
    empty = await workato.api_collections.create(name="Orders", project_id=7)
    assert (empty.name, empty.project_id, empty.import_results) == ("Orders", "7", None)
    made = await workato.api_collections.create(name="Pets", openapi_spec={"content": "{}", "format": "json"})
    assert made.message
    assert made.import_results
    assert made.import_results.success is True
    assert made.import_results.failed_actions == ()
    listed = {collection.id: collection for collection in await workato.api_collections.list().collect()}
    assert listed[empty.id] == empty
    assert listed[made.id].name == "Pets"
    assert listed[made.id].import_results is None
    with pytest.raises(BadRequestError, match="name"):
        await workato.api_collections.create(name="")


async def test_collections_come_page_by_page(fake: FakeWorkato, workato: WorkatoSession) -> None:
    for name in ("C", "D", "E"):
        await workato.api_collections.create(name=name)
    collections = await workato.api_collections.list(per_page=2).collect()
    assert [collection.name for collection in collections] == ["name 1", "name 2", "C", "D", "E"]
    assert fake.sent("api_collections.list") == 4, "the last page is empty"


async def test_an_endpoint_can_be_enabled_while_its_recipe_runs(fake: FakeWorkato, workato: WorkatoSession) -> None:
    collection = await workato.api_collections.list().first()
    endpoint, other = await workato.api_endpoints.list(api_collection_id=collection).collect()
    assert endpoint.flow_id
    fake.state.recipes[endpoint.flow_id]["running"] = False
    with pytest.raises(BadRequestError, match="not running"):
        await workato.api_endpoints.enable(endpoint)
    fake.state.recipes[endpoint.flow_id]["running"] = True
    await workato.api_endpoints.enable(endpoint)
    assert [one.active for one in await workato.api_endpoints.list().collect()] == [True, False]
    await workato.api_endpoints.disable(endpoint.id)
    assert [one.active for one in await workato.api_endpoints.list().collect()] == [False, False]
    assert await workato.api_endpoints.list(api_collection_id=other.id).collect() == []


async def test_portals_come_as_they_are(workato: WorkatoSession) -> None:
    assert [set(portal) for portal in await workato.api_portals.list().collect()] == [{"id", "name"}, {"id", "name"}]


async def test_a_bundle_is_sent_as_it_is_given(fake: FakeWorkato, workato: WorkatoSession) -> None:
    body = {"name": "Partners", "nested": {"certificate": "-----BEGIN"}}
    made = await workato.cert_bundles.create(body=body)
    assert fake.requests[-1].json == body
    bundle_id = made["data"]["id"]
    await workato.cert_bundles.update(bundle_id, body={"name": "Suppliers"})
    listed = (await workato.cert_bundles.list())["data"]
    assert {"id": bundle_id, **body, "name": "Suppliers"} in listed
    await workato.cert_bundles.delete(bundle_id)
    with pytest.raises(NotFoundError):
        await workato.cert_bundles.update(bundle_id, body={})


async def test_a_bundle_is_downloaded_to_a_file(workato: WorkatoSession, tmp_path: Path) -> None:
    path = await workato.cert_bundles.download(1501, tmp_path / "bundle.pem")
    assert path.read_bytes().startswith(b"-----BEGIN CERTIFICATE-----")
    with pytest.raises(NotFoundError):
        await workato.cert_bundles.download(1, tmp_path / "other.pem")
    assert list(tmp_path.iterdir()) == [path]

"""API platform: collections and their endpoints, portals, certificate bundles.

Source: "API platform" (docs: workato-api/api-platform), the official client spec and its table of permissions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypedDict

import attrs

from workato_async._checks import require_type
from workato_async._files import MAX_DOWNLOAD, FileSink
from workato_async.arguments import one_of
from workato_async.base_model import AwareDatetime, Model, Part
from workato_async.endpoint import PAGE, WHOLE, Endpoint, JsonObject
from workato_async.resources._base import Resource, id_text, without_none

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike
    from pathlib import Path

    from workato_async.pages import Pages
    from workato_async.resources.connections import Connection
    from workato_async.resources.projects.models import Project
    from workato_async.resources.recipes.models import Recipe


SpecFormat = Literal["json", "yaml"]


class OpenApiSpec(TypedDict):
    """An OpenAPI document: its text and its format."""

    content: str
    format: SpecFormat


@attrs.frozen(kw_only=True)
class ImportResults(Part):
    """The outcome of importing an OpenAPI document."""

    success: bool | None = None
    total_endpoints: int | None = None
    failed_endpoints: int | None = None
    failed_actions: tuple[Any, ...] = ()


@attrs.frozen(kw_only=True)
class ApiCollection(Model):
    """A collection of API endpoints.

    ``project_id`` is text here. ``message`` and ``import_results`` only come from creating it from a document.
    """

    id: int
    name: str | None = None
    project_id: str | None = None
    url: str | None = None
    api_spec_url: str | None = None
    version: str | None = None
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None
    message: str | None = None
    import_results: ImportResults | None = None


@attrs.frozen(kw_only=True)
class ApiEndpoint(Model):
    """An API endpoint; ``flow_id`` is the id of the recipe behind it, which lists may call ``recipe_id``."""

    id: int
    api_collection_id: int | None = None
    flow_id: int | None = None
    recipe_id: int | None = None
    name: str | None = None
    method: str | None = None
    url: str | None = None
    legacy_url: str | None = None
    base_path: str | None = None
    path: str | None = None
    active: bool | None = None
    legacy: bool | None = None
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None


LIST_COLLECTIONS = Endpoint("api_collections.list", "GET", "/api/api_collections", ApiCollection, listing=PAGE)
CREATE_COLLECTION = Endpoint("api_collections.create", "POST", "/api/api_collections", ApiCollection)
LIST_ENDPOINTS = Endpoint("api_endpoints.list", "GET", "/api/api_endpoints", ApiEndpoint, listing=PAGE)
DELETE_COLLECTION = Endpoint("api_collections.delete", "DELETE", "/api/api_collections/{id}", JsonObject)
CREATE_ENDPOINT = Endpoint("api_endpoints.create", "POST", "/api/api_collections/{id}/api_endpoints", ApiEndpoint)
ENABLE = Endpoint[None]("api_endpoints.enable", "PUT", "/api/api_endpoints/{api_endpoint_id}/enable")
DISABLE = Endpoint[None]("api_endpoints.disable", "PUT", "/api/api_endpoints/{api_endpoint_id}/disable")
LIST_PORTALS = Endpoint("api_portals.list", "GET", "/api/v2/api_portals", JsonObject, wrapper="data", listing=WHOLE)
LIST_BUNDLES = Endpoint("cert_bundles.list", "GET", "/api/cert_bundles", JsonObject)
CREATE_BUNDLE = Endpoint("cert_bundles.create", "POST", "/api/cert_bundles", JsonObject)
DOWNLOAD_BUNDLE = Endpoint[None]("cert_bundles.download", "GET", "/api/cert_bundles/{cert_bundle_id}")
UPDATE_BUNDLE = Endpoint("cert_bundles.update", "PUT", "/api/cert_bundles/{cert_bundle_id}", JsonObject)
DELETE_BUNDLE = Endpoint("cert_bundles.delete", "DELETE", "/api/cert_bundles/{cert_bundle_id}", JsonObject)


class ApiCollections(Resource):
    """Collections of API endpoints: ``workato.api_collections``."""

    __slots__ = ()

    def list(self, *, per_page: int | None = None) -> Pages[ApiCollection]:
        """List the API collections. ``GET /api/api_collections``, 60 a minute, at most 100 per page.

        Args:
            per_page: collections per page, 1 to 100.
        """
        return self._pages(LIST_COLLECTIONS, per_page=per_page)

    async def create(
        self,
        *,
        name: str,
        project_id: int | str | Project | None = None,
        proxy_connection_id: int | Connection | None = None,
        openapi_spec: OpenApiSpec | None = None,
    ) -> ApiCollection:
        """Create a collection, empty or from an OpenAPI document.

        ``POST /api/api_collections``, 60 a minute. Not idempotent.

        Args:
            name: its name.
            project_id: the project it belongs to; sent as text, the only form the API accepts.
            proxy_connection_id: the connection through which requests are forwarded.
            openapi_spec: ``{"content": text, "format": "json" or "yaml"}``; the outcome is in ``import_results`` of the
                response.

        Raises:
            BadRequestError: if the values do not pass validation.
        """
        fields = without_none(
            name=name,
            project_id=id_text(project_id, "project_id"),
            proxy_connection_id=proxy_connection_id,
            openapi_spec=openapi_spec,
        )
        if openapi_spec is not None:
            require_type("openapi_spec", openapi_spec, dict)
            one_of("the format of openapi_spec", openapi_spec.get("format"), SpecFormat)
        return await self._call(CREATE_COLLECTION, body=fields)

    async def delete(self, api_collection_id: int | ApiCollection) -> JsonObject:
        """Delete a collection. ``DELETE /api/api_collections/{id}``, 60 a minute. Idempotent.

        The shape of the response is not documented.
        """
        return await self._call(DELETE_COLLECTION, api_collection_id)


class ApiEndpoints(Resource):
    """Endpoints of API collections: ``workato.api_endpoints``."""

    __slots__ = ()

    def list(
        self, *, api_collection_id: int | ApiCollection | None = None, per_page: int | None = None
    ) -> Pages[ApiEndpoint]:
        """List API endpoints. ``GET /api/api_endpoints``, 60 a minute, at most 100 per page.

        Args:
            api_collection_id: endpoints of this collection only.
            per_page: endpoints per page, 1 to 100.
        """
        return self._pages(LIST_ENDPOINTS, query={"api_collection_id": api_collection_id}, per_page=per_page)

    async def create(
        self, api_collection_id: int | ApiCollection, *, name: str, method: str, path: str, flow_id: int | str | Recipe
    ) -> ApiEndpoint:
        """Create an endpoint in a collection.

        ``POST /api/api_collections/{id}/api_endpoints``, 60 a minute. Not idempotent.

        Args:
            api_collection_id: the collection.
            name: its name.
            method: its HTTP method, e.g. ``"POST"``.
            path: its path inside the collection.
            flow_id: the recipe behind it; sent as text.
        """
        fields = {"name": name, "method": method, "path": path, "flow_id": id_text(flow_id, "flow_id")}
        return await self._call(CREATE_ENDPOINT, api_collection_id, body=fields)

    async def enable(self, api_endpoint_id: int | ApiEndpoint) -> None:
        """Enable an endpoint, whose recipe must be running.

        ``PUT /api/api_endpoints/{api_endpoint_id}/enable``, 60 a minute. Idempotent.
        """
        await self._call(ENABLE, api_endpoint_id)

    async def disable(self, api_endpoint_id: int | ApiEndpoint) -> None:
        """Disable an endpoint. ``PUT /api/api_endpoints/{api_endpoint_id}/disable``, 60 a minute. Idempotent."""
        await self._call(DISABLE, api_endpoint_id)


class ApiPortals(Resource):
    """API portals: ``workato.api_portals``."""

    __slots__ = ()

    def list(self) -> Pages[JsonObject]:
        """List the API portals, in one page. ``GET /api/v2/api_portals``, 60 a minute.

        The shape of a portal is not documented: each is returned as it is.
        """
        return self._pages(LIST_PORTALS)


class CertBundles(Resource):
    """Certificate bundles, against which client certificates are checked: ``workato.cert_bundles``."""

    __slots__ = ()

    async def list(self) -> JsonObject:
        """List the certificate bundles. ``GET /api/cert_bundles``, 60 a minute.

        The shape of the response is not documented.
        """
        return await self._call(LIST_BUNDLES)

    async def create(self, *, body: Mapping[str, Any]) -> JsonObject:
        """Create a bundle. ``POST /api/cert_bundles``, 60 a minute. Not idempotent.

        The shape of the response is not documented.

        Args:
            body: not documented; sent as it is.
        """
        return await self._call(CREATE_BUNDLE, body=body)

    async def download(
        self, cert_bundle_id: int | JsonObject, path: str | PathLike[str], *, max_bytes: int = MAX_DOWNLOAD
    ) -> Path:
        """Download a bundle to a file. ``GET /api/cert_bundles/{cert_bundle_id}``, 60 a minute.

        The shape of the response is not documented: the file holds what was received, and appears only once it is
        complete.

        Args:
            cert_bundle_id: the bundle.
            path: the file to write; an existing one is replaced.
            max_bytes: the largest file that is accepted.

        Returns:
            The path of the file.

        Raises:
            InvalidResponseError: if it is larger than ``max_bytes``.
            ConfigurationError: if the file cannot be written.
        """
        async with FileSink(path, max_bytes=max_bytes) as sink:
            await self._save(sink, DOWNLOAD_BUNDLE, cert_bundle_id)
            return await sink.commit()

    async def update(self, cert_bundle_id: int | JsonObject, *, body: Mapping[str, Any]) -> JsonObject:
        """Update a bundle. ``PUT /api/cert_bundles/{cert_bundle_id}``, 60 a minute. Idempotent.

        The shape of the response is not documented.

        Args:
            cert_bundle_id: the bundle.
            body: not documented; sent as it is.
        """
        return await self._call(UPDATE_BUNDLE, cert_bundle_id, body=body)

    async def delete(self, cert_bundle_id: int | JsonObject) -> JsonObject:
        """Delete a bundle. ``DELETE /api/cert_bundles/{cert_bundle_id}``, 60 a minute. Idempotent.

        The shape of the response is not documented.
        """
        return await self._call(DELETE_BUNDLE, cert_bundle_id)

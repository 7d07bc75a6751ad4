"""Custom connectors, written with the connector SDK, and the SDK's schema generators.

Source: "Connector SDK" (docs: workato-api/custom_connectors), the official client spec and an official infrastructure
tool. Every endpoint of the connectors, reads included, allows 1 request a second. Only the response of the list is
documented; the data of the others may be under ``data``, under ``result`` or bare.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import attrs

from workato_async._unset import UNSET
from workato_async.arguments import one_of
from workato_async.base_model import AwareDatetime, Model, Part
from workato_async.endpoint import WHOLE, WHOLE_IN_BODY, Endpoint
from workato_async.limits.quota import ONE_PER_SECOND
from workato_async.resources._base import Resource, changes, without_none

if TYPE_CHECKING:
    from workato_async._unset import Unset
    from workato_async.pages import Pages


@attrs.frozen(kw_only=True)
class ConnectorRelease(Part):
    """A released version of a connector."""

    version: int | None = None
    version_note: str | None = None
    created_at: AwareDatetime | None = None
    released_at: AwareDatetime | None = None


@attrs.frozen(kw_only=True)
class CustomConnector(Model):
    """A connector, without its code.

    ``released_versions`` are the ten newest, which some responses call ``recent_released_versions``. Anyone who has
    ``static_webhook_url`` can send it events, so its repr does not show it.
    """

    id: int
    name: str | None = None
    title: str | None = None
    latest_version: int | None = None
    latest_version_note: str | None = None
    latest_released_version: int | None = None
    latest_released_version_note: str | None = None
    latest_shared_version: int | None = None
    released_versions: tuple[ConnectorRelease, ...] = ()
    recent_released_versions: tuple[ConnectorRelease, ...] = ()
    logo: str | None = None
    static_webhook_url: str | None = attrs.field(default=None, repr=False)


@attrs.frozen(kw_only=True)
class ConnectorCode(Model):
    """The source code of a connector, in Ruby."""

    code: str


@attrs.frozen(kw_only=True)
class ConnectorReply(Model):
    """The response to releasing or sharing a connector: a message, or the connector itself."""

    message: str | None = None
    id: int | None = None
    name: str | None = None
    title: str | None = None
    logo: str | None = attrs.field(default=None, repr=False)
    latest_version: int | None = None
    latest_version_note: str | None = None
    latest_released_version: int | None = None
    latest_released_version_note: str | None = None
    latest_shared_version: int | None = None
    released_versions: tuple[ConnectorRelease, ...] = ()
    recent_released_versions: tuple[ConnectorRelease, ...] = ()
    static_webhook_url: str | None = attrs.field(default=None, repr=False)


@attrs.frozen(kw_only=True)
class CodeValidation(Model):
    """What Workato finds in the code of a connector; the fields of a finding are not documented."""

    findings: tuple[Any, ...] = ()


@attrs.frozen(kw_only=True)
class SchemaField(Model):
    """A field of a generated schema; anything else, e.g. the fields of a nested object, is in ``extra``."""

    name: str | None = None
    label: str | None = None
    type: str | None = None
    control_type: str | None = None


Separator = Literal["comma", "semicolon", "space", "tab", "colon", "pipe"]
LIST = Endpoint(
    "custom_connectors.list",
    "GET",
    "/api/custom_connectors",
    CustomConnector,
    quota=ONE_PER_SECOND,
    wrapper="result",
    listing=WHOLE,
)
SEARCH = Endpoint(
    "custom_connectors.search",
    "GET",
    "/api/custom_connectors/search",
    CustomConnector,
    quota=ONE_PER_SECOND,
    wrapper="data",
    listing=WHOLE,
)
GET = Endpoint(
    "custom_connectors.get", "GET", "/api/custom_connectors/{id}", CustomConnector, quota=ONE_PER_SECOND, wrapper="data"
)
CODE = Endpoint(
    "custom_connectors.code",
    "GET",
    "/api/custom_connectors/{id}/code",
    ConnectorCode,
    quota=ONE_PER_SECOND,
    wrapper="data",
)
CREATE = Endpoint(
    "custom_connectors.create",
    "POST",
    "/api/custom_connectors",
    CustomConnector,
    quota=ONE_PER_SECOND,
    wrapper="data",
)
UPDATE = Endpoint(
    "custom_connectors.update",
    "PUT",
    "/api/custom_connectors/{id}",
    CustomConnector,
    quota=ONE_PER_SECOND,
    wrapper="data",
)
RELEASE = Endpoint(
    "custom_connectors.release",
    "POST",
    "/api/custom_connectors/{id}/release",
    ConnectorReply,
    quota=ONE_PER_SECOND,
    wrapper="data",
    idempotent=True,  # a version that is released already is not released again
)
SHARE = Endpoint(
    "custom_connectors.share",
    "POST",
    "/api/custom_connectors/{id}/share",
    ConnectorReply,
    quota=ONE_PER_SECOND,
    idempotent=True,  # sharing the shared release again changes nothing
)
VALIDATE_CODE = Endpoint(
    "custom_connectors.validate_code",
    "POST",
    "/api/sdk/validate_code",
    CodeValidation,
    quota=ONE_PER_SECOND,
    idempotent=True,  # nothing is kept
    reads_by_post=True,
    wrapper="data",
)
GENERATE_JSON = Endpoint(
    "sdk.generate_schema_json",
    "POST",
    "/api/sdk/generate_schema/json",
    SchemaField,
    idempotent=True,  # nothing is kept
    listing=WHOLE_IN_BODY,
)
GENERATE_CSV = Endpoint(
    "sdk.generate_schema_csv",
    "POST",
    "/api/sdk/generate_schema/csv",
    SchemaField,
    idempotent=True,  # nothing is kept
    listing=WHOLE_IN_BODY,
)


class CustomConnectors(Resource):
    """Custom connectors: ``workato.custom_connectors``. A workspace has at most 150."""

    __slots__ = ()

    def list(self, *, title: str | None = None, oem_shared: bool | None = None) -> Pages[CustomConnector]:
        """List the connectors, in one page. ``GET /api/custom_connectors``, 1 a second.

        Args:
            title: connectors with this title.
            oem_shared: True for connectors shared with embedded customers only.
        """
        return self._pages(LIST, query={"title": title, "oem_shared": oem_shared})

    def search(self, *, title: str) -> Pages[CustomConnector]:
        """Search connectors by title, in one page. ``GET /api/custom_connectors/search``, 1 a second.

        Args:
            title: part of the title, case-sensitive.
        """
        return self._pages(SEARCH, query={"title": title})

    async def get(self, connector_id: int | CustomConnector) -> CustomConnector:
        """Get a connector. ``GET /api/custom_connectors/{id}``, 1 a second."""
        return await self._call(GET, connector_id)

    async def code(self, connector_id: int | CustomConnector) -> ConnectorCode:
        """Get the source code of a connector. ``GET /api/custom_connectors/{id}/code``, 1 a second."""
        return await self._call(CODE, connector_id)

    async def create(
        self,
        *,
        title: str,
        code: str,
        description: str | None = None,
        note: str | None = None,
        logo: str | None = None,
    ) -> CustomConnector:
        """Create a connector; it is not released yet. ``POST /api/custom_connectors``, 1 a second. Not idempotent.

        Args:
            title: its title.
            code: the source code in Ruby, at most 10 MB of UTF-8.
            description: what it does, in Markdown.
            note: a note on its first version.
            logo: an image, in Base64.
        """
        fields = without_none(title=title, code=code, description=description, note=note, logo=logo)
        return await self._call(CREATE, body=fields)

    async def update(
        self,
        connector_id: int | CustomConnector,
        *,
        title: str | Unset | None = UNSET,
        code: str | Unset | None = UNSET,
        description: str | Unset | None = UNSET,
        note: str | Unset | None = UNSET,
        logo: str | Unset | None = UNSET,
    ) -> CustomConnector:
        """Update a connector, which makes a new version; fields not given stay unchanged.

        ``PUT /api/custom_connectors/{id}``, 1 a second. Idempotent.

        The arguments are those of ``create``.
        """
        fields = changes(UPDATE, title=title, code=code, description=description, note=note, logo=logo)
        return await self._call(UPDATE, connector_id, body=fields)

    async def release(self, connector_id: int | CustomConnector) -> ConnectorReply:
        """Release the newest version. ``POST /api/custom_connectors/{id}/release``, 1 a second. Idempotent.

        Raises:
            BadRequestError: if the code has errors or there is nothing newer to release. A retry after a lost response
                can also cause this, so check ``latest_released_version``.
        """
        return await self._call(RELEASE, connector_id)

    async def share(self, connector_id: int | CustomConnector) -> ConnectorReply:
        """Share the newest release. ``POST /api/custom_connectors/{id}/share``, 1 a second. Idempotent.

        Raises:
            BadRequestError: if there is no release or it is already shared.
        """
        return await self._call(SHARE, connector_id)

    async def validate_code(self, *, code: str) -> CodeValidation:
        """Check the code of a connector, without storing it.

        ``POST /api/sdk/validate_code``, 1 a second. Idempotent.

        Args:
            code: the source code in Ruby.
        """
        return await self._call(VALIDATE_CODE, body={"code": code})


class Sdk(Resource):
    """The connector SDK's schema generators: ``workato.sdk``."""

    __slots__ = ()

    def generate_schema_json(self, *, sample: str) -> Pages[SchemaField]:
        """Derive a schema from JSON, in one page. ``POST /api/sdk/generate_schema/json``, 60 a minute. Idempotent.

        Args:
            sample: JSON text.
        """
        return self._pages(GENERATE_JSON, query={"sample": sample})

    def generate_schema_csv(
        self,
        *,
        sample: str,
        col_sep: Separator | None = None,
    ) -> Pages[SchemaField]:
        """Derive a schema from CSV, in one page. ``POST /api/sdk/generate_schema/csv``, 60 a minute. Idempotent.

        Args:
            sample: CSV text whose first line names the columns.
            col_sep: the column separator.
        """
        return self._pages(GENERATE_CSV, query={"sample": sample, "col_sep": one_of("col_sep", col_sep, Separator)})

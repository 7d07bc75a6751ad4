"""What the connectors of the platform can do.

Source: "Connectors" (docs: workato-api/adapters) and the official client spec.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from workato_async.base_model import Model, Part
from workato_async.endpoint import PAGE_COUNTED, WHOLE, Endpoint
from workato_async.resources._base import Resource, commas

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workato_async.pages import Pages


@attrs.frozen(kw_only=True)
class ConnectorOperation(Part):
    """A trigger or an action of a connector."""

    name: str | None = None
    title: str | None = None
    deprecated: bool | None = None
    bulk: bool | None = None
    batch: bool | None = None


@attrs.frozen(kw_only=True)
class Connector(Model):
    """A connector, by its internal name, e.g. ``"salesforce"``."""

    name: str
    title: str | None = None
    categories: tuple[str, ...] = ()
    oauth: bool | None = None
    deprecated: bool | None = None
    secondary: bool | None = None
    triggers: tuple[ConnectorOperation, ...] = ()
    actions: tuple[ConnectorOperation, ...] = ()


GET = Endpoint("connectors.get", "GET", "/api/integrations", Connector, wrapper="items", listing=WHOLE)
LIST = Endpoint("connectors.list", "GET", "/api/integrations/all", Connector, wrapper="items", listing=PAGE_COUNTED)


class Connectors(Resource):
    """Connectors of the platform: ``workato.connectors``."""

    __slots__ = ()

    def get(self, *, applications: str | Sequence[str]) -> Pages[Connector]:
        """Get the connectors with these names, in one page. ``GET /api/integrations``, 60 a minute.

        Args:
            applications: internal names, as a sequence or comma-separated.
        """
        return self._pages(GET, query={"applications": commas(applications)})

    def list(self, *, per_page: int | None = None) -> Pages[Connector]:
        """List the connectors of the platform. ``GET /api/integrations/all``, 60 a minute, at most 100 per page.

        Args:
            per_page: connectors per page, 1 to 100.
        """
        return self._pages(LIST, per_page=per_page)

"""Genie clients: the programs that may talk to genies, and their keys.

Source: "Agent Studio" (docs: workato-api/agent-studio), which does not show the responses. Several public clients
observed the fields ``client_id``, ``client_name`` and ``api_key``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async.arguments import id_of
from workato_async.endpoint import WHOLE, Endpoint, JsonObject
from workato_async.resources._base import Resource
from workato_async.resources.genies.models import GenieClient

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workato_async.pages import Pages
    from workato_async.resources.genies.models import Genie


LIST = Endpoint("genie_clients.list", "GET", "/api/agentic/genies/clients", GenieClient, wrapper="data", listing=WHOLE)
CREATE = Endpoint("genie_clients.create", "POST", "/api/agentic/genies/clients", GenieClient, wrapper="data")
REGENERATE = Endpoint(
    "genie_clients.regenerate",
    "POST",
    "/api/agentic/genies/clients/{client_id}/regenerate",
    GenieClient,
    wrapper="data",
)
ASSIGN = Endpoint("genies.clients.assign", "POST", "/api/agentic/genies/{id}/clients", JsonObject, idempotent=True)
DELETE = Endpoint("genies.clients.delete", "DELETE", "/api/agentic/genies/clients/{client_id}", JsonObject)
REMOVE = Endpoint("genies.clients.remove", "DELETE", "/api/agentic/genies/{id}/clients/{client_id}", JsonObject)


class GenieClients(Resource):
    """Clients of genies: ``workato.genie_clients``. A client's id is ``gincl-…``."""

    __slots__ = ()

    def list(self) -> Pages[GenieClient]:
        """List the clients, without their keys, in one page. ``GET /api/agentic/genies/clients``, 60 a minute."""
        return self._pages(LIST)

    async def create(self, *, client_name: str, auth: Mapping[str, str]) -> GenieClient:
        """Create a client; ``api_key`` of the response is shown only once.

        ``POST /api/agentic/genies/clients``, 60 a minute. Not idempotent.

        Args:
            client_name: its name.
            auth: how it authenticates, ``{"type": "api_key"}`` or ``{"type": "oauth", "oauth_redirect_url": url}``.
        """
        return await self._call(CREATE, body={"client_name": client_name, "auth": auth})

    async def regenerate(self, client_id: str | GenieClient) -> GenieClient:
        """Replace the key of a client; ``api_key`` of the response is shown only once.

        ``POST /api/agentic/genies/clients/{client_id}/regenerate``, 60 a minute. Not idempotent.

        Raises:
            OutcomeUnknownError: if the response was lost, and the new key with it: regenerate once more.
        """
        return await self._call(REGENERATE, client_id)


class GenieClientAssignments(Resource):
    """Which client may talk to which genie: ``workato.genies.clients``. A genie has at most one client."""

    __slots__ = ()

    async def assign(self, genie_id: str | Genie, *, genie_client_id: str | GenieClient) -> JsonObject:
        """Allow a client to talk to a genie. ``POST /api/agentic/genies/{id}/clients``, 60 a minute. Idempotent.

        The shape of the response is not documented.

        Args:
            genie_id: the genie.
            genie_client_id: the client, ``gincl-…``.

        Raises:
            ConflictError: if the genie already has a client.
        """
        return await self._call(ASSIGN, genie_id, body={"genie_client_id": id_of(genie_client_id, "genie_client_id")})

    async def remove(self, genie_id: str | Genie, client_id: str | GenieClient) -> JsonObject:
        """Stop a client from talking to a genie.

        ``DELETE /api/agentic/genies/{id}/clients/{client_id}``, 60 a minute. Idempotent. The shape of the response is
        not documented.
        """
        return await self._call(REMOVE, genie_id, client_id)

    async def delete(self, client_id: str | GenieClient) -> JsonObject:
        """Delete a client itself, whichever genies it may talk to.

        ``DELETE /api/agentic/genies/clients/{client_id}``, 60 a minute. Idempotent. The shape of the response is not
        documented.
        """
        return await self._call(DELETE, client_id)

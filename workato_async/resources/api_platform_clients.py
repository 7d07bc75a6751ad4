"""API platform: the clients that may call API endpoints (v2).

Source: "API platform" (docs: workato-api/api-platform) and the official client spec.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import attrs

from workato_async._unset import UNSET
from workato_async.arguments import ids_of, one_of
from workato_async.base_model import AwareDatetime, Model
from workato_async.endpoint import PAGE_COUNTED, Endpoint, JsonObject
from workato_async.resources._base import Resource, changes, without_none

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workato_async._unset import Unset
    from workato_async.pages import Pages
    from workato_async.resources.api_platform import ApiCollection
    from workato_async.resources.projects.models import Project


@attrs.frozen(kw_only=True)
class ApiClient(Model):
    """A client of the API platform.

    ``auth_type`` is ``"token"``, ``"jwt"``, ``"oauth2"`` or ``"oidc"``. ``repr`` hides ``api_token``.
    """

    id: int
    name: str | None = None
    description: str | None = None
    active_api_keys_count: int | None = None
    total_api_keys_count: int | None = None
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None
    logo: str | None = None
    logo_2x: str | None = None
    is_legacy: bool | None = None
    email: str | None = None
    auth_type: str | None = None
    api_token: str | None = attrs.field(default=None, repr=False)
    mtls_enabled: bool | None = None
    validation_formula: str | None = None
    cert_bundle_ids: tuple[int, ...] = ()
    api_policies: tuple[JsonObject, ...] = ()
    api_collections: tuple[JsonObject, ...] = ()


AuthType = Literal["token", "jwt", "oauth2", "oidc"]
JwtMethod = Literal["hmac", "rsa"]
LIST = Endpoint("api_clients.list", "GET", "/api/v2/api_clients", ApiClient, wrapper="data", listing=PAGE_COUNTED)
CREATE = Endpoint("api_clients.create", "POST", "/api/v2/api_clients", ApiClient, wrapper="data")
GET = Endpoint("api_clients.get", "GET", "/api/v2/api_clients/{api_client_id}", ApiClient, wrapper="data")
UPDATE = Endpoint("api_clients.update", "PUT", "/api/v2/api_clients/{api_client_id}", ApiClient, wrapper="data")
DELETE = Endpoint[None]("api_clients.delete", "DELETE", "/api/v2/api_clients/{api_client_id}", wrapper="data")


class ApiClients(Resource):
    """Clients of the API platform: ``workato.api_clients``."""

    __slots__ = ()

    def list(
        self,
        *,
        project_id: int | Project | None = None,
        cert_bundle_ids: Sequence[int | JsonObject] | None = None,
        per_page: int | None = None,
    ) -> Pages[ApiClient]:
        """List the clients. ``GET /api/v2/api_clients``, 60 a minute, at most 100 per page.

        Args:
            project_id: clients of this project.
            cert_bundle_ids: clients that use these certificate bundles.
            per_page: clients per page, 1 to 100.
        """
        query = {"project_id": project_id, "cert_bundle_ids": cert_bundle_ids}
        return self._pages(LIST, query=query, per_page=per_page)

    async def create(
        self,
        *,
        name: str,
        api_collection_ids: Sequence[int | ApiCollection],
        auth_type: AuthType,
        description: str | None = None,
        project_id: int | Project | None = None,
        api_portal_id: int | JsonObject | None = None,
        email: str | None = None,
        api_policy_id: int | None = None,
        jwt_method: JwtMethod | None = None,
        jwt_secret: str | None = None,
        oidc_issuer: str | None = None,
        oidc_jwks_uri: str | None = None,
        access_profile_claim: str | None = None,
        required_claims: Sequence[str] | None = None,
        allowed_issuers: Sequence[str] | None = None,
        mtls_enabled: bool | None = None,
        validation_formula: str | None = None,
        cert_bundle_ids: Sequence[int | JsonObject] | None = None,
    ) -> ApiClient:
        """Create a client. ``POST /api/v2/api_clients``, 60 a minute. Not idempotent.

        Args:
            name: its name.
            api_collection_ids: the collections it may call.
            auth_type: how it authenticates.
            description: what it is for.
            project_id: the project it belongs to.
            api_portal_id: the portal it may use.
            email: the address of its owner in the portal.
            api_policy_id: the policy that limits it.
            jwt_method: how its JSON Web Tokens are signed.
            jwt_secret: the secret or public key that verifies them.
            oidc_issuer: the issuer of its OpenID Connect tokens; not together with ``oidc_jwks_uri``.
            oidc_jwks_uri: the address of the keys that verify them.
            access_profile_claim: the claim that names the key.
            required_claims: claims that a token must have.
            allowed_issuers: issuers whose tokens are accepted.
            mtls_enabled: also require a client certificate.
            validation_formula: the condition that the certificate must meet.
            cert_bundle_ids: the certificate bundles that verify it.

        Raises:
            BadRequestError: if the values do not pass validation.
        """
        fields = without_none(
            name=name,
            description=description,
            project_id=project_id,
            api_portal_id=api_portal_id,
            email=email,
            api_collection_ids=ids_of(api_collection_ids, "api_collection_ids"),
            api_policy_id=api_policy_id,
            auth_type=one_of("auth_type", auth_type, AuthType),
            jwt_method=one_of("jwt_method", jwt_method, JwtMethod),
            jwt_secret=jwt_secret,
            oidc_issuer=oidc_issuer,
            oidc_jwks_uri=oidc_jwks_uri,
            access_profile_claim=access_profile_claim,
            required_claims=required_claims,
            allowed_issuers=allowed_issuers,
            mtls_enabled=mtls_enabled,
            validation_formula=validation_formula,
            cert_bundle_ids=cert_bundle_ids,
        )
        return await self._call(CREATE, body=fields)

    async def get(self, api_client_id: int | ApiClient) -> ApiClient:
        """Get a client. ``GET /api/v2/api_clients/{api_client_id}``, 60 a minute."""
        return await self._call(GET, api_client_id)

    async def update(
        self,
        api_client_id: int | ApiClient,
        *,
        name: str | Unset | None = UNSET,
        api_collection_ids: Sequence[int | ApiCollection] | Unset | None = UNSET,
        auth_type: AuthType | Unset | None = UNSET,
        description: str | Unset | None = UNSET,
        project_id: int | Project | Unset | None = UNSET,
        api_portal_id: int | JsonObject | Unset | None = UNSET,
        email: str | Unset | None = UNSET,
        api_policy_id: int | Unset | None = UNSET,
        jwt_method: JwtMethod | Unset | None = UNSET,
        jwt_secret: str | Unset | None = UNSET,
        oidc_issuer: str | Unset | None = UNSET,
        oidc_jwks_uri: str | Unset | None = UNSET,
        access_profile_claim: str | Unset | None = UNSET,
        required_claims: Sequence[str] | Unset | None = UNSET,
        allowed_issuers: Sequence[str] | Unset | None = UNSET,
        mtls_enabled: bool | Unset | None = UNSET,
        validation_formula: str | Unset | None = UNSET,
        cert_bundle_ids: Sequence[int | JsonObject] | Unset | None = UNSET,
    ) -> ApiClient:
        """Update a client. ``PUT /api/v2/api_clients/{api_client_id}``, 60 a minute. Idempotent.

        Args:
            api_client_id: the client.
            name: its name.
            api_collection_ids: the collections it may call, replacing those it may call now.
            auth_type: how it authenticates.
            description: what it is for.
            project_id: the project it belongs to.
            api_portal_id: the portal it may use.
            email: the address of its owner in the portal.
            api_policy_id: the policy that limits it.
            jwt_method: how its JSON Web Tokens are signed.
            jwt_secret: the secret or public key that verifies them.
            oidc_issuer: the issuer of its OpenID Connect tokens; not together with ``oidc_jwks_uri``.
            oidc_jwks_uri: the address of the keys that verify them.
            access_profile_claim: the claim that names the key.
            required_claims: claims that a token must have.
            allowed_issuers: issuers whose tokens are accepted.
            mtls_enabled: also require a client certificate.
            validation_formula: the condition that the certificate must meet.
            cert_bundle_ids: the certificate bundles that verify it.
        """
        fields = changes(
            UPDATE,
            name=name,
            description=description,
            project_id=project_id,
            api_portal_id=api_portal_id,
            email=email,
            api_collection_ids=api_collection_ids,
            api_policy_id=api_policy_id,
            auth_type=one_of("auth_type", auth_type, AuthType),
            jwt_method=one_of("jwt_method", jwt_method, JwtMethod),
            jwt_secret=jwt_secret,
            oidc_issuer=oidc_issuer,
            oidc_jwks_uri=oidc_jwks_uri,
            access_profile_claim=access_profile_claim,
            required_claims=required_claims,
            allowed_issuers=allowed_issuers,
            mtls_enabled=mtls_enabled,
            validation_formula=validation_formula,
            cert_bundle_ids=cert_bundle_ids,
        )
        return await self._call(UPDATE, api_client_id, body=fields)

    async def delete(self, api_client_id: int | ApiClient) -> None:
        """Delete a client. ``DELETE /api/v2/api_clients/{api_client_id}``, 60 a minute. Idempotent."""
        await self._call(DELETE, api_client_id)

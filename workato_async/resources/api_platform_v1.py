"""API platform, version 1: clients and access profiles, which Workato has retired.

Source: "API platform" (docs: workato-api/api-platform) and "Changes of the API developer portal" (docs:
faq-api-developer-portal-changes).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import attrs

from workato_async._unset import UNSET
from workato_async.arguments import id_of, ids_of, one_of
from workato_async.base_model import AwareDatetime, Model
from workato_async.endpoint import PAGE, WHOLE, Endpoint, JsonObject
from workato_async.resources._base import Resource, changes, without_none

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workato_async._unset import Unset
    from workato_async.pages import Pages
    from workato_async.resources.api_platform import ApiCollection
    from workato_async.resources.projects.models import Project


@attrs.frozen(kw_only=True)
class ApiClientV1(Model):
    """A client of the API platform; ``project_id`` is text here."""

    id: int
    name: str | None = None
    project_id: str | None = None
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None


@attrs.frozen(kw_only=True)
class ApiAccessProfile(Model):
    """What a client may call, and how it authenticates.

    ``secret`` is set for the type ``"token"``, ``oauth_client_id`` and ``oauth_client_secret`` for ``"oauth2"``.
    ``repr`` hides both secrets.
    """

    id: int
    name: str | None = None
    api_client_id: int | None = None
    api_collection_ids: tuple[int, ...] = ()
    active: bool | None = None
    auth_type: str | None = None
    secret: str | None = attrs.field(default=None, repr=False)
    oauth_client_id: str | None = None
    oauth_client_secret: str | None = attrs.field(default=None, repr=False)
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None


AuthType = Literal["token", "jwt", "oauth2", "oidc"]
JwtMethod = Literal["hmac", "rsa"]
LIST_CLIENTS = Endpoint("api_clients_v1.list", "GET", "/api/api_clients", ApiClientV1, listing=WHOLE)
CREATE_CLIENT = Endpoint("api_clients_v1.create", "POST", "/api/api_clients", JsonObject)

_PROFILES = "/api/api_access_profiles"

LIST = Endpoint("api_access_profiles.list", "GET", _PROFILES, ApiAccessProfile, listing=PAGE)
CREATE = Endpoint("api_access_profiles.create", "POST", _PROFILES, ApiAccessProfile)
UPDATE = Endpoint("api_access_profiles.update", "PUT", _PROFILES + "/{api_access_profile_id}", ApiAccessProfile)
ENABLE = Endpoint[None]("api_access_profiles.enable", "PUT", _PROFILES + "/{api_access_profile_id}/enable")
DISABLE = Endpoint[None]("api_access_profiles.disable", "PUT", _PROFILES + "/{api_access_profile_id}/disable")
REFRESH_SECRET = Endpoint(
    "api_access_profiles.refresh_secret",
    "PUT",
    _PROFILES + "/{access_profile_id}/refresh_secret",
    ApiAccessProfile,
    idempotent=False,
)


RETIRED = (
    "Workato has retired version 1 of the API platform: since 2025-12-01 its clients and access profiles cannot be "
    "created or changed, since 2026-07-01 their tokens are void. Use workato.api_clients and workato.api_keys"
)


class ApiClientsV1(Resource):
    """Clients of the API platform, version 1: ``workato.api_clients_v1``. Deprecated: use ``workato.api_clients``."""

    __slots__ = ()
    retired = RETIRED

    def list(self) -> Pages[ApiClientV1]:
        """List the clients, in one page. ``GET /api/api_clients``, 60 a minute.

        Deprecated: use ``workato.api_clients.list``.
        """
        return self._pages(LIST_CLIENTS)

    async def create(self, *, name: str, project_id: int | str | Project) -> JsonObject:
        """Create a client. ``POST /api/api_clients``, 60 a minute. Not idempotent.

        Deprecated: use ``workato.api_clients.create``. The shape of the response is not documented.

        Args:
            name: its name.
            project_id: the project it belongs to.
        """
        return await self._call(
            CREATE_CLIENT, query={"project_id": id_of(project_id, "project_id")}, body={"name": name}
        )


class ApiAccessProfiles(Resource):
    """Access profiles: ``workato.api_access_profiles``. Deprecated: use ``workato.api_keys``."""

    __slots__ = ()
    retired = RETIRED

    def list(
        self, *, api_client_id: int | str | ApiClientV1 | None = None, per_page: int | None = None
    ) -> Pages[ApiAccessProfile]:
        """List access profiles. ``GET /api/api_access_profiles``, 60 a minute, at most 100 per page.

        Deprecated: use ``workato.api_keys.list``.

        Args:
            api_client_id: profiles of this client only.
            per_page: profiles per page, 1 to 100.
        """
        return self._pages(LIST, query={"api_client_id": api_client_id}, per_page=per_page)

    async def create(
        self,
        *,
        name: str,
        api_collection_ids: Sequence[int | ApiCollection],
        active: bool,
        auth_type: AuthType,
        api_client_id: int | str | ApiClientV1 | None = None,
        jwt_method: JwtMethod | None = None,
        jwt_secret: str | None = None,
        ip_allow_list: Sequence[str] | None = None,
        oidc_issuer: str | None = None,
        oidc_jwks_uri: str | None = None,
        access_profile_claim: str | None = None,
        required_claims: str | None = None,
        allowed_issuers: str | None = None,
    ) -> ApiAccessProfile:
        """Create an access profile. ``POST /api/api_access_profiles``, 60 a minute. Not idempotent.

        Deprecated: use ``workato.api_keys.create``.

        Args:
            name: its name.
            api_collection_ids: the collections it gives access to.
            active: whether it can be used at once.
            auth_type: how the client authenticates.
            api_client_id: the client it belongs to.
            jwt_method: how its JSON Web Tokens are signed.
            jwt_secret: the secret or public key that verifies them.
            ip_allow_list: the addresses it may be used from.
            oidc_issuer: the issuer of its OpenID Connect tokens.
            oidc_jwks_uri: the address of the keys that verify them.
            access_profile_claim: the claim that names the profile.
            required_claims: claims that a token must have.
            allowed_issuers: issuers whose tokens are accepted.
        """
        fields = without_none(
            name=name,
            api_collection_ids=ids_of(api_collection_ids, "api_collection_ids"),
            active=active,
            auth_type=one_of("auth_type", auth_type, AuthType),
            jwt_method=one_of("jwt_method", jwt_method, JwtMethod),
            jwt_secret=jwt_secret,
            ip_allow_list=ip_allow_list,
            oidc_issuer=oidc_issuer,
            oidc_jwks_uri=oidc_jwks_uri,
            access_profile_claim=access_profile_claim,
            required_claims=required_claims,
            allowed_issuers=allowed_issuers,
        )
        return await self._call(CREATE, query={"api_client_id": api_client_id}, body=fields)

    async def update(
        self,
        api_access_profile_id: int | ApiAccessProfile,
        *,
        name: str,
        api_collection_ids: Sequence[int | ApiCollection],
        active: bool,
        auth_type: AuthType,
        jwt_method: JwtMethod | Unset | None = UNSET,
        jwt_secret: str | Unset | None = UNSET,
        ip_allow_list: Sequence[str] | Unset | None = UNSET,
        oidc_issuer: str | Unset | None = UNSET,
        oidc_jwks_uri: str | Unset | None = UNSET,
        access_profile_claim: str | Unset | None = UNSET,
        required_claims: str | Unset | None = UNSET,
        allowed_issuers: str | Unset | None = UNSET,
    ) -> ApiAccessProfile:
        """Update an access profile as a whole.

        ``PUT /api/api_access_profiles/{api_access_profile_id}``, 60 a minute. Idempotent.

        Deprecated: use ``workato.api_keys.update``.

        Args:
            api_access_profile_id: the profile.
            name: its name.
            api_collection_ids: the collections it gives access to.
            active: whether it can be used.
            auth_type: how the client authenticates.
            jwt_method: how its JSON Web Tokens are signed.
            jwt_secret: the secret or public key that verifies them.
            ip_allow_list: the addresses it may be used from.
            oidc_issuer: the issuer of its OpenID Connect tokens.
            oidc_jwks_uri: the address of the keys that verify them.
            access_profile_claim: the claim that names the profile.
            required_claims: claims that a token must have.
            allowed_issuers: issuers whose tokens are accepted.
        """
        fields = changes(
            UPDATE,
            name=name,
            api_collection_ids=ids_of(api_collection_ids, "api_collection_ids"),
            active=active,
            auth_type=one_of("auth_type", auth_type, AuthType),
            jwt_method=one_of("jwt_method", jwt_method, JwtMethod),
            jwt_secret=jwt_secret,
            ip_allow_list=ip_allow_list,
            oidc_issuer=oidc_issuer,
            oidc_jwks_uri=oidc_jwks_uri,
            access_profile_claim=access_profile_claim,
            required_claims=required_claims,
            allowed_issuers=allowed_issuers,
        )
        return await self._call(UPDATE, api_access_profile_id, body=fields)

    async def enable(self, api_access_profile_id: int | ApiAccessProfile) -> None:
        """Enable an access profile.

        ``PUT /api/api_access_profiles/{api_access_profile_id}/enable``, 60 a minute. Idempotent.

        Deprecated: use ``workato.api_keys.enable``.
        """
        await self._call(ENABLE, api_access_profile_id)

    async def disable(self, api_access_profile_id: int | ApiAccessProfile) -> None:
        """Disable an access profile.

        ``PUT /api/api_access_profiles/{api_access_profile_id}/disable``, 60 a minute. Idempotent.

        Deprecated: use ``workato.api_keys.disable``.
        """
        await self._call(DISABLE, api_access_profile_id)

    async def refresh_secret(self, access_profile_id: int | ApiAccessProfile) -> ApiAccessProfile:
        """Replace the token or the secret of an access profile; not for profiles that use JSON Web Tokens.

        ``PUT /api/api_access_profiles/{access_profile_id}/refresh_secret``, 60 a minute. Not idempotent. Deprecated:
        use ``workato.api_keys.refresh_secret``.

        Raises:
            OutcomeUnknownError: if the response was lost, and the new secret with it: refresh once more.
            ResponseError: if the profile uses JSON Web Tokens.
        """
        return await self._call(REFRESH_SECRET, access_profile_id)

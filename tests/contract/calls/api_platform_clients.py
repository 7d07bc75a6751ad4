"""API platform: clients and keys (v2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.example import Example
from workato_async.testing.handlers.api_platform_clients import CLIENTS

if TYPE_CHECKING:
    from workato_async.testing import FakeWorkato


def in_project(fake: FakeWorkato) -> None:
    CLIENTS.rows(fake.state)[1601].update(project_id=7, cert_bundle_ids=[1502])


CLIENT: dict[str, Any] = {
    "name": "Partner",
    "description": "Reads orders",
    "project_id": 7,
    "api_portal_id": 1401,
    "email": "owner@example.com",
    "api_collection_ids": [1201, 1202],
    "api_policy_id": 5,
    "auth_type": "jwt",
    "jwt_method": "hmac",
    "jwt_secret": "a-secret",
    "oidc_issuer": "https://issuer.example",
    "oidc_jwks_uri": "https://issuer.example/keys",
    "access_profile_claim": "profile",
    "required_claims": ["sub", "aud"],
    "allowed_issuers": ["https://issuer.example"],
    "mtls_enabled": True,
    "validation_formula": "cn == 'partner'",
    "cert_bundle_ids": [1501],
}
KEY: dict[str, Any] = {
    "name": "Production",
    "active": False,
    "ip_allow_list": ["192.0.2.0/24"],
    "ip_deny_list": ["192.0.2.7"],
}

EXAMPLES = [
    Example("api_clients.list"),
    Example(
        "api_clients.list",
        (),
        {"project_id": 7, "cert_bundle_ids": [1501, 1502], "per_page": 10},
        prepare=in_project,
    ),
    Example("api_clients.create", (), CLIENT),
    Example("api_clients.get", (1601,)),
    Example("api_clients.update", (1601,), CLIENT),
    Example("api_clients.delete", (1601,)),
    Example("api_keys.list", (1601,), {"per_page": 20}),
    Example("api_keys.create", (1601,), KEY),
    Example("api_keys.update", (1601, 1701), KEY),
    Example("api_keys.delete", (1601, 1701)),
    Example("api_keys.enable", (1601, 1701)),
    Example("api_keys.disable", (1601, 1701)),
    Example("api_keys.refresh_secret", (1601, 1701)),
]

"""API platform, version 1: clients and access profiles."""

from __future__ import annotations

from typing import Any

from tests.support.example import Example

PROFILE: dict[str, Any] = {
    "name": "Reader",
    "api_collection_ids": [1201],
    "active": True,
    "auth_type": "oidc",
    "jwt_method": "rsa",
    "jwt_secret": "a-secret",
    "ip_allow_list": ["192.0.2.1"],
    "oidc_issuer": "https://issuer.example",
    "oidc_jwks_uri": "https://issuer.example/keys",
    "access_profile_claim": "profile",
    "required_claims": "sub",
    "allowed_issuers": "https://issuer.example",
}

EXAMPLES = [
    Example("api_clients_v1.list"),
    Example("api_clients_v1.create", (), {"name": "Partner", "project_id": "7"}),
    Example("api_access_profiles.list", (), {"api_client_id": 1801, "per_page": 10}),
    Example("api_access_profiles.create", (), {**PROFILE, "api_client_id": "1801"}),
    Example("api_access_profiles.update", (1901,), PROFILE),
    Example("api_access_profiles.enable", (1901,)),
    Example("api_access_profiles.disable", (1901,)),
    Example("api_access_profiles.refresh_secret", (1901,)),
]

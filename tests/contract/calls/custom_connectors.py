"""Custom connectors, the SDK's schema generators, custom OAuth profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.example import Example
from workato_async.testing.handlers.custom_connectors import CONNECTORS

if TYPE_CHECKING:
    from workato_async.testing import FakeWorkato

CONNECTOR: dict[str, Any] = {
    "title": "Weather",
    "code": "{ title: 'Weather' }",
    "description": "# Weather",
    "note": "First version",
    "logo": "aWNvbg==",
}
PROFILE: dict[str, Any] = {
    "name": "Our Slack app",
    "provider": "slack",
    "data": {"client_id": "an-id", "client_secret": "a-secret", "token": "a-token"},
}


def released(fake: FakeWorkato) -> None:
    CONNECTORS.rows(fake.state)[651]["latest_released_version"] = 1


EXAMPLES = [
    Example("custom_connectors.list", (), {"title": "title", "oem_shared": False}),
    Example("custom_connectors.search", (), {"title": "tle 1"}),
    Example("custom_connectors.get", (651,)),
    Example("custom_connectors.code", (651,)),
    Example("custom_connectors.create", (), CONNECTOR),
    Example("custom_connectors.update", (651,), CONNECTOR),
    Example("custom_connectors.release", (651,)),
    Example("custom_connectors.share", (651,), prepare=released),
    Example("custom_connectors.validate_code", (), {"code": "{ title: 'Weather' }"}),
    Example("sdk.generate_schema_json", (), {"sample": '{"city": "Oslo", "people": 717710}'}),
    Example("sdk.generate_schema_csv", (), {"sample": "city;people\nOslo;717710", "col_sep": "semicolon"}),
    Example("custom_oauth_profiles.list"),
    Example("custom_oauth_profiles.get", (301,)),
    Example("custom_oauth_profiles.create", (), PROFILE),
    Example("custom_oauth_profiles.update", (301,), PROFILE),
    Example("custom_oauth_profiles.delete", (301,)),
]

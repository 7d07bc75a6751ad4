"""Custom connectors, the SDK's schema generators, custom OAuth profiles."""

from __future__ import annotations

import pytest

from workato_async import BadRequestError, NotFoundError, WorkatoSession
from workato_async.testing import FakeWorkato

CREDENTIALS = {"client_id": "an-id", "client_secret": "s3cr3t", "token": "xoxb-t0k3n"}


async def test_a_connector_is_created_changed_released_and_shared(workato: WorkatoSession) -> None:
    connector = await workato.custom_connectors.create(title="Weather", code="{ title: 'W' }", note="first")
    assert (connector.latest_released_version, connector.released_versions) == (None, ())
    with pytest.raises(BadRequestError, match="no release"):
        await workato.custom_connectors.share(connector)
    assert (await workato.custom_connectors.release(connector)).message is None, "the record comes instead"
    with pytest.raises(BadRequestError, match="no newer version"):
        await workato.custom_connectors.release(connector)
    changed = await workato.custom_connectors.update(connector.id, code="{ title: 'W2' }", note="second")
    assert changed.title == "Weather"
    assert (await workato.custom_connectors.code(connector)).code == "{ title: 'W2' }"
    await workato.custom_connectors.release(connector)
    await workato.custom_connectors.share(connector)
    with pytest.raises(BadRequestError, match="already shared"):
        await workato.custom_connectors.share(connector)
    [found] = await workato.custom_connectors.search(title="eath").collect()
    assert (found.latest_released_version, found.latest_released_version_note) == (2, "second")
    assert [(release.version, release.version_note) for release in found.released_versions] == [
        (2, "second"),
        (1, "first"),
    ]
    assert await workato.custom_connectors.search(title="weather").collect() == []
    assert len(await workato.custom_connectors.list().collect()) == 3


async def test_only_the_ten_newest_releases_are_shown(workato: WorkatoSession) -> None:
    connector = await workato.custom_connectors.create(title="Weather", code="{}")
    for _ in range(12):
        await workato.custom_connectors.release(connector)
        connector = await workato.custom_connectors.update(connector, code="{}")
    assert [release.version for release in connector.released_versions] == list(range(12, 2, -1))


async def test_a_schema_is_derived_from_a_sample(fake: FakeWorkato, workato: WorkatoSession) -> None:
    sample = '{"city": "Oslo", "population_count": 717710, "capital": true}'
    fields = await workato.sdk.generate_schema_json(sample=sample).collect()
    assert [(field.name, field.type, field.label) for field in fields] == [
        ("city", "string", "City"),
        ("population_count", "integer", "Population count"),
        ("capital", "boolean", "Capital"),
    ]
    assert fake.requests[-1].json == {"sample": sample}
    fields = await workato.sdk.generate_schema_csv(sample="city|people\nOslo|1\n", col_sep="pipe").collect()
    assert [field.name for field in fields] == ["city", "people"]
    with pytest.raises(BadRequestError):
        await workato.sdk.generate_schema_json(sample="{").collect()


async def test_a_profile_is_created_replaced_and_deleted(fake: FakeWorkato, workato: WorkatoSession) -> None:
    profile = await workato.custom_oauth_profiles.create(name="Ours", provider="slack", data=CREDENTIALS)
    assert fake.requests[-1].json == {"name": "Ours", "provider": "slack", "data": CREDENTIALS}
    assert profile.data == {"client_id": "an-id"}
    changed = await workato.custom_oauth_profiles.update(
        profile, name="Theirs", provider="slack", data={**CREDENTIALS, "client_id": "another-id"}
    )
    assert await workato.custom_oauth_profiles.get(profile.id) == changed
    assert (changed.name, changed.data) == ("Theirs", {"client_id": "another-id"})
    assert changed in await workato.custom_oauth_profiles.list(per_page=2).collect()
    await workato.custom_oauth_profiles.delete(changed)
    with pytest.raises(NotFoundError):
        await workato.custom_oauth_profiles.get(profile)


async def test_a_secret_of_a_profile_shows_nowhere(workato: WorkatoSession) -> None:
    for name in ("client_id", "client_secret"):
        without = {key: value for key, value in CREDENTIALS.items() if key != name}
        with pytest.raises(BadRequestError) as caught:
            await workato.custom_oauth_profiles.create(name="Ours", provider="slack", data=without)
        assert not any(secret in repr(caught.value) + str(caught.value) for secret in CREDENTIALS.values())
    profile = await workato.custom_oauth_profiles.create(name="Ours", provider="slack", data=CREDENTIALS)
    assert not any(secret in repr(profile) for secret in CREDENTIALS.values())

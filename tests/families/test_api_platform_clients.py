"""API platform: clients and their keys."""

from __future__ import annotations

import pytest

from workato_async import BadRequestError, NotFoundError, OutcomeUnknownError, WorkatoSession
from workato_async.testing import FakeWorkato, faults
from workato_async.testing.handlers.api_platform_clients import CLIENTS


async def test_a_client_is_created_changed_and_deleted(workato: WorkatoSession) -> None:
    made = await workato.api_clients.create(
        name="Partner", api_collection_ids=[1201], auth_type="oauth2", project_id=7, cert_bundle_ids=[1501]
    )
    assert (made.auth_type, made.total_api_keys_count, made.cert_bundle_ids) == ("oauth2", 0, (1501,))
    assert [collection["id"] for collection in made.api_collections] == [1201]
    assert await workato.api_clients.get(made) == made
    changed = await workato.api_clients.update(made.id, description="Reads orders", api_collection_ids=[1202])
    assert (changed.name, changed.description) == ("Partner", "Reads orders")
    assert [collection["id"] for collection in changed.api_collections] == [1202]
    assert await workato.api_clients.list(project_id=7).collect() == [changed]
    assert await workato.api_clients.list(cert_bundle_ids=[1500, 1501]).collect() == [changed]
    assert await workato.api_clients.list(cert_bundle_ids=[1500]).collect() == []
    await workato.api_clients.delete(changed)
    with pytest.raises(NotFoundError):
        await workato.api_clients.get(made.id)


async def test_a_client_needs_collections_that_exist(workato: WorkatoSession) -> None:
    with pytest.raises(BadRequestError, match="api_collection_ids"):
        await workato.api_clients.create(name="Partner", api_collection_ids=[], auth_type="token")
    with pytest.raises(NotFoundError):
        await workato.api_clients.create(name="Partner", api_collection_ids=[1], auth_type="token")


async def test_the_list_ends_where_its_count_says(fake: FakeWorkato, workato: WorkatoSession) -> None:
    for name in ("C", "D"):
        await workato.api_clients.create(name=name, api_collection_ids=[1201], auth_type="token")
    clients = await workato.api_clients.list(per_page=3).collect()
    assert [client.name for client in clients] == ["name 1", "name 2", "C", "D"]
    assert fake.sent("api_clients.list") == 2
    assert await workato.api_clients.list(per_page=2).collect() == clients
    assert fake.sent("api_clients.list") == 2 + 3, "a full page is never the last"


async def test_a_secret_is_given_once_and_never_shown(workato: WorkatoSession) -> None:
    key = await workato.api_keys.create(1601, name="Production", active=False, ip_allow_list=["192.0.2.0/24"])
    assert key.auth_token
    assert key.auth_token not in repr(key)
    again = await workato.api_keys.refresh_secret(1601, key)
    assert again.auth_token
    assert again.auth_token != key.auth_token
    assert again.auth_token not in repr(again)
    [listed] = [one for one in await workato.api_keys.list(1601).collect() if one.id == key.id]
    assert (listed.name, listed.ip_allow_list, listed.auth_token) == ("Production", ("192.0.2.0/24",), None)


async def test_the_token_of_an_old_client_is_not_shown(fake: FakeWorkato, workato: WorkatoSession) -> None:
    CLIENTS.rows(fake.state)[1601].update(is_legacy=True, api_token="an-old-token")
    client = await workato.api_clients.get(1601)
    assert client.api_token == "an-old-token"
    assert "an-old-token" not in repr(client)


async def test_a_key_is_enabled_disabled_and_deleted(workato: WorkatoSession) -> None:
    client = await workato.api_clients.get(1601)
    key = await workato.api_keys.create(client, name="Production", active=False)

    async def active_of_all() -> tuple[int | None, int | None]:
        now = await workato.api_clients.get(client)
        return now.active_api_keys_count, now.total_api_keys_count

    assert await active_of_all() == (1, 2)
    await workato.api_keys.enable(client, key)
    assert await active_of_all() == (2, 2)
    await workato.api_keys.disable(client, key)
    assert await active_of_all() == (1, 2)
    changed = await workato.api_keys.update(client, key, name="Staging", active=True, ip_deny_list=["192.0.2.7"])
    assert (changed.name, changed.active, changed.ip_deny_list) == ("Staging", True, ("192.0.2.7",))
    await workato.api_keys.delete(client, key)
    assert await active_of_all() == (1, 1)
    with pytest.raises(NotFoundError):
        await workato.api_keys.enable(client, key)


async def test_a_client_has_twenty_keys_at_most(workato: WorkatoSession) -> None:
    for number in range(2, 21):
        await workato.api_keys.create(1601, name=f"Key {number}", active=True)
    with pytest.raises(BadRequestError, match="more than 20"):
        await workato.api_keys.create(1601, name="Key 21", active=True)


async def test_a_secret_whose_response_was_lost_is_not_replaced_again(
    fake: FakeWorkato, workato: WorkatoSession
) -> None:
    fake.fail("api_keys.refresh_secret", faults.Reset())
    with pytest.raises(OutcomeUnknownError):
        await workato.api_keys.refresh_secret(1601, 1701)
    assert fake.sent("api_keys.refresh_secret") == 1

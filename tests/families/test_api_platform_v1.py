"""API platform, version 1: clients and access profiles."""

from __future__ import annotations

from typing import Literal

import pytest

from tests.contract.calls.api_platform_v1 import EXAMPLES
from tests.support.methods import method_named
from workato_async import BadRequestError, WorkatoSession


async def test_a_created_client_is_listed(workato: WorkatoSession) -> None:
    await workato.api_clients_v1.create(name="Partner", project_id=7)
    clients = await workato.api_clients_v1.list().collect()
    assert (clients[-1].name, clients[-1].project_id) == ("Partner", "7")


async def test_a_profile_is_created_replaced_and_switched(workato: WorkatoSession) -> None:
    client = (await workato.api_clients_v1.list().collect())[1]
    made = await workato.api_access_profiles.create(
        name="Reader", api_collection_ids=[1201], active=False, auth_type="token", api_client_id=client.id
    )
    assert (made.api_client_id, made.active) == (client.id, False)
    replaced = await workato.api_access_profiles.update(
        made, name="Writer", api_collection_ids=[1202], active=False, auth_type="token"
    )
    assert (replaced.name, replaced.api_collection_ids) == ("Writer", (1202,))

    async def listed() -> list[bool | None]:
        profiles = await workato.api_access_profiles.list(api_client_id=client).collect()
        assert [profile.id for profile in profiles] == [made.id]
        return [profile.active for profile in profiles]

    assert await listed() == [False]
    await workato.api_access_profiles.enable(made)
    assert await listed() == [True]
    await workato.api_access_profiles.disable(made.id)
    assert await listed() == [False]


@pytest.mark.parametrize("auth_type", ["token", "oauth2"])
async def test_secrets_are_replaced_and_never_shown(
    workato: WorkatoSession, auth_type: Literal["token", "oauth2"]
) -> None:
    made = await workato.api_access_profiles.create(
        name="Reader", api_collection_ids=[1201], active=True, auth_type=auth_type
    )
    again = await workato.api_access_profiles.refresh_secret(made)
    secrets = [profile.secret or profile.oauth_client_secret for profile in (made, again)]
    assert all(secrets)
    assert secrets[0] != secrets[1]
    assert (made.oauth_client_id is None) == (auth_type == "token")
    for secret in secrets:
        assert str(secret) not in repr(made) + repr(again)


async def test_a_profile_for_json_web_tokens_has_no_secret_to_replace(workato: WorkatoSession) -> None:
    made = await workato.api_access_profiles.create(
        name="Reader", api_collection_ids=[1201], active=True, auth_type="jwt", jwt_method="hmac", jwt_secret="mine"
    )
    assert (made.secret, made.oauth_client_secret) == (None, None)
    with pytest.raises(BadRequestError):
        await workato.api_access_profiles.refresh_secret(made)


@pytest.mark.parametrize(
    "name",
    [f"api_clients_v1.{name}" for name in ("list", "create")]
    + [f"api_access_profiles.{name}" for name in ("list", "create", "update", "enable", "disable", "refresh_secret")],
)
async def test_every_call_warns_of_what_is_retired(workato: WorkatoSession, name: str) -> None:
    [example] = [example for example in EXAMPLES if example.id == name]
    assert isinstance(example.positional, tuple)
    method = method_named(workato, name)
    with pytest.warns(DeprecationWarning, match="since 2025-12-01 .* since 2026-07-01") as caught:
        await method(*example.positional, **example.keywords)
    assert caught[0].filename == __file__, "where the program calls it"
    assert len(caught) == 1


async def test_nothing_else_warns(workato: WorkatoSession, recwarn: pytest.WarningsRecorder) -> None:
    await workato.api_clients.list()
    assert not recwarn.list

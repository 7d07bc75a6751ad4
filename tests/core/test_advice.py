"""What errors advise: who may lack what, on which host; and the privileges that the calls need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.facts import BY_ID, FACTS
from tests.support.scripted_server import Reply, reply, session_of
from workato_async import InvalidResponseError, OperationRefusedError, WorkatoError
from workato_async.privileges import PRIVILEGES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.support.scripted_server import ScriptedServer
    from workato_async import WorkatoSession

LOGIN_PAGE = b"<!DOCTYPE html><html><title>Sign in"
HTML = (("Content-Type", "text/html"),)


def get(workato: WorkatoSession) -> Awaitable[object]:
    return workato.recipes.get(42)


def walk(workato: WorkatoSession) -> Awaitable[object]:
    return workato.recipes.list().collect()


async def text_of(server: ScriptedServer, step: Reply, call: Callable[[WorkatoSession], Awaitable[object]]) -> str:
    server.plays(step)
    async with session_of(server.url) as workato:
        with pytest.raises(WorkatoError) as caught:
            await call(workato)
    return str(caught.value)


@pytest.mark.parametrize(
    ("step", "call"),
    [
        (reply(401, {"message": "Unauthorized"}), get),
        (reply(403, {"message": "Forbidden"}), get),
        (reply(404, {"message": "Not found"}), get),
        (reply(400, {"message": "Bad request"}), walk),
        (reply(302, None, Location="/users/sign_in"), walk),
        (Reply(200, LOGIN_PAGE, HTML), get),
        (Reply(200, LOGIN_PAGE, HTML), walk),
        (Reply(404, LOGIN_PAGE, HTML), walk),
        (Reply(401, LOGIN_PAGE, HTML), get),
    ],
)
async def test_what_a_missing_privilege_can_look_like_names_role_environment_and_host(
    server: ScriptedServer, step: Reply, call: Callable[[WorkatoSession], Awaitable[object]]
) -> None:
    text = await text_of(server, step, call)
    path = "/api/recipes/42" if call is get else "/api/recipes"
    assert text.startswith(f"GET {path} on {server.url.removeprefix('http://')}: ")
    assert "client role" in text
    assert "environment" in text
    if step != reply(404, {"message": "Not found"}):  # there the object is at least as likely to be missing
        assert f'the privilege "Recipes: {"details" if call is get else "list"}"' in text


@pytest.mark.parametrize("body", [{}, {"message": "Bad request"}, {"message": ""}, {"errors": []}])
async def test_a_400_without_a_reason_may_be_a_missing_privilege(server: ScriptedServer, body: dict[str, Any]) -> None:
    for call, privilege in ((get, "details"), (lambda workato: workato.recipes.copy(42, folder_id=7), "copy")):
        text = await text_of(server, reply(400, body), call)
        assert "client role" in text
        assert "environment" in text
        assert f'the privilege "Recipes: {privilege}"' in text
        assert ("Check the arguments." in text) == (call is not get)
    assert "client role" not in await text_of(server, reply(400, {"message": "Folder is full"}), get)


@pytest.mark.parametrize("step", [reply(404, {}), reply(302, None, Location="/"), Reply(200, LOGIN_PAGE, HTML)])
async def test_a_path_without_its_prefix_is_pointed_out(server: ScriptedServer, step: Reply) -> None:
    text = await text_of(server, step, lambda workato: workato.request("GET", "/recipes"))
    assert "Did you mean /api/recipes? The paths of the API begin with /api." in text


async def test_a_path_that_begins_like_the_prefix_lacks_it_too(server: ScriptedServer) -> None:
    text = await text_of(server, reply(404, {}), lambda workato: workato.request("GET", "/apis/7"))
    assert "Did you mean /api/apis/{id}?" in text


@pytest.mark.parametrize("status", [400, 401, 403, 422, 500])
async def test_the_prefix_is_no_matter_where_the_path_was_found(server: ScriptedServer, status: int) -> None:
    server.otherwise = lambda seen: reply(status, {"message": "no"})
    async with session_of(server.url) as workato:
        with pytest.raises(WorkatoError) as caught:
            await workato.request("POST", "/recipes")
    assert "Did you mean" not in str(caught.value)


def test_the_privileges_are_those_of_endpoints_and_the_documented_ones() -> None:
    assert PRIVILEGES.keys() <= BY_ID.keys()
    assert {id_: endpoint.privilege for id_, endpoint in BY_ID.items() if endpoint.privilege} == PRIVILEGES
    assert {id_: fact["privilege"] for id_, fact in FACTS.items() if fact["privilege"]} == PRIVILEGES
    assert len(PRIVILEGES) >= 184
    assert PRIVILEGES["recipes.versions.list"] == "Recipe Versions: List"


# --- success, as text


def start(workato: WorkatoSession) -> Awaitable[object]:
    return workato.recipes.start(42)


@pytest.mark.parametrize("success", [False, "false", "False", "FALSE", "0", 0])
@pytest.mark.parametrize("nested", [False, True])
async def test_success_may_be_false_as_text(server: ScriptedServer, success: Any, nested: bool) -> None:
    body = {"success": success, "message": "has errors", "code_errors": [[1, [["a", "b", "c"]]]]}
    server.plays(reply(200, {"result": body} if nested else body))
    async with session_of(server.url) as workato:
        with pytest.raises(OperationRefusedError, match="has errors") as caught:
            await start(workato)
    assert caught.value.code_errors == ([1, [["a", "b", "c"]]],)


@pytest.mark.parametrize("success", [True, "true", "True", "1", 1, None, "", "pending", [], {}])
async def test_anything_else_is_not_false(server: ScriptedServer, success: Any) -> None:
    server.plays(reply(200, {"success": success}))
    async with session_of(server.url) as workato:
        await start(workato)


@pytest.mark.parametrize("success", [False, "false"])
async def test_a_read_that_is_rejected_as_text_is_rejected(server: ScriptedServer, success: Any) -> None:
    for call in (get, walk, lambda workato: workato.request("GET", "/api/things")):
        server.plays(reply(200, {"success": success, "message": "not now"}))
        async with session_of(server.url) as workato:
            with pytest.raises(OperationRefusedError, match="not now"):
                await call(workato)


async def test_a_page_in_place_of_the_result_of_a_write_leaves_it_in_doubt(server: ScriptedServer) -> None:
    server.plays(Reply(200, LOGIN_PAGE, HTML))
    async with session_of(server.url) as workato:
        with pytest.raises(InvalidResponseError) as caught:
            await workato.recipes.create(folder_id=1, code={})
    assert "may have been carried out" in caught.value.advice
    assert "client role" in caught.value.advice

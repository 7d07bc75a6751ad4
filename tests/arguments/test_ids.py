"""An object stands for its id, wherever an id is taken; what is no id is refused before anything is sent."""

from __future__ import annotations

import enum
import json
from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest

from tests.arguments.test_updates import OPTIONAL
from tests.support.method_calls import (
    CALLABLE,
    Recorder,
    arguments_for,
    hints_of,
    is_collection,
    model_in,
    model_of,
    options,
    sent_by,
    value_of,
)
from workato_async import ConfigurationError, InvalidResponseError
from workato_async.api import Api
from workato_async.arguments import id_of, ids_of
from workato_async.calls.caller import Caller
from workato_async.endpoint import AnyEndpoint, JsonObject
from workato_async.models import Connection, Deployment, Folder, GenieClient, IamUser, Job, Project, Recipe, Tag

WITHOUT_MODEL = {
    "api_policy_id": "policies of the API platform have no endpoint",
    "environment_id": "environments have no endpoint",
    "external_id": "the caller's own text",
    "oauth_id": "what a member signs in with",
    "plan_id": "plans have no endpoint",
    "field_id": "a column is a mapping of the schema, with a field_id",
}
"""Parameters that are ids of things which no endpoint returns."""

NOT_BY_KIND = {"parent_id", "since_id", "shared_account_id", "folder_id_for_home_assets"}
"""Parameters whose names do not say which kind of object they take."""

IDS = [
    (endpoint, name)
    for endpoint in CALLABLE
    for name, hint in hints_of(endpoint).items()
    if model_in(hint) and not (endpoint.id.startswith("export_manifests") and name == "assets")
]
COLLECTIONS = [(endpoint, name) for endpoint, name in IDS if is_collection(hints_of(endpoint)[name])]


def named(value: object) -> str:
    return str(getattr(value, "id", value))


def base(endpoint: AnyEndpoint) -> dict[str, Any]:
    if endpoint.id == "test_cases.run":
        return {}
    optional = [(e, name) for e, name in OPTIONAL if e is endpoint]
    return arguments_for(endpoint, given={name: None for _, name in optional[:1]})


@pytest.mark.parametrize("endpoint", CALLABLE, ids=named)
def test_whatever_is_an_id_takes_objects(endpoint: AnyEndpoint) -> None:
    for name, hint in hints_of(endpoint).items():
        if name.rstrip("s").endswith("_id") and name not in WITHOUT_MODEL:
            members = [o for option in options(hint) for o in (option, *getattr(option, "__args__", ()))]
            assert model_in(hint) or any(JsonObject in (m, *options(m)) for m in members), name


@pytest.mark.parametrize(("endpoint", "name"), IDS, ids=named)
async def test_an_object_stands_for_its_id(endpoint: AnyEndpoint, name: str) -> None:
    hint = hints_of(endpoint)[name]
    cls = model_in(hint)
    assert cls
    by_object, by_id = model_of(cls), id_of(model_of(cls))
    several = is_collection(hint)
    with_object = await sent_by(endpoint, {**base(endpoint), name: [by_object, by_id] if several else by_object})
    with_id = await sent_by(endpoint, {**base(endpoint), name: [by_id, by_id] if several else by_id})
    assert with_object
    if (endpoint.id, name) == ("deployments.list", "folder_id"):
        assert "folder_id=f7" in with_object.target  # the form that the API takes
        return
    assert with_object == with_id


@pytest.mark.parametrize(("endpoint", "name"), IDS, ids=named)
async def test_what_is_no_id_is_refused(endpoint: AnyEndpoint, name: str) -> None:
    hint = hints_of(endpoint)[name]
    for wrong in (True, 1.5, -1, object(), b"7", [None], float("nan")):
        value = [wrong] if is_collection(hint) and wrong != [None] else wrong
        with pytest.raises(ConfigurationError):
            await sent_by(endpoint, {**base(endpoint), name: value})


ALIKE = {Recipe: Folder, Folder: Project, Project: Folder, Connection: Recipe, Job: Recipe, Deployment: Project}
"""Kinds whose ids look like those of other kinds, and one that is easily taken for each."""


@pytest.mark.parametrize(
    ("endpoint", "name"), [(e, n) for e, n in IDS if model_in(hints_of(e)[n]) in ALIKE and "_id" in n], ids=named
)
async def test_an_object_of_another_kind_is_refused(endpoint: AnyEndpoint, name: str) -> None:
    if name in NOT_BY_KIND:
        return
    hint = hints_of(endpoint)[name]
    wrong = next(model_of(other) for kind, other in ALIKE.items() if kind is model_in(hint))
    with pytest.raises(ConfigurationError, match=f"not (a )?{type(wrong).__name__}"):
        await sent_by(endpoint, {**base(endpoint), name: [wrong] if is_collection(hint) else wrong})


@pytest.mark.parametrize("endpoint", CALLABLE, ids=named)
async def test_an_id_that_is_needed_cannot_be_none(endpoint: AnyEndpoint) -> None:
    needed = arguments_for(endpoint)
    for name in needed:
        if model_in(hints_of(endpoint)[name]) or name.endswith("_id"):
            if endpoint.id == "tags_assignments.apply" or name in WITHOUT_MODEL:
                continue
            with pytest.raises(ConfigurationError):
                await sent_by(endpoint, {**needed, name: None})


@pytest.mark.parametrize(("endpoint", "name"), COLLECTIONS, ids=named)
async def test_one_id_is_no_collection(endpoint: AnyEndpoint, name: str) -> None:
    if (endpoint.id, name) == ("tags.list", "handle_in"):
        return  # takes one as well
    for wrong in ("x-7", 7, {"id": 7}):
        with pytest.raises(ConfigurationError):
            await sent_by(endpoint, {**base(endpoint), name: wrong})


async def test_several_kinds_at_once() -> None:
    recorder = Recorder()
    api = Api(Caller(recorder, timeout=1.0))
    jobs: list[Job | str] = [Job(id="j-2", master_job_id="j-1"), "j-1", Job(id="j-3")]
    await api.jobs.repeat(Recipe(id=7), jobs)
    await api.jobs.cancel(Recipe(id=7), jobs)
    await api.tags_assignments.apply(add_tags=[Tag(handle="tag-1"), "tag-2"], recipe_ids=[Recipe(id=7), 8])
    with suppress(InvalidResponseError):
        await api.folders.list(parent_id=Folder(id=5)).first()
    await api.recipes.update(Recipe(id=7), folder_id=Folder(id=5))
    await api.recipes.connect(7, adapter_name="x", connection_id=Connection(id=4))
    await api.cert_bundles.delete({"id": 3})
    with suppress(InvalidResponseError):
        await api.iam.users.list(user_ids=[{"id": "u-1"}, IamUser(id="u-2")])
    await api.genies.clients.remove("gin-1", GenieClient(client_id="gincl-1"))
    sent = [(r.target, json.loads(r.body) if isinstance(r.body, bytes) else None) for r in recorder.requests]
    assert sent == [
        ("/api/recipes/7/repeat_jobs", {"job_ids": ["j-1", "j-3"]}),
        ("/api/recipes/7/cancel_jobs", {"job_ids": ["j-2", "j-1", "j-3"]}),
        ("/api/tags_assignments", {"add_tags": ["tag-1", "tag-2"], "recipe_ids": [7, 8]}),
        ("/api/folders?parent_id=5&page=1&per_page=100", None),
        ("/api/recipes/7", {"recipe": {"folder_id": "5"}}),
        ("/api/recipes/7/connect", {"adapter_name": "x", "connection_id": 4}),
        ("/api/cert_bundles/3", None),
        ("/api/iam/users?user_ids%5B%5D=u-1&user_ids%5B%5D=u-2", None),
        ("/api/agentic/genies/gin-1/clients/gincl-1", None),
    ]


def test_an_id_in_any_form() -> None:
    class Rid(int, enum.Enum):
        MAIN = 10001

    class Plain(enum.Enum):
        MAIN = "gin-1"

    uuid = UUID(int=7)
    assert [id_of(one) for one in (7, 0, "f7", Rid.MAIN, Plain.MAIN, uuid, {"id": 7}, Recipe(id=7))] == [  # type: ignore[arg-type]
        7,
        0,
        "f7",
        10001,
        "gin-1",
        str(uuid),
        7,
        7,
    ]
    assert ids_of({7}) == [7]
    with pytest.raises(ConfigurationError, match="folder_id must be an id, or an object that has one, not True"):
        id_of(True, "folder_id")
    with pytest.raises(ConfigurationError, match="not NoneType"):
        id_of({})
    assert value_of(str | None) == "x-7"


async def test_an_error_names_the_request_and_the_argument() -> None:
    api = Api(Caller(Recorder(), timeout=1.0, hosts={"api": "app.workato.com"}))
    wrong: Any = True
    no_text: Any = b"x"
    for call, text in (
        (
            api.recipes.get(wrong),
            "{id} of /api/recipes/{id} must be an id, or an object that has one, not True",
        ),
        (api.recipes.copy(7, folder_id=wrong), "folder_id must be an id, or an object that has one, not True"),
        (
            api.recipes.create(folder_id=7, code="", description=no_text),
            "POST /api/recipes on app.workato.com: "
            "the request body cannot be sent as JSON: .recipe.description is of type bytes, which has no JSON form",
        ),
    ):
        with pytest.raises(ConfigurationError) as raised:
            await call
        assert str(raised.value) == text


async def test_a_column_of_a_lookup_table_may_hold_anything() -> None:
    recorder = Recorder()
    api = Api(Caller(recorder, timeout=1.0))
    with suppress(InvalidResponseError):
        await api.lookup_tables.rows.list(1, by={"customer_id": -5}).first()
    assert recorder.requests[0].target.startswith("/api/lookup_tables/1/rows?by%5Bcustomer_id%5D=-5&")

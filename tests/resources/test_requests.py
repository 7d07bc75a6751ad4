"""The methods take what the fact book documents, and send it as documented."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.facts import BY_ID, CHECKED, FACTS, keyword
from tests.support.methods import method_named
from workato_async.api import Api
from workato_async.calls.caller import Caller
from workato_async.http.messages import Request, Response
from workato_async.resources.on_prem import OnPremAgent, OnPremGroup
from workato_async.resources.recipes.models import Recipe

if TYPE_CHECKING:
    from collections.abc import Callable

TESTS = Path(__file__).parents[1]

OTHER_PARAMETERS: dict[str, tuple[set[str], set[str]]] = {
    # since_id can also be how the list is walked
    "recipes.list": ({"paging"}, set()),
    # ends the iteration, and is not sent
    "jobs.list": ({"since"}, set()),
    # one positional argument: they say what is repeated or cancelled, as an id does elsewhere
    "jobs.repeat": (set(), {"job_ids"}),
    "jobs.cancel": (set(), {"job_ids"}),
    # the id of a message is a place in the topic, from where a worker goes on
    "event_messages.consume": ({"after_message_id"}, set()),
    # a query is the one thing that its method is about, and the format follows from what is done with it
    "insights.query": (set(), {"query", "format"}),
    "insights.schema": (set(), {"tables"}),
    # the payload is the whole body
    "event_messages.publish": (set(), {"payload"}),
    # no source documents the body: it is taken and sent as it is
    "deployments.submit_for_review": ({"body"}, set()),
    "deployments.reopen": ({"body"}, set()),
    "deployments.deploy": ({"body"}, set()),
    "roles_migration.custom": ({"body"}, set()),
    "developer_api_client_roles.copy": ({"body"}, set()),
    "mcp_servers.tokens.create": ({"body"}, set()),
    "cert_bundles.create": ({"body"}, set()),
    "cert_bundles.update": ({"body"}, set()),
    "iam.users.create": ({"body"}, set()),
    "iam.users.update": ({"body"}, set()),
    "iam.users.add_to_group": ({"body"}, set()),
    "iam.users.remove_from_group": ({"body"}, set()),
    "iam.user_groups.create": ({"body"}, set()),
    "iam.user_groups.update": ({"body"}, set()),
    "iam.user_groups.add_users": ({"body"}, set()),
    "iam.user_groups.remove_users": ({"body"}, set()),
    "iam.app_links.create": ({"body"}, set()),
    "customers.provision_environments": ({"body"}, set()),
    "customers.statistics.usage": ({"body"}, set()),
    "customers.statistics.connection_usage": ({"body"}, set()),
    # where the file goes, or comes from, and how large it may be
    "cert_bundles.download": ({"max_bytes"}, {"path"}),
    "packages.download": ({"max_bytes"}, {"path"}),
    "packages.import": (set(), {"package"}),
    "customers.imports.create": (set(), {"package"}),
}
"""By id, keyword arguments that the fact book does not have, and parameters that are no keyword arguments."""


class Recorder:
    """A pipeline that responds to every request with the sample of its endpoint."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    async def __call__(self, request: Request) -> Response:
        self.requests.append(request)
        return Response(200, (TESTS / "samples" / f"{request.endpoint.id}.json").read_bytes())


def method_of(id_: str, recorder: Recorder) -> Callable[..., Any]:
    return method_named(Api(Caller(recorder, timeout=45.0)), id_)  # type: ignore[no-any-return]


@pytest.mark.parametrize("id_", CHECKED)
def test_a_method_takes_what_is_documented(id_: str) -> None:
    parameters = inspect.signature(method_of(id_, Recorder())).parameters.values()
    endpoint, fact = BY_ID[id_], FACTS[id_]
    extra, missing = OTHER_PARAMETERS.get(id_, (set(), set()))
    paging = {endpoint.listing.cursor, endpoint.listing.size} if endpoint.listing else set()
    # A cursor of ids is a place in the list, which a caller may name; the number of a page is the walk's own.
    own = paging - {"since_id", "offset_job_id"}
    names = {keyword(name) for name in {**fact["query"], **fact["body"]} if name not in own}
    if endpoint.listing and endpoint.listing.size:
        names.add("per_page")
    assert {one.name for one in parameters if one.kind is one.KEYWORD_ONLY} == (names | extra) - missing
    positional = [one.name for one in parameters if one.kind is one.POSITIONAL_OR_KEYWORD]
    assert len(positional) == endpoint.path.count("{") + len(missing - {"format"})


async def test_an_object_stands_for_its_id() -> None:
    recorder = Recorder()
    api = Api(Caller(recorder, timeout=45.0))
    recipe, agent = Recipe(id=7), OnPremAgent(id=9)
    await api.recipes.get(recipe)
    await api.jobs.list(recipe).first()
    await api.jobs.get(recipe, "j-1")
    await api.on_prem_groups.get(OnPremGroup(id=8))
    await api.on_prem_agents.get(agent)
    assert [request.target for request in recorder.requests] == [
        "/api/recipes/7",
        "/api/recipes/7/jobs",
        "/api/recipes/7/jobs/j-1",
        "/api/on_prem_groups/8",
        "/api/on_prem_agents/9",
    ]

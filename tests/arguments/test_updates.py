"""Every update sends null for None, nothing for UNSET, and is refused if nothing would be sent."""

from __future__ import annotations

import copy
import inspect
import pickle
from typing import Any

import pytest

from tests.support.method_calls import CALLABLE, NAMES, arguments_for, hints_of, sent_by, value_of
from tests.support.methods import method_named
from workato_async import UNSET, ConfigurationError, Unset
from workato_async.api import Api
from workato_async.arguments import encode_body
from workato_async.calls.caller import Caller
from workato_async.endpoint import AnyEndpoint
from workato_async.resources._base import without_none

API = Api(Caller(None, timeout=1.0))  # type: ignore[arg-type]


def defaults(endpoint: AnyEndpoint) -> dict[str, Any]:
    parameters = inspect.signature(method_named(API, endpoint.id)).parameters
    return {name: p.default for name, p in parameters.items() if p.default is not p.empty}


UPDATES = [endpoint for endpoint in CALLABLE if UNSET in defaults(endpoint).values()]
OPTIONAL = [(e, name) for e in UPDATES for name, default in defaults(e).items() if default is UNSET]


def leaves(tree: Any, path: str = "") -> dict[str, Any]:
    """Return the fields of a body that are not objects, by path."""
    if isinstance(tree, dict) and tree:
        return {k: v for key, value in tree.items() for k, v in leaves(value, f"{path}.{key}").items()}
    return {path: tree}


def test_there_are_updates() -> None:
    assert len(UPDATES) > 20
    assert NAMES["Unset"] is Unset


@pytest.mark.parametrize("endpoint", CALLABLE, ids=lambda e: e.id)
def test_no_update_takes_none_for_not_given(endpoint: AnyEndpoint) -> None:
    if endpoint.method in ("PUT", "PATCH"):
        assert None not in defaults(endpoint).values()


@pytest.mark.parametrize(("endpoint", "name"), OPTIONAL, ids=lambda value: getattr(value, "id", value))
async def test_none_is_sent_as_null(endpoint: AnyEndpoint, name: str) -> None:
    sent = await sent_by(endpoint, arguments_for(endpoint, given={name: None}))
    assert sent
    assert [path for path, value in leaves(sent.body).items() if value is None] == [
        path for path in leaves(sent.body) if path.rpartition(".")[2] == name
    ]
    assert None in leaves(sent.body).values()


@pytest.mark.parametrize(("endpoint", "name"), OPTIONAL, ids=lambda value: getattr(value, "id", value))
async def test_only_what_is_given_is_sent(endpoint: AnyEndpoint, name: str) -> None:
    value = value_of(hints_of(endpoint)[name])
    sent = await sent_by(endpoint, arguments_for(endpoint, given={name: value}))
    assert sent
    others = {other for _, other in OPTIONAL if _ is endpoint and other != name}
    names = {part for path in leaves(sent.body) for part in path.split(".")}
    assert name in names
    assert not names & others


@pytest.mark.parametrize("endpoint", UPDATES, ids=lambda e: e.id)
async def test_nothing_to_change_is_refused(endpoint: AnyEndpoint) -> None:
    arguments = arguments_for(endpoint)
    # ids in the path, which are positional, are not fields
    fields = set(list(arguments)[endpoint.path.count("{") :])
    if fields:  # what an update needs is always sent
        assert await sent_by(endpoint, arguments)
        return
    with pytest.raises(ConfigurationError, match="nothing to change: pass at least one of ") as raised:
        await sent_by(endpoint, arguments)
    assert raised.value.endpoint == endpoint.key
    explicit = dict.fromkeys(defaults(endpoint), UNSET)
    with pytest.raises(ConfigurationError, match="nothing to change"):
        await sent_by(endpoint, {**arguments, **explicit})


@pytest.mark.parametrize(("id_", "name"), [("members.update", "env_roles"), ("recipes.versions.update", "comment")])
async def test_unset_for_all_that_an_update_takes_is_refused_too(id_: str, name: str) -> None:
    endpoint = next(endpoint for endpoint in CALLABLE if endpoint.id == id_)
    with pytest.raises(ConfigurationError, match=f"nothing to change: pass at least one of {name}") as raised:
        await sent_by(endpoint, arguments_for(endpoint, given={name: UNSET}))
    assert raised.value.endpoint == endpoint.key


def test_the_sentinel_is_one_object_that_is_false_and_short() -> None:
    assert (repr(UNSET), str(UNSET), bool(UNSET)) == ("UNSET", "UNSET", False)
    for same in (copy.copy(UNSET), copy.deepcopy(UNSET), pickle.loads(pickle.dumps(UNSET)), Unset.UNSET):
        assert same is UNSET


def test_it_sends_nothing_elsewhere_either() -> None:
    assert without_none(name="x", description=UNSET, color=None) == {"name": "x"}
    assert encode_body({"a": UNSET, "b": {"c": UNSET, "d": None}}) == b'{"b":{"d":null}}'
    with pytest.raises(ConfigurationError, match=r"\.a\[0\] is UNSET"):
        encode_body({"a": [UNSET]})

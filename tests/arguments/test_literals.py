"""A value that a Literal type does not have is refused before anything is sent, by every method."""

from __future__ import annotations

import enum
from typing import Any, Literal, get_args

import pytest

from tests.support.method_calls import CALLABLE, arguments_for, hints_of, is_collection, literal_in, sent_by
from workato_async import UNSET, ConfigurationError
from workato_async.arguments import one_of
from workato_async.endpoint import AnyEndpoint

LITERALS = [(e, name) for e in CALLABLE for name, hint in hints_of(e).items() if literal_in(hint)]


class Word(enum.Enum):
    WRONG = "wrong"


def named(value: object) -> str:
    return str(getattr(value, "id", value))


def test_there_are_literals() -> None:
    assert len(LITERALS) > 15
    assert {"status", "order", "paging", "color", "auth_type", "state", "col_sep", "sort_by"} <= {
        n for _, n in LITERALS
    }


@pytest.mark.parametrize(("endpoint", "name"), LITERALS, ids=named)
@pytest.mark.parametrize("wrong", ["wrong", "", "FAILED", 7, True, Word.WRONG, ["wrong"], b"failed"], ids=repr)
async def test_another_value_is_refused(endpoint: AnyEndpoint, name: str, wrong: Any) -> None:
    hint = hints_of(endpoint)[name]
    value = [wrong] if is_collection(hint) and not isinstance(wrong, list) else wrong
    with pytest.raises(ConfigurationError, match=f"{name} must be one of") as raised:
        await sent_by(endpoint, arguments_for(endpoint, given={name: value}))
    for allowed in get_args(literal_in(hint)):
        assert repr(allowed) in str(raised.value)
    assert "send them with `session.request`" in str(raised.value)


@pytest.mark.parametrize(("endpoint", "name"), LITERALS, ids=named)
async def test_every_documented_value_is_sent(endpoint: AnyEndpoint, name: str) -> None:
    hint = hints_of(endpoint)[name]
    for allowed in get_args(literal_in(hint)):
        member = enum.Enum("Member", {"ONE": allowed}).ONE  # type: ignore[attr-defined]
        mixed = enum.Enum("Mixed", {"ONE": allowed}, type=str).ONE  # type: ignore[attr-defined]
        sent = [
            await sent_by(endpoint, arguments_for(endpoint, given={name: [one] if is_collection(hint) else one}))
            for one in (allowed, member, mixed)
        ]
        assert sent[0] is not None
        assert sent[0] == sent[1] == sent[2]
        if name != "paging":
            assert allowed in sent[0].target or allowed in str(sent[0].body)


def test_none_and_unset_stay() -> None:
    kinds = Literal["a", "b"]
    assert one_of("kind", None, kinds) is None
    assert one_of("kind", UNSET, kinds) is UNSET
    assert one_of("kinds", ("a", "b"), kinds) == ["a", "b"]  # type: ignore[comparison-overlap]


@pytest.mark.parametrize("format_", ["xml", "", "JSON"])
async def test_the_format_of_a_specification(format_: str) -> None:
    endpoint = next(e for e in CALLABLE if e.id == "api_collections.create")
    with pytest.raises(ConfigurationError, match="format of openapi_spec must be one of 'json', 'yaml'"):
        await sent_by(endpoint, {"name": "x", "openapi_spec": {"content": "", "format": format_}})

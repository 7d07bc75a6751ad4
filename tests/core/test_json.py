"""JSON as servers send it: parsed by msgspec or, where that rejects it, by the standard library, and cut apart."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workato_async._json import cut, cut_array, is_cut_short, parse_json

blank = st.text(" \t\r\n", max_size=3)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
trees = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=10)


@given(trees, st.booleans())
def test_the_last_look_reads_what_msgspec_reads(tree: Any, ascii_only: bool) -> None:
    body = json.dumps(tree, ensure_ascii=ascii_only).encode(errors="replace")
    odd = parse_json(b'{"odd": NaN, "tree": %s}' % body)
    assert odd == {"odd": None, "tree": msgspec.json.decode(body)}


@given(st.lists(trees), blank, blank)
def test_an_array_is_cut_into_its_elements_byte_for_byte(elements: list[Any], before: str, after: str) -> None:
    sent = [json.dumps(element, indent=1).encode() for element in elements]
    comma = f"{before},{after}".encode()
    body = f"{after}[{before}".encode() + comma.join(sent) + f"{after}]{before}".encode()
    wrapped = b'\xef\xbb\xbf {"a": [1, "]}"], "b" :%s,"c":{"d":\t%s}}' % (body, body)
    assert cut_array(cut(wrapped, ("b",))) == sent
    assert cut_array(cut(wrapped, ("c", "d"))) == sent
    assert cut(wrapped, ("a", 1)) == b'"]}"'


@pytest.mark.parametrize("odd", [b'"\xff\xfe"', rb'"\ud83d"', b"NaN", b"-Infinity", b"9" * 5000, b"1e999", b'"\x00"'])
def test_what_only_the_last_look_reads_is_cut_byte_for_byte(odd: bytes) -> None:
    body = b'{"items": [ {"x": %s} ,%s, "caf\xc3\xa9"]}' % (odd, odd)
    assert cut_array(cut(body, ("items",))) == [b'{"x": %s}' % odd, odd, b'"caf\xc3\xa9"']


def test_an_error_quotes_nothing_and_keeps_nothing_of_the_body() -> None:
    with pytest.raises(msgspec.DecodeError) as caught:
        parse_json(b'{"token": "s3cret", oops}')
    assert str(caught.value).endswith(" at line 1, column 21")
    context = caught.value.__context__
    assert isinstance(context, msgspec.DecodeError), "the error of the standard library has the whole text"
    assert "s3cret" not in f"{caught.value}{context}"


@pytest.mark.parametrize("digits", [19, 20, 309, 4300, 4301, 100_000])
def test_whole_numbers_of_any_length(digits: int) -> None:
    assert parse_json(b"[NaN, %s]" % (b"7" * digits)) == [None, int("7" * digits) if digits <= 4300 else None]
    assert parse_json(b"[%s]" % (b"-" + b"7" * digits)) == [-int("7" * digits) if digits < 4300 else None]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (rb'{"name": "r \ud83d"}', False),
        (rb'{"name": "r \ud83d"', True),
        (rb'{"name": "r \ud83d', True),
        (b"{}", False),
    ],
)
def test_half_a_character_is_not_an_early_end(body: bytes, expected: bool) -> None:
    assert is_cut_short(body) is expected

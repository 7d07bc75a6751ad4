"""Every fault against every kind of call, over real sockets: what the caller gets, and what the server did."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.support.fault_calls import PER_PAGE, RECIPES, VERBS
from tests.support.fault_runner import Cell, play
from tests.support.fault_table import Expected, cells
from tests.support.fault_variants import TROUBLES, Kept
from workato_async import ConnectionFailedError, InvalidResponseError, OutcomeUnknownError, WorkatoError, WorkatoSession
from workato_async.testing import CloseIdle, FakeWorkato, Oversized

if TYPE_CHECKING:
    from collections.abc import Iterator


ROWS: dict[tuple[str, bool], list[Expected]] = {}
for cell in cells():
    ROWS.setdefault((cell.fault, cell.lasting), []).append(cell)


def parameters() -> Iterator[object]:
    """Each row of the table with each variant of its fault; in the short profile one variant, another in each row."""
    for number, (fault, lasting) in enumerate(ROWS):
        troubles = TROUBLES[fault]
        sample = number % len(troubles)
        for variant, trouble in enumerate(troubles):
            kept = isinstance(trouble, Kept)
            yield pytest.param(
                fault,
                variant,
                lasting,
                id=f"{fault}, {'kept alive' if kept else variant}-{'always' if lasting else 'once'}",
                marks=() if kept or variant == sample else pytest.mark.long,
            )


@pytest.mark.parametrize(("fault", "variant", "lasting"), [*parameters()])
def test_every_row(fault: str, variant: int, lasting: bool) -> None:
    played = play(fault, variant, lasting)
    for expected in ROWS[fault, lasting]:
        found = played[expected.verb]
        where = expected.verb, found
        assert (found.error and type(found.error), found.seen) == (expected.error, expected.seen), where
        check_what_was_carried_out(expected, found)
        check_what_the_caller_has(expected, found)
        check_permits(found)


def check_what_was_carried_out(expected: Expected, found: Cell) -> None:
    """The server's data agrees with its record, and both with the table."""
    verb = VERBS[expected.verb]
    if found.effects is None:
        assert expected.executed is None
        return
    assert found.executed == expected.executed
    assert found.effects == (min(found.executed, 1) if verb.once else found.executed)
    if verb.at_most_once:
        assert found.executed <= 1


def check_what_the_caller_has(expected: Expected, found: Cell) -> None:
    """A result is the server's; an error says which call it was, and what had been read before it is right."""
    verb = VERBS[expected.verb]
    if found.error is None:
        assert found.right, found.got
        return
    first_page = list(range(10_000 + RECIPES, 10_000 + RECIPES - PER_PAGE, -1))
    assert found.got == (first_page if verb.before and found.seen else [])
    error = found.error
    assert isinstance(error, WorkatoError)
    assert error.endpoint == verb.definition.key
    assert len(set(found.ids)) <= 1, "the attempts of a call have one correlation id"
    assert len(error.correlation_ids[0]) == 32
    assert [error.correlation_ids[0]] * len(found.ids) == found.ids
    permanent = isinstance(error, ConnectionFailedError) and error.permanent
    assert error.attempts == (len(found.ids) or (1 if permanent else 5))


def check_permits(found: Cell) -> None:
    """Every permit is back, and no request came too early for the quota."""
    assert all((state.free, state.waiters) == (state.room, 0) for state in found.buckets.values())
    assert sum(state.refused for state in found.buckets.values()) == found.refused


@pytest.mark.parametrize("verb", ["create", "repeat"])
@pytest.mark.parametrize("fault", ["200 over the cap", "200 garbage"])
def test_an_unreadable_response_to_a_write_says_that_it_may_have_happened(fault: str, verb: str) -> None:
    assert "carried out" in str(play(fault, 0, False)[verb].error)


@pytest.mark.parametrize("compressed", [False, True])
async def test_a_body_that_is_really_too_large(compressed: bool) -> None:
    async with FakeWorkato(recipes=1, jobs=0) as fake, WorkatoSession("any", base_url=fake.url) as workato:
        fake.fail("recipes.get", Oversized(65 * 2**20, compressed=compressed))
        with pytest.raises(InvalidResponseError, match="67,108,864 bytes"):
            await workato.recipes.get(10_001)
        assert (await workato.recipes.get(10_001)).id == 10_001
    assert fake.sent("recipes.get") == 2


async def test_others_have_their_turn_while_a_bomb_unpacks() -> None:
    async with (
        FakeWorkato(recipes=1, jobs=0) as fake,
        WorkatoSession("any", base_url=fake.url, max_body=16 * 2**20) as workato,
    ):
        turns = 0

        async def another() -> None:
            nonlocal turns
            while True:
                await asyncio.sleep(0)
                turns += 1

        await workato.recipes.get(10_001)
        fake.fail("recipes.get", Oversized(64 * 2**20, compressed=True))
        other = asyncio.create_task(another())
        with pytest.raises(InvalidResponseError):
            await workato.recipes.get(10_001)
        other.cancel()
    assert turns > 32, "a turn for every half MiB"


async def test_a_connection_closed_just_as_it_is_used() -> None:
    """No client can tell whether the server read what was written then: a write is not retried, a read is."""
    async with FakeWorkato(recipes=1, jobs=0, window=None) as fake, WorkatoSession("any", base_url=fake.url) as workato:
        outcomes = []
        for number in range(20):
            fake.fail("recipes.get", CloseIdle())
            await workato.recipes.get(10_001)
            try:
                await workato.recipes.copy(10_001, folder_id=2_001)
            except OutcomeUnknownError:
                outcomes.append(0)
            else:
                outcomes.append(1)
            assert sum(outcomes) <= len(fake.state.recipes) - 1 <= number + 1
            fake.fail("recipes.get", CloseIdle())
            await workato.recipes.get(10_001)
            assert (await workato.recipes.get(10_001)).id == 10_001


def test_the_table_is_whole() -> None:
    every = [(cell.fault, cell.verb, cell.lasting) for cell in cells()]
    assert len(every) == len(set(every))
    assert set(every) == {(fault, verb, lasting) for fault in TROUBLES for verb in VERBS for lasting in (True, False)}

"""The sentences of the debug log: one per record, each naming the object and the host."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from tests.support.scripted_server import OK, Drop, reply, session_of
from workato_async.events import Completed, Event, Paused, RateLimited, Retried, Sent, Waited

if TYPE_CHECKING:
    from tests.support.scripted_server import ScriptedServer

KEY = "GET /api/recipes/{id}"
WHERE = {"path": "/api/recipes/42", "host": "app.eu.workato.com"}
BEGIN = "GET /api/recipes/42 on app.eu.workato.com: "


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (Waited(KEY, "c1", 1, 3.5e-06, **WHERE), "has its permit at once (attempt 1) [c1]"),
        (Waited(KEY, "c1", 2, 58.0, **WHERE), "has its permit after 58 s (attempt 2) [c1]"),
        (Sent(KEY, "c1", 1, **WHERE), "sent (attempt 1) [c1]"),
        (RateLimited(KEY, "c1", 1, None, **WHERE), "rate limited (429) (attempt 1) [c1]"),
        (
            RateLimited(KEY, "c1", 1, 7200.0, **WHERE),
            "rate limited (429), and the server asks to wait 7,200 s (attempt 1) [c1]",
        ),
        (
            Paused(KEY, "c1", 1, 3.84, 59, **WHERE),
            f"all calls of {KEY} pause for 3.84 s; permits in circulation: 59 [c1]",
        ),
        (Retried(KEY, "c1", 1, "HTTP 503", 0.25, **WHERE), "HTTP 503; retried in 0.25 s (attempt 1) [c1]"),
        (Retried(KEY, "c1", 1, "HTTP 503", 0.0, **WHERE), "HTTP 503; retried now (attempt 1) [c1]"),
        (Completed(KEY, "c1", 1, 200, 0.312, ("c1", "wk"), **WHERE), "HTTP 200 after 0.31 s (1 attempt) [c1, wk]"),
        (
            Completed(KEY, "c1", 3, 0, 12.0, ("c1",), "OutcomeUnknownError", **WHERE),
            "OutcomeUnknownError after 12 s (3 attempts) [c1]",
        ),
        (
            Completed(KEY, "c1", 1, 200, 1.0, ("c1",), "OperationRefusedError", **WHERE),
            "HTTP 200, OperationRefusedError after 1 s (1 attempt) [c1]",
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Event) else "",
)
def test_a_record_is_a_sentence(event: Event, text: str) -> None:
    assert str(event) == BEGIN + text


def test_a_record_without_path_and_host_names_the_endpoint() -> None:
    assert str(Sent(KEY, "c1", 1)) == "GET /api/recipes/{id}: sent (attempt 1) [c1]"
    assert str(Event(KEY, "c1", 2)) == "GET /api/recipes/{id}: Event, attempt 2 [c1]"


def test_path_and_host_do_not_count_when_records_are_compared() -> None:
    assert Sent(KEY, "c1", 1) == Sent(KEY, "c1", 1, **WHERE) != Sent(KEY, "c1", 2, **WHERE)
    assert hash(Sent(KEY, "c1", 1)) == hash(Sent(KEY, "c1", 1, **WHERE))


async def test_every_line_of_the_log_names_object_and_host(
    server: ScriptedServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "workato_async")
    server.plays(Drop(), reply(429, None, Retry_After="5"), OK, OK)
    host = server.url.removeprefix("http://")
    async with session_of(server.url) as workato:
        await workato.recipes.get(42)
        await workato.request("GET", "/api/things/7", query={"secret": "hidden"})
    lines = [r.getMessage() for r in caplog.records if r.name == "workato_async" and r.levelno == logging.DEBUG]
    assert {line.partition(": ")[0] for line in lines} == {
        f"GET /api/recipes/42 on {host}",
        f"GET /api/things/7 on {host}",
    }
    assert "hidden" not in caplog.text
    assert "e-0" not in caplog.text, "a duration that nobody can read"
    assert sum("(3 attempts)" in line for line in lines) == 1


async def test_a_listener_that_fails_is_logged_with_the_call(
    server: ScriptedServer, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(event: Event) -> None:
        raise ValueError

    async with session_of(server.url, on_event=broken) as workato:
        await workato.recipes.get(42)
    assert "a listener failed on Sent of GET /api/recipes/42 on " in caplog.text

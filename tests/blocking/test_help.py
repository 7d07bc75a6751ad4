"""What a person sees at the prompt: help, and why Ctrl-C takes a while."""

from __future__ import annotations

import logging
import pydoc

import pytest

from tests.blocking.test_interruption import sends, when
from tests.support.signals import Interrupted, Signals
from workato_async._blocking import call
from workato_async.blocking import Workato
from workato_async.testing import FakeWorkato
from workato_async.testing.faults import Slow, Stall


def test_help_lists_the_methods_and_what_they_do(workato: Workato) -> None:
    text = pydoc.plain(pydoc.render_doc(workato.recipes))
    assert "    get: Get one recipe with its code." in text
    assert "    versions: Versions of recipes: ``workato.recipes.versions``." in text
    assert "LoopThread" not in text
    assert "GET /api/recipes/{recipe_id}/versions" in pydoc.plain(pydoc.render_doc(workato.recipes.versions))


def test_an_interruption_that_waits_for_a_write_says_so(
    fake: FakeWorkato,
    workato: Workato,
    signals: Signals,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(call, "GRACE", 0.1)
    fake.fail("recipes.start", Stall(processed=True))
    fake.fail("recipes.get", Slow(0.05))
    with caplog.at_level(logging.WARNING, "workato_async"), pytest.raises(Interrupted):
        when(sends(workato, "GET /api/recipes/{id}"), signals.send)
        workato.recipes.get(7)
    assert caplog.messages == []  # a read is given up at once
    with caplog.at_level(logging.WARNING, "workato_async"), pytest.raises(Interrupted):
        when(sends(workato, "/start"), signals.send)
        workato.recipes.start(7)
    assert [message for message in caplog.messages if "interrupted" in message] == [
        "interrupted; waiting up to 0 s for the responses to writes in flight (1); Ctrl-C again stops at once"
    ]

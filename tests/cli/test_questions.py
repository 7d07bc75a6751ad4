"""Questions on the terminal stay out of the output, which may be a file."""

from __future__ import annotations

import io
import sys

import pytest

from workato_async.cli import confirmation


def test_a_question_leaves_the_output_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\neu\n"))
    assert confirmation.ask("Stop 3 recipes?")
    assert confirmation.prompt("data center") == "eu"
    written = capsys.readouterr()
    assert written.out == ""
    assert written.err == "Stop 3 recipes? [y/N]: data center: "

"""Unified diffs: on a terminal in color, and without what it would act on."""

from __future__ import annotations

import sys

import pytest

from workato_async.cli.unified_diff import print_unified

BEFORE = ["same \x1b[2J", "old \x1b]0;title\x07"]
AFTER = ["same \x1b[2J", "new"]


def test_a_pipe_gets_a_diff_that_programs_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert print_unified(["same", "old"], ["same", "new"], "before", "after")
    lines = capsys.readouterr().out.splitlines()
    assert lines == ["--- before", "+++ after", "@@ -1,2 +1,2 @@", " same", "-old", "+new"]
    assert not print_unified(AFTER, AFTER, "before", "after")
    assert capsys.readouterr().out == ""


def test_a_terminal_gets_no_control_characters_also_of_lines_that_stay(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    print_unified(BEFORE, AFTER, "before", "after")
    text = capsys.readouterr().out
    assert " same \N{REPLACEMENT CHARACTER}[2J" in text
    assert "\x1b[2J" not in text
    assert "\x1b]0;" not in text
    assert "\x1b[32m+new" in text

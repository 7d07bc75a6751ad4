"""The page of commands says what their help says."""

from __future__ import annotations

from tests.support import command_pages


def test_the_page_of_commands() -> None:
    page = command_pages.page()
    assert command_pages.PAGE.read_text("utf-8") == page, "run `python -m tests.support.command_pages`"
    headings = [line.lstrip("# ") for line in page.splitlines() if line.startswith("##")]
    assert {" ".join(names) for names, _ in command_pages.commands()} < {*headings}
    assert "workato-async recipes stop [OPTIONS] [RECIPE]...\n" in page
    assert "- `--from FILE|-`: The output of `recipes start` or `stop` with `--json`, to undo it.\n" in page
    assert page.count("workato-async recipes stop --folder Sales --yes --json > stopped.jsonl") == 1

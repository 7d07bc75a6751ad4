"""The README is short, and says what the machine needs and the figures are. Its code: tests/docs."""

from __future__ import annotations

import re

from tests.facts import FACTS
from tests.support.documents import ROOT
from workato_async import ENDPOINTS

TEXT = (ROOT / "README.md").read_text("utf-8")


def test_it_is_short() -> None:
    assert TEXT.count("\n") <= 300


def test_the_number_of_endpoints() -> None:
    assert len(FACTS) == len(ENDPOINTS)
    assert f"{len(ENDPOINTS)} endpoints" in " ".join(TEXT.split())


def test_the_commands_for_a_fresh_machine() -> None:
    for name in ("demo", "test"):
        [command] = re.findall(rf"<!-- the {name} command -->\n```sh\n(.+)\n```", TEXT)
        assert command.startswith("python3 -m venv .venv")

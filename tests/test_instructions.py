"""The gate of the instruction counts: ``python -m benchmarks.instructions --check``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks import instructions
from benchmarks._works import ALL

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> instructions.Figures:
    """Figures that are on record."""
    monkeypatch.setattr(instructions, "RECORD", tmp_path / "record.json")
    instructions.RECORD.write_text("{}")
    found = {measured.name: (1000.0, 2000.0) for measured in ALL}
    instructions.record(found)
    return found


@pytest.mark.parametrize(("count", "status"), [(900.0, 0), (1050.0, 0), (1051.0, 1)])
@pytest.mark.parametrize("name", [measured.name for measured in ALL])
def test_each_figure_may_be_five_percent_above_its_record(
    figures: instructions.Figures, name: str, count: float, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    figures[name] = (count, 2000.0)
    assert instructions.check(figures) == status
    assert ("BROKEN" in capsys.readouterr().out) == bool(status)


def test_another_environment_is_not_compared(
    figures: instructions.Figures, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(instructions, "environment", lambda: "CPython 4.0, aiohttp 5.0")
    figures["call"] = (10_000.0, 1.0)
    assert instructions.check(figures) == 0
    assert "no figures on record for CPython 4.0, aiohttp 5.0" in capsys.readouterr().out


def test_without_valgrind_it_is_skipped(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["instructions", "--check"])
    monkeypatch.setattr("shutil.which", lambda _: None)
    assert instructions.main() == 0
    assert capsys.readouterr().out.startswith("skipped: valgrind is not installed")


def test_the_record_has_every_figure() -> None:
    for environment, counts in instructions.records().items():
        assert counts.keys() == {measured.name for measured in ALL}, environment

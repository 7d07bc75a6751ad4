"""Health scans: progress while they are waited for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workato_async import WorkatoSession
    from workato_async.resources.recipes.models import RecipeHealth
    from workato_async.testing import FakeWorkato


async def test_every_look_at_a_scan_is_told(fake: FakeWorkato, workato: WorkatoSession) -> None:
    first_scan: list[RecipeHealth | None] = []
    report = await workato.recipes.health.wait(10001, on_progress=first_scan.append)
    assert len(first_scan) == fake.sent("recipes.health.get") - 1, "the look before the scan is no progress"
    assert first_scan[0] is None
    assert first_scan[-1] is report
    second_scan: list[RecipeHealth | None] = []
    newer = await workato.recipes.health.wait(10001, on_progress=second_scan.append)
    assert second_scan[0] == report, "of an earlier scan"
    assert second_scan[-1] is newer

"""Rows of a workspace in which something went wrong, for what shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

EVIL = "<script>alert('recipe')</script> & \"受注\""
NOW = datetime.now(UTC)
TODAY = NOW.replace(hour=0, minute=0, second=0, microsecond=0)


def _job(
    number: int, recipe: int, status: str, *, days: int = 0, seconds: float = 1, error: str = ""
) -> dict[str, Any]:
    start = TODAY - timedelta(days=days)
    return {
        "id": f"j-{number}",
        "recipe_id": recipe,
        "status": status,
        "started_at": start,
        "completed_at": None if status == "pending" else start + timedelta(seconds=seconds),
        "error": error or None,
    }


def busy(*, more_days: int = 0) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Return the rows by stream; ``more_days`` adds as many days with jobs before."""
    jobs = [
        _job(1, 1, "failed", seconds=30, error="Order 17 not found"),
        _job(2, 1, "failed", days=1, seconds=90, error="Order 18 not found"),
        _job(3, 1, "succeeded", days=1, seconds=0.5),
        _job(4, 2, "failed", days=2, error="<b>401</b> Unauthorized"),
        _job(5, 2, "pending"),
        _job(6, 3, "succeeded", seconds=7200),
        _job(7, 3, "failed", days=400, error="too long ago"),
        {**_job(8, 3, "failed", error="deleted"), "deleted_at": NOW},
        {"id": "j-9", "recipe_id": 3, "status": "failed"},  # no time: stored, but of no day
    ]
    jobs += [_job(100 + day, day % 3 + 1, "succeeded", days=day) for day in range(3, 3 + more_days)]
    using: list[dict[str, Any]] = [{"account_id": 11, "provider": "jira"}, {"account_id": 11}, {"account_id": None}, {}]
    recipes: list[dict[str, Any]] = [
        {"id": 1, "name": EVIL, "running": True, "json": {"config": using}},
        {"id": 2, "name": "Plain", "running": False, "json": {"config": [{"account_id": 11}, {"account_id": 14}]}},
        {"id": 3, "name": None, "json": {"config": "not a list"}},
        {"id": 4, "name": "gone", "deleted_at": NOW, "json": {"config": using}},
    ]
    connections = [
        {"id": 11, "name": "<i>Jira</i>", "provider": "jira", "authorization_status": "failed",
         "connection_lost_at": NOW, "connection_lost_reason": "revoked"},
        {"id": 12, "name": "lost again", "provider": "slack", "authorization_status": "success",
         "authorized_at": NOW - timedelta(days=2), "connection_lost_at": NOW - timedelta(days=1)},
        {"id": 13, "name": "authorized again", "authorization_status": "success", "authorized_at": NOW,
         "connection_lost_at": NOW - timedelta(days=1)},
        {"id": 14, "name": "works", "authorization_status": "success", "authorized_at": NOW},
        {"id": 15, "name": "never authorized"},
        {"id": 16, "name": "deleted", "authorization_status": "failed", "deleted_at": NOW},
    ]  # fmt: skip
    return {"recipes": recipes, "jobs": jobs, "connections": connections}

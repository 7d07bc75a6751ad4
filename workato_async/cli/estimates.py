"""How long work takes, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workato_async import Limiter


def duration(seconds: float) -> str:
    """Format seconds as ``12 s`` or ``3:05 min``."""
    whole = round(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60}:{whole % 60:02} min"


def about(seconds: float) -> str:
    """Format an estimate: ``about 12 s``, never less than a second."""
    return f"about {duration(max(seconds, 1))}"


def describe_cost(limiter: Limiter, key: str, calls: int) -> str:
    """Describe what calls cost: how many, of which endpoint, and the time until the last of them can be sent."""
    word = "call" if calls == 1 else "calls"
    text = f"{calls:,} {word} of {key} ({limiter.quota(key)})"
    return f"{text}, {about(limiter.eta(key, calls))}" if calls else text

"""What Performance Copilot reports about a recipe."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from workato_async.endpoint import JsonObject


@attrs.frozen
class _Rule:
    title: str
    category: str
    impact: str
    effort: str
    level: str


_DESCRIPTION = _Rule("Missing recipe description", "quality", "low", "low", "recipe")
_RULES = (
    _Rule("Redundant Logging", "cost", "low", "low", "single_step"),
    _DESCRIPTION,
    _Rule("Missing error handling", "quality", "medium", "low", "multi_step"),
    _Rule("Using deprecated action", "performance", "high", "medium", "single_step"),
)
_WEIGHTS = {"low": 2, "medium": 5, "high": 8, "critical": 10}


def health_report(recipe: JsonObject, completed_at: str) -> JsonObject:
    """Return the report of a scan. The only rule that is really checked is that recipes need a description."""
    broken = () if recipe["description"] else (_DESCRIPTION,)
    return {
        "checks": [_check(number, rule, rule in broken) for number, rule in enumerate(_RULES)],
        "report": {
            "total_score": 100 - 5 * len(broken),
            "impact": {impact: _impact(impact, broken) for impact in _WEIGHTS},
            "completed_at": completed_at,
        },
        "version": 1,
    }


def _check(number: int, rule: _Rule, broken: bool) -> JsonObject:
    violation = {
        "uuid": f"572d474c-e775-488b-b4ac-{number:012d}",
        "explanation": "Without a description, it is unclear what a recipe is for.",
        "suggestion": "Describe what the recipe does and what it depends on.",
        "level": rule.level,
        "locations": [],
    }
    return {
        "rule": {
            "uuid": f"067e2484-fe30-76b3-8000-{number:012d}",
            **attrs.asdict(rule),
            "is_copilot_reparable": False,
        },
        "violations": [violation] if broken else [],
    }


def _impact(impact: str, broken: tuple[_Rule, ...]) -> JsonObject:
    found = sum(rule.impact == impact for rule in broken)
    return {
        "total": sum(rule.impact == impact for rule in _RULES),
        "broken_rules": found,
        "violations": found,
        "weight": _WEIGHTS[impact],
    }

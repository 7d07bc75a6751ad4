"""Recipes, their versions and their health scans."""

from workato_async.resources.recipes.health import RecipeHealthReports
from workato_async.resources.recipes.models import (
    HealthCheck,
    HealthImpact,
    HealthReport,
    HealthRule,
    HealthViolation,
    PollStarted,
    Recipe,
    RecipeConfig,
    RecipeCopied,
    RecipeCreated,
    RecipeHealth,
    RecipeVersion,
    ScanQueued,
)
from workato_async.resources.recipes.recipes import Recipes
from workato_async.resources.recipes.versions import RecipeVersions

__all__ = [
    "HealthCheck",
    "HealthImpact",
    "HealthReport",
    "HealthRule",
    "HealthViolation",
    "PollStarted",
    "Recipe",
    "RecipeConfig",
    "RecipeCopied",
    "RecipeCreated",
    "RecipeHealth",
    "RecipeHealthReports",
    "RecipeVersion",
    "RecipeVersions",
    "Recipes",
    "ScanQueued",
]

"""Recipes, their versions and their health scans."""

from workato_async.resources.recipes.health import RecipeHealthReports as RecipeHealthReports
from workato_async.resources.recipes.models import (
    HealthCheck as HealthCheck,
)
from workato_async.resources.recipes.models import (
    HealthImpact as HealthImpact,
)
from workato_async.resources.recipes.models import (
    HealthReport as HealthReport,
)
from workato_async.resources.recipes.models import (
    HealthRule as HealthRule,
)
from workato_async.resources.recipes.models import (
    HealthViolation as HealthViolation,
)
from workato_async.resources.recipes.models import (
    PollStarted as PollStarted,
)
from workato_async.resources.recipes.models import (
    Recipe as Recipe,
)
from workato_async.resources.recipes.models import (
    RecipeConfig as RecipeConfig,
)
from workato_async.resources.recipes.models import (
    RecipeCopied as RecipeCopied,
)
from workato_async.resources.recipes.models import (
    RecipeCreated as RecipeCreated,
)
from workato_async.resources.recipes.models import (
    RecipeHealth as RecipeHealth,
)
from workato_async.resources.recipes.models import (
    RecipeVersion as RecipeVersion,
)
from workato_async.resources.recipes.models import (
    ScanQueued as ScanQueued,
)
from workato_async.resources.recipes.recipes import Recipes as Recipes
from workato_async.resources.recipes.versions import RecipeVersions as RecipeVersions

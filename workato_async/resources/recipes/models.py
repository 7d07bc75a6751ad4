"""Models of recipes, their versions and their health reports.

Source: "Recipes" (docs: workato-api/recipes) and the API overview's table of methods.
"""

from __future__ import annotations

import json
from typing import Any

import attrs

from workato_async.base_model import AwareDatetime, Model, Part
from workato_async.endpoint import JsonObject


@attrs.frozen(kw_only=True)
class RecipeConfig(Part):
    """One connector of a recipe and the connection it uses: ``account_id`` is the connection's id."""

    keyword: str | None = None
    name: str | None = None
    provider: str | None = None
    skip_validation: bool | None = None
    account_id: int | None = None


@attrs.frozen(kw_only=True)
class Recipe(Model):
    """A recipe.

    Only ``id`` is always set; a field is None where Workato sent none. ``last_job_started_at`` is absent from recipes
    that never ran, ``tags`` come only when requested, ``code`` not with ``exclude_code=True``. Task counts begin on
    2021-03-19. Anyone who has ``webhook_url`` can trigger the recipe, so its repr does not show it.
    """

    id: int
    name: str | None = None
    user_id: int | None = None
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None
    copy_count: int | None = None
    trigger_application: str | None = None
    action_applications: tuple[str, ...] = ()
    applications: tuple[str, ...] = ()
    description: str | None = None
    project_id: int | None = None
    folder_id: int | None = None
    parameters_schema: tuple[JsonObject, ...] = ()
    parameters: JsonObject = attrs.field(factory=dict)
    running: bool | None = None
    job_succeeded_count: int | None = None
    job_failed_count: int | None = None
    lifetime_task_count: int | None = None
    last_run_at: AwareDatetime | None = None
    last_job_started_at: AwareDatetime | None = None
    stopped_at: AwareDatetime | None = None
    stop_cause: str | None = None
    webhook_url: str | None = attrs.field(default=None, repr=False)
    config: tuple[RecipeConfig, ...] = ()
    trigger_closure: Any = None
    code: str | None = None
    version_no: int | None = None
    version_author_name: str | None = None
    version_author_email: str | None = None
    version_comment: str | None = None
    author_name: str | None = None
    tags: tuple[str, ...] | None = None

    def __attrs_pre_init__(self) -> None:
        # Most recipes of a list lack these two, and msgspec takes long to fill in a default: 5 % of a page's decoding.
        _set_tags(self, None)
        _set_last_job_started_at(self, None)

    @property
    def connection_ids(self) -> tuple[int, ...]:
        """The ids of the connections that it uses, each once."""
        return tuple(dict.fromkeys(entry.account_id for entry in self.config if entry.account_id is not None))

    @property
    def steps(self) -> Any:
        """``code`` parsed: the tree of steps; None if the recipe came without code.

        Raises:
            ValueError: if the code is not JSON.
        """
        return None if self.code is None else json.loads(self.code)


_set_tags = Recipe.tags.__set__  # type: ignore[union-attr]


_set_last_job_started_at = Recipe.last_job_started_at.__set__  # type: ignore[union-attr]


@attrs.frozen(kw_only=True)
class RecipeCreated(Model):
    """The response to creating a recipe."""

    id: int


@attrs.frozen(kw_only=True)
class RecipeCopied(Model):
    """The response to copying a recipe. Workato calls recipes flows here."""

    new_flow_id: int

    @property
    def id(self) -> int:
        """The id of the copy."""
        return self.new_flow_id


@attrs.frozen(kw_only=True)
class PollStarted(Model):
    """The response to starting a poll; a poll already in progress is reported in ``message``, without ``success``."""

    success: bool | None = None
    message: str | None = None


@attrs.frozen(kw_only=True)
class RecipeVersion(Model):
    """A version of a recipe."""

    id: int
    comment: str | None = None
    version_no: int | None = None
    author_name: str | None = None
    author_email: str | None = None
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None


@attrs.frozen(kw_only=True)
class HealthRule(Part):
    """A rule that Performance Copilot checks."""

    uuid: str | None = None
    title: str | None = None
    category: str | None = None
    impact: str | None = None
    effort: str | None = None
    level: str | None = None
    is_copilot_reparable: bool | None = None


@attrs.frozen(kw_only=True)
class HealthViolation(Part):
    """One place where a recipe breaks a rule."""

    uuid: str | None = None
    explanation: str | None = None
    suggestion: str | None = None
    level: str | None = None
    locations: tuple[Any, ...] = ()


@attrs.frozen(kw_only=True)
class HealthCheck(Part):
    """A rule with its violations; none means that the recipe complies."""

    rule: HealthRule
    violations: tuple[HealthViolation, ...] = ()


@attrs.frozen(kw_only=True)
class HealthImpact(Part):
    """The totals of one impact level."""

    total: int | None = None
    broken_rules: int | None = None
    violations: int | None = None
    weight: int | None = None


@attrs.frozen(kw_only=True)
class HealthReport(Part):
    """The summary of a scan: a score of at most 100 and the impact by level."""

    total_score: float | None = None
    impact: dict[str, HealthImpact] = attrs.field(factory=dict)
    completed_at: AwareDatetime | None = None


@attrs.frozen(kw_only=True)
class RecipeHealth(Model):
    """The newest optimization report of a recipe."""

    checks: tuple[HealthCheck, ...] = ()
    report: HealthReport | None = None
    version: int | None = None


@attrs.frozen(kw_only=True)
class ScanQueued(Model):
    """The response to queueing a scan; ``status`` is ``"enqueued"``."""

    status: str

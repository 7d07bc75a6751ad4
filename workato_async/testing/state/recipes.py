"""Recipes, their versions and their health reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from workato_async.testing.clock import zulu
from workato_async.testing.state.assets import AssetStore
from workato_async.testing.state.health import health_report
from workato_async.testing.state.store import Lazy, Table, insert, known

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workato_async.endpoint import JsonObject
    from workato_async.testing.clock import Clock


class RecipeStore(AssetStore):
    """Recipes and what belongs to them.

    Attributes:
        recipes: by id; ``tags`` is sent only when requested.
        versions: by recipe id, then by version id.
        health_reports: the newest report of a recipe that was scanned, by recipe id.
        unstartable: ids of recipes that cannot be started.
        in_back_off: the seconds for ``Retry-After`` of recipes whose ``poll_now`` returns 429, by recipe id.
        polling: ids of recipes that are already polling, so that ``poll_now`` only says so.
    """

    def __init__(self, clock: Clock, *, seed: int, time_scale: float) -> None:
        super().__init__(clock, seed=seed, time_scale=time_scale)
        self.recipes: Table = {}
        self.versions: Lazy[int] = Lazy(self._first_versions)
        self.health_reports: Table = {}
        self.unstartable: set[int] = set()
        self.in_back_off: dict[int, int] = {}
        self.polling: set[int] = set()

    def add_recipe(
        self,
        *,
        id: int | None = None,  # noqa: A002 - the API's own word
        name: str | None = None,
        folder_id: int | None = None,
        running: bool = False,
        applications: Sequence[str] = ("clock", "slack"),
        description: str | None = None,
        code: str | None = None,
        config: list[JsonObject] | None = None,
        version_no: int = 1,
        tags: Sequence[str] = (),
    ) -> JsonObject:
        """Add a recipe that has run no job yet.

        Args:
            id: its id; the next one if None.
            name: its name.
            folder_id: its folder; that of the first project if None.
            running: whether it runs; it was then started just now.
            applications: the connectors, the trigger's first.
            description: free text.
            code: the steps as JSON text; made from the connectors if None.
            config: one entry per connector; made from ``applications`` and the connections if None.
            version_no: how many versions there are.
            tags: the handles of its tags.

        Raises:
            ConfigurationError: if there is no such folder.
        """
        now = self.now()
        recipe_id = self.new_id("recipe", 10_001, id)
        folder = known(self.folders, self.first_project()["folder_id"] if folder_id is None else folder_id, "folder")
        trigger, *actions = applications
        webhook = f"https://www.workato.com/webhooks/rest/{recipe_id}/event" if trigger == "workato_webhooks" else None
        return insert(
            self.recipes,
            {
                "id": recipe_id,
                "user_id": 4848,
                "name": name or f"New {trigger} event to {', '.join(actions) or trigger} ({recipe_id})",
                "created_at": now,
                "updated_at": now,
                "copy_count": 0,
                "trigger_application": trigger,
                "action_applications": actions,
                "applications": [trigger, *actions],
                "description": description,
                "project_id": folder["project_id"],
                "parameters_schema": [],
                "parameters": {},
                "folder_id": folder["id"],
                "running": running,
                "job_succeeded_count": 0,
                "job_failed_count": 0,
                "lifetime_task_count": 0,
                "last_run_at": now if running else None,
                **dict.fromkeys(("stopped_at", "stop_cause", "trigger_closure", "version_comment")),
                "webhook_url": webhook,
                "config": self.connector_entries(applications) if config is None else config,
                "code": recipe_code(trigger, actions) if code is None else code,
                "version_no": version_no,
                "version_author_name": "Kim Example",
                "version_author_email": "kim@example.com",
                "author_name": "Kim Example",
                "tags": [*tags],
            },
        )

    def change_recipe(self, recipe_id: int, changes: JsonObject) -> None:
        """Change fields of a recipe, which then gets a new version; its connectors follow from its code."""
        recipe = known(self.recipes, recipe_id, "recipe")
        recipe.update(changes)
        if "code" in changes:
            trigger, *actions = applications_in(recipe["code"], recipe["config"])
            recipe.update(trigger_application=trigger, action_applications=actions, applications=[trigger, *actions])
        self.add_version(recipe_id)

    def remove_recipe(self, recipe_id: int) -> None:
        """Delete a recipe, its versions and its report."""
        del self.recipes[recipe_id]
        self.versions.pop(recipe_id, None)
        self.health_reports.pop(recipe_id, None)

    def set_running(self, recipe_id: int, running: bool) -> None:
        """Start or stop a recipe; nothing happens if it is already in that state."""
        recipe = known(self.recipes, recipe_id, "recipe")
        if recipe["running"] != running:
            recipe["running"] = running
            recipe["last_run_at" if running else "stopped_at"] = self.now()

    def add_version(self, recipe_id: int, *, comment: str | None = None) -> JsonObject:
        """Add a version to a recipe, which becomes its newest."""
        recipe = known(self.recipes, recipe_id, "recipe")
        versions = self.versions[recipe_id]
        recipe["version_no"] += 1
        recipe["version_comment"] = comment
        recipe["updated_at"] = self.now()
        version = _version(recipe, recipe["version_no"])
        versions[version["id"]] = version
        return version

    def scan_health(self, recipe_id: int) -> None:
        """Queue a scan of a recipe; its report comes later, unless the recipe is deleted first."""

        def report() -> None:
            if recipe := self.recipes.get(recipe_id):
                self.health_reports[recipe_id] = health_report(recipe, zulu(self.clock.time))

        self.after_processing(report)

    def _first_versions(self, recipe_id: int) -> Table:
        recipe = known(self.recipes, recipe_id, "recipe")
        versions = [_version(recipe, number) for number in range(1, recipe["version_no"] + 1)]
        return {version["id"]: version for version in versions}


def _version(recipe: JsonObject, number: int) -> JsonObject:
    return {
        "id": recipe["id"] * 1_000 + number,
        "comment": recipe["version_comment"] if number == recipe["version_no"] else f"Change {number}",
        "version_no": number,
        "author_name": recipe["version_author_name"],
        "author_email": recipe["version_author_email"],
        "created_at": recipe["updated_at"],
        "updated_at": recipe["updated_at"],
    }


def applications_in(code: str, config: Sequence[JsonObject]) -> list[str]:
    """Return the connectors of a recipe, the trigger's first: those of its steps, of ``config`` if no step has one."""
    try:
        steps = [msgspec.json.decode(code)]
    except msgspec.DecodeError:
        steps = []
    found: list[Any] = []
    while steps:
        step = steps.pop(0)
        if isinstance(step, dict):
            found.append(step.get("provider"))
            steps[:0] = step["block"] if isinstance(step.get("block"), list) else []
    found = [name for name in found if isinstance(name, str) and name] or [entry["provider"] for entry in config]
    return [*dict.fromkeys(found)] or ["clock"]


def recipe_code(trigger: str, actions: Sequence[str]) -> str:
    """Return the ``code`` of a recipe: about a kilobyte of JSON, the trigger with its block of actions."""
    steps = [_step(number, action, "action") for number, action in enumerate(actions, start=1)]
    return msgspec.json.encode({**_step(0, trigger, "trigger"), "block": steps}).decode()


def _step(number: int, provider: str, keyword: str) -> JsonObject:
    return {
        "number": number,
        "provider": provider,
        "name": "new_event" if keyword == "trigger" else "create_record",
        "as": f"step_{number}",
        "title": None,
        "description": f'<span class="provider">{provider}</span> {keyword}',
        "keyword": keyword,
        "dynamicPickListSelection": {},
        "toggleCfg": {"object": True},
        "input": {"object": "contact", "email": "#{_dp('email')}", "limit": "100"},
        "extended_input_schema": [
            {"control_type": "text", "label": "E-mail", "name": "email", "type": "string", "optional": False},
            {"control_type": "integer", "label": "Limit", "name": "limit", "type": "string", "optional": True},
        ],
        "uuid": f"c4b0778d-5a23-4c52-a5bb-{number:012d}",
    }

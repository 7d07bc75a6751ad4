"""Fills a new state: the same numbers and seed give the same workspace."""

from __future__ import annotations

from datetime import timedelta
from itertools import cycle, islice, product
from typing import TYPE_CHECKING

from workato_async.testing.clock import pacific
from workato_async.testing.handlers.project_grants import seed_grants

if TYPE_CHECKING:
    from workato_async.testing.state import State
    from workato_async.testing.state.workspace import Kind

_TRIGGERS = ("salesforce", "clock", "hubspot", "workato_webhooks", "netsuite")
_ACTIONS = ("jira", "slack", "mailchimp", "zendesk")
_PROVIDERS = ("salesforce", "jira", "hubspot", "slack", "netsuite", "mailchimp", "zendesk")
_STOP_CAUSES = (None, "trigger_errors_limit", None, "txn_quota_limit", None)
_LOST_BECAUSE = ("The refresh token was revoked", "invalid_grant: the password has expired", "The account is locked")
_EVENTS = (("recipe_started", "Flow"), ("recipe_stopped", "Flow"), ("user_login", "User"))
_PRIVILEGES = {
    "admin": {"Recipes": ["read", "run", "edit", "delete"], "Connections": ["read", "edit"]},
    "Operator": {"Recipes": ["read", "run"], "Connections": ["read"]},
    "Auditor": {"Recipes": ["read"]},
}
"""Lists of permissions by area; the names of both are our own."""
_ENTRIES = 250
"""How many entries the activity log has: enough for three pages."""


def seed_state(
    state: State,
    *,
    recipes: int,
    jobs: int,
    connections: int,
    lost_connections: int = 0,
    lookup_rows: int,
    environments: bool,
) -> None:
    """Fill a state.

    Args:
        state: an empty state.
        recipes: how many recipes; every second one runs.
        jobs: how many jobs, spread evenly over the running recipes.
        connections: how many connections.
        lost_connections: how many of them are lost: those that recipes use first.
        lookup_rows: how many rows in the first lookup table; a second one is empty.
        environments: whether the workspace has several environments, and deployments between them.
    """
    folders = _seed_folders(state)
    for provider, folder_id in islice(zip(cycle(_PROVIDERS), cycle(folders), strict=False), connections):
        state.add_connection(provider=provider, folder_id=folder_id)
    _seed_recipes(state, recipes, folders)
    running = [recipe["id"] for recipe in state.recipes.values() if recipe["running"]]
    for position, recipe_id in enumerate(running):
        state.plan_jobs(recipe_id, jobs // len(running) + (position < jobs % len(running)))
    _lose_connections(state, lost_connections)
    if environments:
        _seed_deployments(state)
    _seed_lookup_tables(state, lookup_rows)
    _seed_workspace(state, folders, environments)


def _seed_folders(state: State) -> list[int]:
    """Add three projects with two folders each, one inside the other; return the ids of all folders but Home."""
    for name in ("Sales", "Finance", "Support"):
        top = state.add_project(name, description=f"Automations of {name}")["folder_id"]
        inner = state.add_folder(f"{name} imports", parent_id=top)
        state.add_folder(f"{name} archive", parent_id=inner["id"])
    return [folder["id"] for folder in state.folders.values() if folder["project_id"] is not None]


def _lose_connections(state: State, count: int) -> None:
    used = [entry["account_id"] for recipe in state.recipes.values() for entry in recipe["config"]]
    ids = [key for key in dict.fromkeys([*used, *state.connections]) if key in state.connections]
    for days, (connection_id, reason) in enumerate(
        islice(zip(ids, cycle(_LOST_BECAUSE), strict=False), count), start=1
    ):
        state.connections[connection_id]["authorized_at"] = pacific(state.clock.epoch - timedelta(days=90 + days))
        state.lose_connection(connection_id, reason=reason, at=state.clock.epoch - timedelta(days=days))


def _seed_deployments(state: State) -> None:
    project_id = state.first_project()["id"]
    state.add_deployment(project_id, environment_type="test")
    state.add_deployment(project_id, environment_type="prod")
    state.add_deployment(project_id, environment_type="test", state="failed")
    long_ago = pacific(state.clock.time - timedelta(days=7))  # so that the next one need not wait
    for row in (*state.builds.values(), *state.deployments.values()):
        row.update(created_at=long_ago, updated_at=long_ago)


def _seed_recipes(state: State, count: int, folders: list[int]) -> None:
    tags = [state.handle("tag") for _ in range(4)]
    uses = zip(cycle(product(_TRIGGERS, _ACTIONS)), cycle(folders), cycle(_STOP_CAUSES), strict=False)
    for index, (applications, folder_id, stop_cause) in enumerate(islice(uses, count)):
        recipe = state.add_recipe(
            folder_id=folder_id,
            running=index % 2 == 0,
            applications=applications,
            description="Keeps two systems in sync" if index % 3 else None,
            version_no=3,
            tags=tags[: index % 3],
        )
        born = state.clock.epoch - timedelta(days=30, hours=count - index)
        recipe["created_at"] = pacific(born)
        recipe["updated_at"] = pacific(born + timedelta(days=10))
        recipe["last_run_at"] = pacific(born + timedelta(days=11))
        if not recipe["running"]:
            recipe["stopped_at"] = pacific(born + timedelta(days=12))
            recipe["stop_cause"] = stop_cause


def _seed_lookup_tables(state: State, rows: int) -> None:
    table = state.add_lookup_table("Countries", columns=("Code", "Country", "Region"))
    for number in range(rows):
        state.add_lookup_row(
            table["id"], {"Code": f"C{number:05d}", "Country": f"Country {number}", "Region": f"Region {number % 5}"}
        )
    state.add_lookup_table("Currencies", columns=("Code", "Currency"))


def _seed_workspace(state: State, folders: list[int], environments: bool) -> None:
    for name in ("Admin", "Operator", "Analyst"):
        state.add_role(name, folder_ids=folders[:1])
    scopes: tuple[tuple[Kind, str], ...] = (("project", "Project admin"), ("environment", "Environment admin"))
    for scope, admin in scopes:
        for name, kind in ((admin, "system"), ("Operator", "system"), ("Auditor", "custom")):
            state.add_scoped_role(scope, name, type=kind, privileges=_PRIVILEGES[name.rpartition(" ")[2]])
    for name, environment in (("Monitoring", "DEV"), ("Deployment", "PROD")):
        state.add_api_client(name, environment=environment if environments else None)
    group = state.add_on_prem_group("CRM server", use_managed_connection=True, whitelisted_ips=("198.51.100.10",))
    group.update(in_use=True, config_version=9)
    for name in ("primary agent", "secondary agent"):
        state.add_on_prem_agent(group["id"], name, awaiting_setup=False, activated=True)
    state.add_on_prem_group("ERP server")
    for index, (event_type, resource_type) in enumerate(islice(cycle(_EVENTS), _ENTRIES)):
        at = state.clock.epoch - timedelta(minutes=5 * (_ENTRIES - index))
        state.add_activity(event_type, resource_type=resource_type, resource_id=10_001 + index, at=at)
    seed_grants(state)

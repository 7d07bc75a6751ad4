"""The workspace itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async.testing.call import Call, handles
from workato_async.testing.clock import EPOCH, pacific
from workato_async.testing.state.assets import HOME

if TYPE_CHECKING:
    from workato_async.endpoint import JsonObject


@handles("workspace.me")
def me(call: Call) -> JsonObject:
    recipes = call.state.recipes.values()
    return {
        "id": 77,
        "name": "Example",
        "created_at": pacific(EPOCH.replace(year=2024)),
        "plan_id": "enterprise",
        "current_billing_period_start": pacific(EPOCH.replace(day=1)),
        "current_billing_period_end": pacific(EPOCH.replace(month=2, day=1)),
        "recipes_count": len(recipes),
        "company_name": "Example",
        "location": None,
        "contact_phone": None,
        "contact_email": None,
        "about_me": None,
        "email": "team@example.com",
        "active_recipes_count": sum(recipe["running"] for recipe in recipes),
        "root_folder_id": HOME,
    }

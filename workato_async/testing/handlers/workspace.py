"""The workspace itself, and its external secrets manager, which stores nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from workato_async.testing.call import Call, handles
from workato_async.testing.clock import pacific
from workato_async.testing.shapes import OK
from workato_async.testing.state.assets import HOME

if TYPE_CHECKING:
    from workato_async.endpoint import JsonObject


@handles("workspace.me")
def me(call: Call) -> JsonObject:
    recipes, epoch = call.state.recipes.values(), call.state.clock.epoch
    month = epoch.replace(day=1)
    return {
        "id": 77,
        "name": "Example",
        "created_at": pacific(epoch - timedelta(days=745)),
        "plan_id": "enterprise",
        "current_billing_period_start": pacific(month),
        "current_billing_period_end": pacific((month + timedelta(days=31)).replace(day=1)),
        "recipes_count": len(recipes),
        "company_name": "Example",
        **dict.fromkeys(("location", "contact_phone", "contact_email", "about_me")),
        "email": "team@example.com",
        "active_recipes_count": sum(recipe["running"] for recipe in recipes),
        "root_folder_id": HOME,
    }


handles("secrets.clear_cache")(lambda _: OK)

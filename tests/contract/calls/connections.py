"""Connections and those of runtime users."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.example import Example

if TYPE_CHECKING:
    from workato_async.testing import FakeWorkato


def a_runtime_connection(fake: FakeWorkato) -> tuple[int]:
    return (fake.state.add_connection(provider="salesforce", runtime=True, connected=False)["id"],)


EXAMPLES = [
    Example(
        "connections.pick_list",
        (5001,),
        {"pick_list_name": "sobject_fields", "pick_list_params": {"sobject_name": "Account"}},
    ),
    Example(
        "connections.runtime_user.create",
        (),
        {
            "parent_id": 5001,
            "name": "Salesforce of Kim",
            "folder_id": 2001,
            "external_id": "kim",
            "callback_url": "https://app.example.com/authorized",
            "redirect_url": "https://app.example.com/done",
        },
    ),
    Example("connections.runtime_user.oauth_url", a_runtime_connection),
]

"""Connectors of the platform: a fixed excerpt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async.testing.call import Call, handles, missing
from workato_async.testing.family import wrapped
from workato_async.testing.paging import page

if TYPE_CHECKING:
    from workato_async.endpoint import JsonObject

_TITLES = {
    "clock": "Scheduler by Workato",
    "jira": "Jira",
    "netsuite": "NetSuite",
    "salesforce": "Salesforce",
    "slack": "Slack",
}
_WITH_OAUTH = ("jira", "salesforce", "slack")


def _connector(name: str, title: str) -> JsonObject:
    return {
        "name": name,
        "title": title,
        "categories": ["Business"],
        "oauth": name in _WITH_OAUTH,
        "deprecated": False,
        "secondary": False,
        "triggers": [{"name": "new_event", "title": "New event", "deprecated": False, "bulk": False, "batch": False}],
        "actions": [{"name": "do", "title": "Do", "deprecated": False, "bulk": False, "batch": True}],
    }


CONNECTORS = [_connector(name, title) for name, title in _TITLES.items()]


@handles("connectors.get")
def get(call: Call) -> object:
    if not (names := call.text("applications")):
        raise missing("applications")
    return wrapped(call.endpoint, [row for row in CONNECTORS if row["name"] in names.split(",")])


@handles("connectors.list")
def list_connectors(call: Call) -> object:
    cut = page(call, CONNECTORS, default=1)
    around = {"count": len(CONNECTORS), "page": cut.number, "per_page": cut.size}
    return wrapped(call.endpoint, cut.items, around)

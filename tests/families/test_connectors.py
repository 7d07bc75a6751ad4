"""Connectors of the platform."""

from __future__ import annotations

from workato_async import WorkatoSession
from workato_async.testing import FakeWorkato


async def test_connectors_are_found_by_name(workato: WorkatoSession, fake: FakeWorkato) -> None:
    jira, slack = await workato.connectors.get(applications=["slack", "jira", "unknown"]).collect()
    assert (jira.name, jira.oauth, slack.title) == ("jira", True, "Slack")
    assert jira.actions[0].batch is True
    assert fake.requests[0].query == [("applications", "slack,jira,unknown")]


async def test_all_of_them_are_walked_to_the_count(workato: WorkatoSession, fake: FakeWorkato) -> None:
    names = [connector.name async for connector in workato.connectors.list(per_page=2)]
    assert names == ["clock", "jira", "netsuite", "salesforce", "slack"]
    assert fake.sent("connectors.list") == 3
    assert fake.requests[0].query == [("page", "1"), ("per_page", "2")]

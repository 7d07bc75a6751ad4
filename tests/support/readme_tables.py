"""The README's tables, rendered from the endpoint table: ``python -m tests.support.readme_tables`` writes them."""

from __future__ import annotations

import re
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.facts import FACTS
from workato_async import ENDPOINTS, Endpoint, Quota
from workato_async.limits.quota import STANDARD

if TYPE_CHECKING:
    from collections.abc import Iterable

README = Path(__file__).parents[2] / "README.md"
_BY_ID = {endpoint.id: endpoint for endpoint in ENDPOINTS}
_GROUPS = {
    group: [_BY_ID[fact["id"]] for fact in facts if fact["id"] in _BY_ID]
    for group, facts in groupby(FACTS.values(), lambda fact: fact["group"])
}


def quota_table() -> str:
    """Render the quotas: one row per quota, with its endpoints."""
    special: dict[Quota, list[str]] = {}
    shared: dict[str, list[str]] = {}
    for endpoint in ENDPOINTS:
        if endpoint.shared_quota:
            words = f"{_words(endpoint.quota)} for all of {endpoint.shared_quota}"
            shared.setdefault(words, []).append(f"`{endpoint.id}`")
        elif endpoint.quota != STANDARD:
            special.setdefault(endpoint.quota, []).append(f"`{endpoint.id}`")
    rows = ["| quota | endpoints |", "|---|---|"]
    for quota in sorted(special, key=lambda quota: quota.requests / quota.per):
        rows.append(f"| {_words(quota)} | {', '.join(special[quota])} |")
    rows += [f"| {words} | {', '.join(ids)} |" for words, ids in shared.items()]
    others = len(ENDPOINTS) - sum(map(len, [*special.values(), *shared.values()]))
    rows.append(f"| {_words(STANDARD)} | each of the other {others} |")
    return "\n".join(rows)


def coverage_table() -> str:
    """Render the number of endpoints per group, and how many of them the official client supports."""
    rows = ["| group | `workato_async` | `workato-platform-cli` 1.0.7 |", "|---|---|---|"]
    for group, endpoints in _GROUPS.items():
        rows.append(f"| {group} | {len(endpoints)} | {_official(endpoints) or '-'} |")
    rows.append(f"| **all** | **{len(ENDPOINTS)}** | **{_official(ENDPOINTS)}** |")
    return "\n".join(rows)


def endpoint_tables() -> str:
    """Render every endpoint, in one folded table per group."""
    parts = []
    for group, endpoints in _GROUPS.items():
        parts += [f"<details><summary>{group}</summary>", "", "| method | endpoint | quota |", "|---|---|---|"]
        parts += [f"| `{_method(one)}` | `{one.key}` | {_words(one.quota)}{_shared(one)} |" for one in endpoints]
        parts += ["", "</details>", ""]
    return "\n".join(parts).rstrip()


TABLES = {"quotas": quota_table, "coverage": coverage_table, "endpoints": endpoint_tables}


def rendered(text: str) -> str:
    """Return the README's text with its tables and the number of endpoints up to date."""
    for name, render in TABLES.items():
        head, begin, rest = re.split(rf"(<!-- {name}: rendered[^\n]*-->\n)", text)
        _, end, tail = re.split(rf"(<!-- {name}: end -->)", rest)
        text = f"{head}{begin}{render()}\n{end}{tail}"
    return re.sub(r"all \d+(?=\sdocumented endpoints)", f"all {len(ENDPOINTS)}", text)


def _official(endpoints: Iterable[Endpoint[Any]]) -> int:
    return sum(FACTS[endpoint.id]["official_client"] for endpoint in endpoints if endpoint.id in FACTS)


def _method(endpoint: Endpoint[Any]) -> str:
    return re.sub(r"\bimport$", "import_", endpoint.id)


def _shared(endpoint: Endpoint[Any]) -> str:
    return f", all of {endpoint.shared_quota}" if endpoint.shared_quota else ""


def _words(quota: Quota) -> str:
    window = {1: "a second", 60: "a minute", 3600: "an hour"}[int(quota.per)]
    return f"{quota.requests:,} {window}"


if __name__ == "__main__":
    README.write_text(rendered(README.read_text()))

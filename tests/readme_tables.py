"""The tables of the README that are rendered from the endpoint table. ``python -m tests.readme_tables`` writes them."""

from __future__ import annotations

import re
from pathlib import Path

from workato_async import ENDPOINTS, Quota
from workato_async.limits.quota import STANDARD

README = Path(__file__).parent.parent / "README.md"


def quota_table() -> str:
    """Render the quotas: one row for each endpoint that has one of its own, and one for all the others."""
    rows = ["| endpoint | method | quota |", "|---|---|---|"]
    special = [endpoint for endpoint in ENDPOINTS if endpoint.quota != STANDARD]
    for endpoint in sorted(special, key=lambda e: (e.quota.per / e.quota.requests, e.id), reverse=True):
        rows.append(f"| `{endpoint.key}` | `{endpoint.id}` | {_words(endpoint.quota)} |")
    rows.append(f"| the other {len(ENDPOINTS) - len(special)} endpoints, each | | {_words(STANDARD)} |")
    return "\n".join(rows)


def rendered(text: str) -> str:
    """Give the README's text with its tables as they must be."""
    pattern = r"(<!-- quotas: rendered[^\n]*-->\n).*?(<!-- quotas: end -->)"
    return re.sub(pattern, lambda match: f"{match[1]}{quota_table()}\n{match[2]}", text, flags=re.DOTALL)


def _words(quota: Quota) -> str:
    window = {1: "a second", 60: "a minute", 3600: "an hour"}[int(quota.per)]
    return f"{quota.requests} {window}"


if __name__ == "__main__":
    README.write_text(rendered(README.read_text()))

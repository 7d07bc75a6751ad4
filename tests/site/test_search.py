"""The search of the site finds the right page first."""

from __future__ import annotations

import re

from tests.site.conftest import Site
from tests.support.chromium import Tab

QUESTIONS = {
    "repeat": "cookbook/repeat-failed-jobs",
    "repeat failed jobs": "cookbook/repeat-failed-jobs",
    "rate limit": "guide/pacing",
    "429": "guide/pacing",
    "two sessions quota": "guide/processes",
    "redis": "guide/processes",
    "convert model to dict": "guide/objects",
    "to_dict": "guide/objects",
    "synchronous": "guide/blocking",
    "failed jobs 24 hours": "cookbook/failed-jobs",
    "list jobs by date": "guide/lists",
    "which object failed error path": "errors",
    "sync lookup table csv": "cookbook/lookup-table-from-csv",
    "back up recipes": "cookbook/back-up-recipes",
    "rotate token": "cookbook/rotate-a-token",
    "lost connections": "cookbook/lost-connections",
    "audit log siem": "cookbook/audit-log",
    "celery": "cookbook/celery",
    "fastapi": "cookbook/fastapi",
    "event loop": "troubleshooting",
    "wk cli": "coming-from",
    "slow tests": "guide/testing",
    "undo recipes stop": "guide/command-line",
    "proxy": "troubleshooting",
    "install": "quick-start",
    "deploy github actions": "cookbook/promote",
    # Whole questions, and other words for the same.
    "how to install": "quick-start",
    "serialize to json": "guide/objects",
    "404 not found": "troubleshooting",
    "How do I mock Workato in pytest?": "guide/testing",
    "which recipes are using a connection": "cookbook/lost-connections",
    "deploy to production": "cookbook/promote",
    "requests per minute": "guide/pacing",
    "is it idempotent": "guide/retries",
    "retry after": "guide/retries",
    "belongs to another event loop": "troubleshooting",
    "object Pages can't be used in await": "troubleshooting",
    "time_scale": "guide/testing",
    "managed users": "guide/customers",
    "task usage": "cookbook/usage-report",
    "config file profile": "guide/command-line",
    "environment variables": "guide/command-line",
    "dry run": "guide/command-line",
    "ids from stdin": "guide/command-line",
    "one session per request": "guide/processes",
    "throttling": "guide/pacing",
    "too many requests": "guide/pacing",
    "prometheus": "guide/logging",
    "git backup": "cookbook/back-up-recipes",
    "checkpoint": "tutorial",
    "breaking changes": "upgrade",
    "which privilege does my token need": "reference/privileges",
    "workato-async auth login": "guide/command-line",
    "pagination": "guide/lists",
    "gunicorn workers": "guide/processes",
    "jupyter": "cookbook/notebook",
    "splunk": "cookbook/audit-log",
    "export package zip": "guide/operations",
    "mypy types": "guide/objects",
    "FakeWorkato": "reference/testing",
    "how long will it take": "guide/pacing",
    "kubernetes": "guide/processes",
    "retry failed jobs": "cookbook/repeat-failed-jobs",
    # Pasted from a terminal or from code.
    "workato-async recipes stop --folder Sales --dry-run": "guide/command-line",
    "workato-async jobs repeat-failed --since 24h": "cookbook/repeat-failed-jobs",
    "workato-async: command not found": "troubleshooting",
    "ModuleNotFoundError": "troubleshooting",
    "AuthenticationError: GET /api/recipes on www.workato.com: HTTP 401: Unauthorized": "troubleshooting",
    "HTTP 500": "guide/retries",
    "HTTP 403: Forbidden": "troubleshooting",
    "https://app.eu.workato.com": "troubleshooting",
    "sqlite:///workato.db": "guide/mirror",
    "CERTIFICATE_VERIFY_FAILED": "troubleshooting",
    "attached to a different loop": "troubleshooting",
    "Unclosed client session": "troubleshooting",
}
"""What people type, and the page that should come first."""
CLEAR = """(() => {
    const field = document.querySelector(".md-search__input");
    field.focus();
    field.value = "";
    field.dispatchEvent(new Event("keyup"));
})()"""
FIRST = "document.querySelector('.md-search-result__link')?.href"


async def ask(tab: Tab, words: str) -> str:
    """Type into the search field, and return the page that is found first."""
    await tab.evaluate(CLEAR)
    await tab.appears(".md-search-result__meta", "!document.querySelector('.md-search-result__link')")
    await tab.write(words)
    await tab.appears(".md-search-result__meta", "it.textContent.includes('matching')")
    return str(await tab.evaluate(FIRST))


def test_the_right_page_comes_first(site: Site) -> None:
    wrong: list[str] = []

    async def search() -> None:
        [tab, *_] = site.tabs
        await tab.resize(1280)
        await tab.go(f"{site.url}reference/session/")
        for words, page in QUESTIONS.items():
            found = await ask(tab, words)
            if not re.match(rf"{site.url}{page}/(?:\?|#|$)", found):
                wrong.append(f"{words}: {found.removeprefix(site.url)} instead of {page}")

    site.run(search())
    assert "\n".join(wrong) == ""

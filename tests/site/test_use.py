"""What people do on the site: copy code, open the menu of a phone, prefer dark."""

from __future__ import annotations

import pytest

from tests.site.conftest import Site

BUTTON = "div.language-%s button[data-clipboard-target]"
COPY = """(async () => {
    document.querySelector("%s").click();
    return await navigator.clipboard.readText();
})()"""
OPEN_MENU = """new Promise((opened) => {
    const menu = document.querySelector(".md-sidebar--primary");
    menu.addEventListener("transitionend", ({ target, propertyName }) =>
        target === menu && propertyName === "transform" && opened());
    document.querySelector(".md-header label[for=__drawer]").click();
}).then(() => {
    const box = document.querySelector(".md-sidebar--primary").getBoundingClientRect();
    return [box.left, box.right > 200, document.elementFromPoint(box.right - 40, 100).closest(".md-sidebar") !== null];
})"""
BRIGHTNESS = """["background-color", "color"].map((property) => {
    const style = getComputedStyle(document.querySelector(".md-typeset p"));
    const shown = property === "color" ? style : getComputedStyle(document.body);
    const [red, green, blue] = shown.getPropertyValue(property).match(/[\\d.]+/g).map(Number);
    return (red + green + blue) / 3;
})"""
PHONE = """[
    [...document.querySelectorAll(".md-content td:first-child > a > code")]
        .every((one) => one.getClientRects().length === 1),
    [...document.querySelectorAll(".md-content p > img")].every((one) => one.width >= 600),
    [...document.querySelectorAll(".language-text:not(.aligned) code")]
        .every((one) => one.scrollWidth <= one.clientWidth),
]"""


@pytest.mark.parametrize(
    ("page", "language", "copied"),
    [
        ("reference/commands", "sh", "workato-async access report --csv > access.csv"),
        # Without the prompt, and without what the command prints.
        ("guide/command-line", "console", "workato-async recipes stop --folder Sales --dry-run"),
        ("guide/command-line", "toml", '[prod]\ntoken = "keyring:"\ndata_center = "eu"\n\n[sandbox]\n'),
    ],
)
def test_copied_code(site: Site, page: str, language: str, copied: str) -> None:
    async def copy() -> None:
        [tab, *_] = site.tabs
        await tab.permit_clipboard()
        await tab.resize(1280)
        await tab.go(f"{site.url}{page}/")
        button = BUTTON % language
        await tab.appears(button)
        text = str(await tab.evaluate(COPY % button))
        assert text.startswith(copied)
        assert "$ " not in text
        assert "would stop" not in text

    site.run(copy())


def test_the_menu_of_a_phone(site: Site) -> None:
    async def look() -> None:
        [tab, *_] = site.tabs
        await tab.resize(390)
        await tab.go(f"{site.url}guide/command-line/")
        assert await tab.evaluate(OPEN_MENU) == [0, True, True]

    site.run(look())


def test_light_and_dark(site: Site) -> None:
    async def look() -> None:
        [tab, *_] = site.tabs
        await tab.resize(1280)
        for scheme in ("dark", "light"):
            await tab.prefer(scheme)
            await tab.go(f"{site.url}guide/command-line/")
            background, text = await tab.evaluate(BRIGHTNESS)
            assert (background < 64 and text > 150) if scheme == "dark" else (background > 240 and text < 64), scheme

    site.run(look())


def test_a_phone(site: Site) -> None:
    """Names in tables are in one piece, pictures can be read, and messages do not scroll."""

    async def look() -> None:
        [tab, *_] = site.tabs
        await tab.resize(390)
        for page in ("errors", "guide/pacing"):
            await tab.go(f"{site.url}{page}/")
            assert await tab.evaluate(PHONE) == [True, True, True], page

    site.run(look())

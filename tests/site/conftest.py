"""The site, built once and served on this machine, and a browser that looks at it."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest
from aiohttp import web

from tests.support.chromium import Tab, find_chromium, open_tabs
from tests.support.documents import ROOT

TABS = 2
"""As many as this may take processors."""
NO_SEARCH = {"X-Search": "none"}
"""A header with which the index of the search is empty: making it takes a quarter of the time of a page."""
EMPTY_INDEX = {"config": {"lang": ["en"], "separator": " ", "pipeline": ["stopWordFilter"], "fields": {}}, "docs": []}
LONGEST = 180.0
"""Seconds after which a test that hangs fails."""


@attrs.frozen
class Site:
    """The site in a browser.

    Attributes:
        folder: where it was built.
        url: where it is served.
        tabs: pages of the browser, which prefer light, and are wide.
    """

    folder: Path
    url: str
    tabs: list[Tab]
    _runner: asyncio.Runner

    def run(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """Run a test in the loop of the server and the browser."""
        self._runner.run(asyncio.wait_for(coroutine, LONGEST))

    def pages(self) -> list[str]:
        """Return the paths of all pages."""
        return sorted(path.parent.relative_to(self.folder).as_posix() for path in self.folder.rglob("index.html"))


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site; a warning fails it."""
    mkdocs = shutil.which("mkdocs", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if mkdocs is None:
        pytest.skip("needs the dependency group docs")
    folder = tmp_path_factory.mktemp("site")
    command = [mkdocs, "build", "--strict", "--site-dir", str(folder)]  # --quiet would not count warnings
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    build = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if build.returncode:
        pytest.fail(build.stderr, pytrace=False)
    return folder


@pytest.fixture(scope="session")
def site(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    chromium = find_chromium()
    if chromium is None:
        pytest.skip("needs Chromium")
    with asyncio.Runner() as runner:
        opened = _open(built, chromium, tmp_path_factory.mktemp("profile"))
        url, tabs = runner.run(opened.__aenter__())
        yield Site(built, url, tabs, runner)
        runner.run(opened.__aexit__(None, None, None))


@asynccontextmanager
async def _open(folder: Path, chromium: str, profile: Path) -> AsyncIterator[tuple[str, list[Tab]]]:
    async with _served(folder) as url, open_tabs(chromium, profile, TABS) as tabs:
        yield url, tabs


@asynccontextmanager
async def _served(folder: Path) -> AsyncIterator[str]:
    async def send(request: web.Request) -> web.StreamResponse:
        path = folder / request.match_info["path"]
        if not (found := path / "index.html" if path.is_dir() else path).exists():
            raise web.HTTPNotFound
        if found.name == "search_index.json":
            return (
                web.json_response(EMPTY_INDEX)
                if NO_SEARCH.items() <= request.headers.items()
                else web.FileResponse(found)
            )
        return web.FileResponse(found, headers={"Cache-Control": "max-age=600"})

    app = web.Application()
    app.router.add_get("/{path:.*}", send)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()

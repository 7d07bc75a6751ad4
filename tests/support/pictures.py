"""The picture of the demo, ``docs/assets/demo.svg``: ``python -m tests.support.pictures`` draws it anew.

It is the demo itself, in virtual time: the live panel half-way through, then the end. The other pictures in the folder
are written by hand.
"""

from __future__ import annotations

import inspect
import re
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
from rich.console import Console
from rich.terminal_theme import TerminalTheme

from tests.support import virtual_time
from workato_async.cli.demo.command import demo
from workato_async.cli.demo.live_view import LiveView
from workato_async.cli.demo.progress import Stage
from workato_async.cli.demo.run import Settings, run_demo

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from workato_async.cli.demo.summary import Summary
    from workato_async.cli.demo.view import Snapshot

PICTURES = Path(__file__).parents[2] / "docs" / "assets"
DEMO = PICTURES / "demo.svg"
COMMAND = "workato-async demo"
DESCRIPTION = """\
A terminal. Half-way through the job: progress bars for recipes, jobs and repeats, and a table of three endpoints with
quota, free permits, waiting and sent calls; the column of 429s is all zeros. At the end: every input has a result and
no call was rate limited."""
THEME = TerminalTheme(
    (22, 27, 34),
    (214, 219, 225),
    [(48, 54, 61), (255, 123, 114), (86, 211, 100), (227, 179, 65), (121, 192, 255), (210, 168, 255), (86, 212, 221),
     (214, 219, 225)],
)  # fmt: skip
# Rich's own format loads a font from a CDN.
FORMAT = f"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {{width}} {{height}}" role="img" aria-labelledby="title desc">
<title id="title">{COMMAND}</title>
<desc id="desc">{DESCRIPTION}</desc>
<style>
.{{unique_id}}-matrix {{{{ font: {{char_height}}px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace }}}}
.{{unique_id}}-title {{{{ font: 600 17px system-ui, "Segoe UI", Helvetica, Arial, sans-serif }}}}
{{styles}}
</style>
{{chrome}}
<g transform="translate({{terminal_x}}, {{terminal_y}})">
{{backgrounds}}<g class="{{unique_id}}-matrix">
{{matrix}}
</g>
</g>
</svg>
"""


class _Picture(LiveView):
    """The live view, with the panel as it was half-way through."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._drawn: float | None = None

    def opened(self, introduction: str) -> AbstractContextManager[object]:
        self._console.print(f"[green]$[/] [bold]{COMMAND}[/]", highlight=False)
        return super().opened(re.sub(r"(http://127\.0\.0\.1):\d+", r"\1:8000", introduction))

    def show(self, snapshot: Snapshot) -> None:
        jobs = snapshot.board.stages[Stage.JOBS]
        if self._drawn is None and jobs.done * 2 >= jobs.total:
            self._drawn = snapshot.seconds
            super().show(snapshot)

    def close(self, summary: Summary) -> None:
        assert self._drawn is not None
        self._console.print(f"\n\n[dim]... {summary.seconds - self._drawn:.0f} seconds later[/]", highlight=False)
        super().close(summary)


def default_settings() -> Settings:
    """Return the settings of the command without options."""
    options = inspect.signature(demo).parameters
    return Settings(**{field.name: options[field.name].default for field in attrs.fields(Settings)})


def draw_demo(settings: Settings) -> str:
    """Return the picture of a demo."""
    # Not a terminal: the panel is printed once, when it is left.
    console = Console(
        file=StringIO(), force_terminal=False, legacy_windows=False, width=80, color_system="truecolor", record=True
    )
    virtual_time.run(run_demo(settings, _Picture(console)))
    svg = console.export_svg(title=COMMAND, theme=THEME, code_format=FORMAT, font_aspect_ratio=0.6, unique_id="demo")
    svg = re.sub(r' clip-path="[^"]*"', "", svg)
    # With another font, only the gaps would be stretched otherwise, and tear the bars apart.
    svg = svg.replace(" textLength", ' lengthAdjust="spacingAndGlyphs" textLength')
    return re.sub(r"(</text>)(?=<)", r"\1\n", svg)


if __name__ == "__main__":
    DEMO.write_text(draw_demo(default_settings()), encoding="utf-8", newline="\n")

"""The charts, as SVG. Their colors are variables of the page, so that it can be light or dark."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import vl_convert

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workato_async.mirror.html_report.figures import Day

_STATES = {"failed": "var(--failed)", "other": "var(--other)", "succeeded": "var(--succeeded)"}
_CONFIG: Mapping[str, Any] = {
    "background": None,
    "font": "system-ui, sans-serif",
    "view": {"stroke": None},
    "axis": {
        "domainColor": "var(--line)", "gridColor": "var(--line)", "labelColor": "var(--text)", "labelFontSize": 12,
        "ticks": False, "labelPadding": 6, "title": None,
    },
    "legend": {"labelColor": "var(--text)", "labelFontSize": 12, "orient": "top", "title": None},
    "text": {"color": "var(--text)", "fontSize": 12},
}  # fmt: skip


def jobs_per_day(days: Sequence[Day]) -> str:
    """Return a chart of the jobs of every day: failed ones at the bottom, where they can be compared."""
    rows = [
        {
            "day": day.day.isoformat(),
            "state": state,
            "place": place,
            "jobs": (jobs := getattr(day, state)),
            "text": f"{day.day:%d %b %Y}: {jobs:,} {state}",
        }
        for day in days
        for place, state in enumerate(_STATES)
    ]
    days_axis = {"grid": False, "format": "%d %b", "labelOverlap": True, "labelSeparation": 12, "labelFlush": False}
    return _svg(
        {
            "description": "Jobs per day, by state",
            "width": 860,
            "height": 220,
            "data": {"values": rows},
            "mark": "bar",
            "encoding": {
                # Read as UTC, which a date without a time is, and shown as UTC.
                "x": {"field": "day", "type": "temporal", "timeUnit": "utcyearmonthdate", "axis": days_axis},
                "y": {"field": "jobs", "type": "quantitative", "axis": {"domain": False, "tickMinStep": 1}},
                "color": {
                    "field": "state",
                    "type": "nominal",
                    "scale": {"domain": [*_STATES], "range": [*_STATES.values()]},
                },
                "order": {"field": "place", "type": "quantitative"},
                "description": {"field": "text", "type": "nominal"},
            },
        }
    )


def failures(description: str, bars: Sequence[tuple[str, int]]) -> str:
    """Return a chart with a bar for each name, in this order, and the number at its end."""
    rows = [
        {"place": place, "name": name, "jobs": jobs, "text": f"{name}: {jobs:,} failed"}
        for place, (name, jobs) in enumerate(bars)
    ]
    return _svg(
        {
            "description": description,
            "width": 460,
            "height": {"step": 26},
            "data": {"name": "bars", "values": rows},
            "encoding": {
                "y": {
                    "field": "place",
                    "type": "ordinal",
                    # By place, so that equal names are two bars.
                    "axis": {
                        "domain": False,
                        "labelExpr": "data('bars')[datum.value].name",
                        "labelLimit": 270,
                        "minExtent": 350,  # the reader's font may be wider than the one measured here
                    },
                },
                "x": {"field": "jobs", "type": "quantitative", "axis": None},
                "description": {"field": "text", "type": "nominal"},
            },
            "layer": [
                {"mark": {"type": "bar", "color": "var(--failed)", "height": 16}},
                {
                    "mark": {"type": "text", "align": "left", "dx": 6, "aria": False},
                    "encoding": {"text": {"field": "jobs", "type": "quantitative", "format": ","}},
                },
            ],
        }
    )


def _svg(spec: Mapping[str, Any]) -> str:
    svg = vl_convert.vegalite_to_svg({**spec, "config": _CONFIG}, allowed_base_urls=[])
    svg = _BAR.sub(r"\1><title>\2</title></path>", svg)  # browsers show it while the pointer is on the bar
    return f'<div class="chart" tabindex="0">{svg}</div>'


_BAR = re.compile(r'(<path aria-label="([^"]*)" role="graphics-symbol" aria-roledescription="bar"[^>]*)/>')

"""Cells that a spreadsheet would take for a formula: made harmless, and restored."""

from __future__ import annotations

import re

_FORMULA = re.compile(r"(?!\s*[+-]?[\d.,]+%?\s*\Z)[=+\-@\t\r]")
"""The beginning of a cell that is calculated; a number is what it looks like."""
_DEFUSED = re.compile(r"'+[=+\-@\t\r]")


def defused(text: str) -> str:
    """Return a cell that a spreadsheet shows as it is: one apostrophe more in front of what looks like a formula.

    It can be taken back: a cell that already looks like that gets another apostrophe.
    """
    return f"'{text}" if _FORMULA.match(text) or _DEFUSED.match(text) else text


def restored(text: str) -> str:
    """Return the text that :func:`defused` made harmless; other text stays as it is."""
    return text[1:] if _DEFUSED.match(text) else text

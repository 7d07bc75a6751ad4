"""Cells that a spreadsheet would take for a formula: made harmless, and restored."""

from __future__ import annotations

import re

_CALCULATED = "[=+\\-@\\t\\r\\n\uff1d\uff0b\uff0d\uff20]"
"""The beginning of a cell that is calculated; full-width characters are, too, in Japanese editions.

Source: OWASP, "CSV Injection".
"""
_FORMULA = re.compile(_CALCULATED)
_NUMBER = re.compile(r"\s*[+-]?[\d.,]+%?\s*")
_DEFUSED = re.compile(f"'+{_CALCULATED}")


def defused(text: str, *, numbers: bool = True) -> str:
    """Return a cell that a spreadsheet shows as it is: one apostrophe more in front of what looks like a formula.

    It can be taken back: a cell that already looks like that gets another apostrophe.

    Args:
        text: the cell.
        numbers: whether what looks like a number is one and stays: in files all cells are text.
    """
    if numbers and _NUMBER.fullmatch(text):
        return text
    return f"'{text}" if _FORMULA.match(text) or _DEFUSED.match(text) else text


def restored(text: str) -> str:
    """Return the text that ``defused`` made harmless; other text stays as it is."""
    return text[1:] if _DEFUSED.match(text) else text

"""Check: one finding."""

from __future__ import annotations

from typing import Literal

import attrs

Status = Literal["ok", "warning", "failed"]


@attrs.frozen
class Check:
    """What was found about one part.

    Attributes:
        name: the name of the part, e.g. ``"token"``.
        status: ``"failed"`` if calls cannot work, ``"warning"`` if some may not.
        detail: what was found.
        next_step: what to do about it; empty if there is nothing to do.
    """

    name: str
    status: Status
    detail: str
    next_step: str = ""

    def __str__(self) -> str:
        return f"{self.status}: {self.name}: {self.detail}{f'. {self.next_step}' if self.next_step else ''}"

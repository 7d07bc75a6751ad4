"""The facts about the API that the package's table of endpoints is held against."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workato_async.resources import ENDPOINTS

if TYPE_CHECKING:
    from workato_async.endpoint import AnyEndpoint

FACTS: dict[str, dict[str, Any]] = {
    fact["id"]: fact for fact in json.loads((Path(__file__).parent / "endpoints.json").read_bytes())
}
"""What is documented of every endpoint, by id.

``query`` and ``body`` give the type of each parameter by its name on the wire; names in the body are those inside its
``body_wrapper``. ``statuses`` are the documented ones where success is not simply 200, and what only this endpoint
responds with. ``confidence`` is ``documented`` (request and response), ``partly`` (some part is unconfirmed) or
``inferred`` (from other clients, or from a similar endpoint).
"""

BY_ID: dict[str, AnyEndpoint] = {endpoint.id: endpoint for endpoint in ENDPOINTS}
CHECKED = tuple(id_ for id_ in FACTS if id_ in BY_ID)
"""The ids of the endpoints that have a fact; ``tests/contract/test_completeness.py`` names the others."""


def keyword(parameter: str) -> str:
    """Return the name that a method has: ``handle_in`` for ``q[handle_in]``, ``a`` for ``a[]``, ``b`` for ``a.b``."""
    name = re.sub(r"^q\[(\w+)\]$", r"\1", parameter).partition("[")[0].rpartition(".")[2]
    return "from_" if name == "from" else name

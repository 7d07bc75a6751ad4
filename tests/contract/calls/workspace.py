"""Workspace details."""

from __future__ import annotations

from tests.contract.example import Example

EXAMPLES = [Example("workspace.me")]

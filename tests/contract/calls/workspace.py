"""Workspace details."""

from __future__ import annotations

from tests.support.example import Example

EXAMPLES = [Example("workspace.me")]

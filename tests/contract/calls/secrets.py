"""The external secrets manager."""

from __future__ import annotations

from tests.support.example import Example

EXAMPLES = [Example("secrets.clear_cache")]

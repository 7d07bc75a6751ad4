"""The external secrets manager."""

from __future__ import annotations

from tests.contract.example import Example

EXAMPLES = [Example("secrets.clear_cache")]

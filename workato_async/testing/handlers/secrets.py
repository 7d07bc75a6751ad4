"""The external secrets manager; nothing is stored."""

from __future__ import annotations

from workato_async.testing.call import handles
from workato_async.testing.shapes import OK

handles("secrets.clear_cache")(lambda _: OK)

"""Without an extra, the module that needs it says which one is missing."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("module", "needs", "extra"),
    [
        ("workato_async.limits.redis", "redis", "redis"),
        ("workato_async.mirror", "sqlalchemy", "mirror"),
        ("workato_async.otel", "opentelemetry", "otel"),
    ],
)
def test_the_missing_extra_is_named(module: str, needs: str, extra: str) -> None:
    program = f"""
import sys
sys.modules[{needs!r}] = None
import workato_async
try:
    import {module}
except ModuleNotFoundError as error:
    print(error)
"""
    out = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert f"install workato-async[{extra}]" in out

"""Pickling as Dask does it: functions by value where they cannot be imported."""

from __future__ import annotations

from typing import Any

from distributed.protocol import pickle


def dumps(value: object) -> bytes:
    """Return a pickle of a value."""
    packed: bytes = pickle.dumps(value)
    return packed


def loads(packed: bytes) -> Any:
    """Return the value of a pickle."""
    return pickle.loads(packed)

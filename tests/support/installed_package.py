"""Check that the package is an installed one, with everything that is not Python: ``python -m`` this module."""

from __future__ import annotations

import importlib.metadata
import sysconfig
from importlib.resources import files
from pathlib import Path

import workato_async
from workato_async.limits.redis.link import PARTS, script


def main() -> None:
    where = Path(workato_async.__file__).resolve()
    installed = Path(sysconfig.get_path("purelib")).resolve()
    assert where.is_relative_to(installed), f"{where} is not under {installed}"
    assert files("workato_async").joinpath("py.typed").is_file(), "type checkers find no py.typed"
    text, digest = script(*PARTS)
    assert all(marker in text for marker in ("new_room", "grant")), "the Redis script is not complete"
    assert digest
    entry_points = importlib.metadata.entry_points()
    (plugin,) = entry_points.select(group="pytest11", name="workato_async")
    assert hasattr(plugin.load(), "fake_workato")
    (command,) = entry_points.select(group="console_scripts", name="workato-async")
    assert callable(command.load())


if __name__ == "__main__":
    main()

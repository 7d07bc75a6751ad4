"""Keeps a database in sync with a workspace. Extra ``mirror``.

```py
async with WorkatoSession() as workato, Mirror(workato, "sqlite:///workato.db") as mirror:
    report = await mirror.run(streams=["recipes", "jobs"])
    print(report["jobs"].added)
```

There is one table per stream, with the fields of the model, the whole object as ``json``, and ``deleted_at``.
"""

try:
    import sqlalchemy  # noqa: F401 - only to name what is missing
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        "the mirror needs SQLAlchemy and a driver: pip install 'workato-async[mirror]'", name=error.name
    ) from error

from workato_async.mirror.errors import MirrorError
from workato_async.mirror.mirror import Mirror
from workato_async.mirror.report import MirrorReport, Progress, StreamReport, StreamStatus
from workato_async.mirror.streams import STREAMS

__all__ = ["STREAMS", "Mirror", "MirrorError", "MirrorReport", "Progress", "StreamReport", "StreamStatus"]

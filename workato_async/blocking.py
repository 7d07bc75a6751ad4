"""The same API without ``await``, for synchronous code: scripts, threads, notebooks, Celery, Airflow, Django.

```py
from workato_async.blocking import Workato

with Workato(data_center="eu") as workato:
    for recipe in workato.recipes.list(running=True):
        print(recipe.name)
    for outcome in workato.fan_out(workato.recipes.get, ids):
        ...
```

Write ``for`` where the asynchronous API takes ``async for``, and a plain call where it takes ``await``; ``await
operation`` becomes ``operation.start()``. The type stub beside this module says what each method returns.
"""

from workato_async._blocking.mirror import Mirror
from workato_async._blocking.proxies import Api, Operation, Pages, Watch
from workato_async._blocking.workato import Workato

__all__ = ["Api", "Mirror", "Operation", "Pages", "Watch", "Workato"]

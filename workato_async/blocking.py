"""The same API without ``await``, for synchronous code: scripts, threads, notebooks, Celery, Airflow, Django.

::

    from workato_async.blocking import Workato

    with Workato(data_center="eu") as workato:
        for recipe in workato.recipes.list(running=True):
            print(recipe.name)
        for outcome in workato.fan_out(workato.recipes.get, ids):
            ...

What ``async for`` iterates over is iterated over with ``for``; what is awaited is called. ``await operation`` is
``operation.start()``. The type stub beside this module says what each method returns.
"""

from workato_async._blocking.mirror import Mirror
from workato_async._blocking.proxies import Api, Operation, Pages, Watch
from workato_async._blocking.workato import Workato

__all__ = ["Api", "Mirror", "Operation", "Pages", "Watch", "Workato"]

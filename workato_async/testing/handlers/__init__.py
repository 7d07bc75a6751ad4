"""The handlers, one module per family of endpoints; importing a module registers its handlers.

There is one function per endpoint, ``@handles("family.verb")``, which takes a ``Call`` and returns what is sent as
JSON; the data are tables in ``workato_async.testing.state``. Paths, methods, quotas and page sizes come from the
endpoint table. For an endpoint of that table without a handler, the server returns a placeholder
(``workato_async.testing.placeholder``).
"""

from importlib import import_module
from pkgutil import iter_modules

for _module in iter_modules(__path__, f"{__name__}."):
    import_module(_module.name)

"""What the server answers, one module for each family of endpoints; importing them registers their handlers.

A family is a function for each of its endpoints, ``@handles("family.verb")``, from a :class:`Call` to what is sent as
JSON; its data are tables in :mod:`workato_async.testing.state`. Paths, methods, quotas and the lengths of pages come
from the endpoint table. An endpoint of that table without a handler keeps the server from being made.
"""

from workato_async.testing.handlers import activity_logs as activity_logs
from workato_async.testing.handlers import api_clients as api_clients
from workato_async.testing.handlers import connections as connections
from workato_async.testing.handlers import folders as folders
from workato_async.testing.handlers import jobs as jobs
from workato_async.testing.handlers import lookup_tables as lookup_tables
from workato_async.testing.handlers import on_prem as on_prem
from workato_async.testing.handlers import packages as packages
from workato_async.testing.handlers import projects as projects
from workato_async.testing.handlers import recipe_details as recipe_details
from workato_async.testing.handlers import recipes as recipes
from workato_async.testing.handlers import roles as roles

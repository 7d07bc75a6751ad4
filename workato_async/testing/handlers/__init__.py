"""The handlers, one module per family of endpoints; importing a module registers its handlers.

There is one function per endpoint, ``@handles("family.verb")``, which takes a :class:`Call` and returns what is sent as
JSON; the data are tables in :mod:`workato_async.testing.state`. Paths, methods, quotas and page sizes come from the
endpoint table. For an endpoint of that table without a handler, the server returns a :mod:`placeholder
<workato_async.testing.placeholder>`.
"""

from workato_async.testing.handlers import activity_logs as activity_logs
from workato_async.testing.handlers import api_clients as api_clients
from workato_async.testing.handlers import api_platform as api_platform
from workato_async.testing.handlers import api_platform_clients as api_platform_clients
from workato_async.testing.handlers import api_platform_v1 as api_platform_v1
from workato_async.testing.handlers import connections as connections
from workato_async.testing.handlers import connectors as connectors
from workato_async.testing.handlers import custom_connectors as custom_connectors
from workato_async.testing.handlers import custom_oauth_profiles as custom_oauth_profiles
from workato_async.testing.handlers import customers as customers
from workato_async.testing.handlers import data_table_records as data_table_records
from workato_async.testing.handlers import data_tables as data_tables
from workato_async.testing.handlers import deployments as deployments
from workato_async.testing.handlers import event_messages as event_messages
from workato_async.testing.handlers import event_topics as event_topics
from workato_async.testing.handlers import folders as folders
from workato_async.testing.handlers import genies as genies
from workato_async.testing.handlers import iam as iam
from workato_async.testing.handlers import insights as insights
from workato_async.testing.handlers import jobs as jobs
from workato_async.testing.handlers import knowledge_bases as knowledge_bases
from workato_async.testing.handlers import lookup_tables as lookup_tables
from workato_async.testing.handlers import mcp_servers as mcp_servers
from workato_async.testing.handlers import members as members
from workato_async.testing.handlers import on_prem as on_prem
from workato_async.testing.handlers import packages as packages
from workato_async.testing.handlers import project_grants as project_grants
from workato_async.testing.handlers import projects as projects
from workato_async.testing.handlers import properties as properties
from workato_async.testing.handlers import recipe_details as recipe_details
from workato_async.testing.handlers import recipes as recipes
from workato_async.testing.handlers import roles as roles
from workato_async.testing.handlers import secrets as secrets
from workato_async.testing.handlers import skills as skills
from workato_async.testing.handlers import tags as tags
from workato_async.testing.handlers import test_cases as test_cases
from workato_async.testing.handlers import undocumented as undocumented
from workato_async.testing.handlers import user_groups as user_groups
from workato_async.testing.handlers import workspace as workspace

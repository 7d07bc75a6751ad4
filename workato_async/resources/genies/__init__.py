"""Genies, and the clients that may talk to them."""

from workato_async.resources.genies.clients import (
    GenieClientAssignments as GenieClientAssignments,
)
from workato_async.resources.genies.clients import (
    GenieClients as GenieClients,
)
from workato_async.resources.genies.genies import Genies as Genies
from workato_async.resources.genies.models import Genie as Genie
from workato_async.resources.genies.models import GenieClient as GenieClient

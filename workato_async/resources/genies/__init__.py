"""Genies, and the clients that may talk to them."""

from workato_async.resources.genies.clients import GenieClientAssignments, GenieClients
from workato_async.resources.genies.genies import Genies
from workato_async.resources.genies.models import Genie, GenieClient

__all__ = [
    "Genie",
    "GenieClient",
    "GenieClientAssignments",
    "GenieClients",
    "Genies",
]

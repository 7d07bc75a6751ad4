"""The activity audit log: who did what in the workspace."""

from workato_async.resources.activity_logs.activity_logs import LIST, ActivityLogs
from workato_async.resources.activity_logs.models import (
    ActivityLog,
    ActivityResource,
    ActivityUser,
    ActivityWorkspace,
)
from workato_async.resources.activity_logs.watch import ActivityLogWatch

__all__ = [
    "LIST",
    "ActivityLog",
    "ActivityLogWatch",
    "ActivityLogs",
    "ActivityResource",
    "ActivityUser",
    "ActivityWorkspace",
]

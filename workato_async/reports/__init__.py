"""Reports about a whole workspace, or two: who may do what, and how two workspaces differ.

They combine many calls, which are paced like all others. What cannot be read is listed in the report.
"""

from workato_async.reports.access import (
    AccessReview,
    ClientAccess,
    EnvironmentAccess,
    GroupAccess,
    MemberAccess,
    ProjectAccess,
    RoleAccess,
)
from workato_async.reports.access_reading import access_review
from workato_async.reports.comparison import Difference, WorkspaceComparison, compare_workspaces
from workato_async.reports.reading import Unread
from workato_async.reports.workspace_side import KINDS, Kind

__all__ = [
    "KINDS",
    "AccessReview",
    "ClientAccess",
    "Difference",
    "EnvironmentAccess",
    "GroupAccess",
    "Kind",
    "MemberAccess",
    "ProjectAccess",
    "RoleAccess",
    "Unread",
    "WorkspaceComparison",
    "access_review",
    "compare_workspaces",
]

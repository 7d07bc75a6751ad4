"""Insights: read-only SQL over the recipes, jobs and usage of the workspace."""

from workato_async.resources.insights.insights import Insights as Insights
from workato_async.resources.insights.insights import InsightsTable as InsightsTable
from workato_async.resources.insights.query import InsightsQuery as InsightsQuery
from workato_async.resources.insights.usage import UsageReport as UsageReport
from workato_async.resources.insights.usage import UsageRow as UsageRow

"""Packages: exports and imports of assets as zip files."""

from workato_async.resources.packages.contents import PackagedAsset, contents_of
from workato_async.resources.packages.models import ImportReport, Package, RecipeImport
from workato_async.resources.packages.packages import PackageExport, Packages

__all__ = [
    "ImportReport",
    "Package",
    "PackageExport",
    "PackagedAsset",
    "Packages",
    "RecipeImport",
    "contents_of",
]

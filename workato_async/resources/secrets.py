"""The external secrets manager.

Source: "Secrets management" (docs: workato-api/environment-management).
"""

from __future__ import annotations

from workato_async.endpoint import Endpoint
from workato_async.resources._base import Resource

CLEAR_CACHE = Endpoint[None]("secrets.clear_cache", "POST", "/api/secrets_management/clear_cache", idempotent=True)


class Secrets(Resource):
    """The external secrets manager: ``workato.secrets``."""

    __slots__ = ()

    async def clear_cache(self) -> None:
        """Clear Workato's cache of secrets, which it keeps for 60 minutes.

        ``POST /api/secrets_management/clear_cache``, 60 a minute. Idempotent.
        """
        await self._call(CLEAR_CACHE)

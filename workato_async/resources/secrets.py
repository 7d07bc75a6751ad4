"""The external secrets manager.

Source: "Secrets management" (docs: workato-api/environment-management).
"""

from __future__ import annotations

from workato_async.endpoint import AnyEndpoint, Endpoint
from workato_async.resources._base import Resource

CLEAR_CACHE = Endpoint[None]("secrets.clear_cache", "POST", "/api/secrets_management/clear_cache", idempotent=True)

ENDPOINTS: tuple[AnyEndpoint, ...] = (CLEAR_CACHE,)


class Secrets(Resource):
    """The external secrets manager: ``workato.secrets``."""

    __slots__ = ()

    async def clear_cache(self) -> None:
        """Make Workato fetch secrets anew, which it otherwise keeps for 60 minutes.

        ``POST /api/secrets_management/clear_cache``, 60 a minute. Replay-safe.
        """
        await self._call(CLEAR_CACHE)

"""aioresponses with the current aiohttp: ``mocked``, for tests of a few scripted responses without any server.

In aiohttp 3.14, ``ClientResponse.__init__`` requires a ``stream_writer``, to read how many bytes were sent.
aioresponses 0.7.9 does not pass one, so every mocked request fails with a TypeError.
"""

from __future__ import annotations

from typing import Any, Self
from unittest.mock import Mock, patch

from aiohttp import ClientResponse

try:
    from aioresponses import aioresponses
except ModuleNotFoundError as error:
    raise ModuleNotFoundError("mocked needs aioresponses: pip install 'workato-async[test]'", name=error.name) from None


class AiohttpResponse(ClientResponse):
    """A ``ClientResponse`` that can be made without ``stream_writer``: a ``response_class`` for aioresponses."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("stream_writer", Mock(output_size=0))
        super().__init__(*args, **kwargs)


class mocked(aioresponses):  # noqa: N801 - a drop-in for a class that is spelled like this
    """``aioresponses`` whose responses need no ``response_class``; its documentation applies.

    ```py
    with mocked() as responses:
        responses.get("https://www.workato.com/api/recipes/7", payload={"id": 7, "name": "Leads"})
        async with WorkatoSession("any-token") as workato:
            recipe = await workato.recipes.get(7)
    ```

    For state, quotas or network faults, use ``FakeWorkato``.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        # aioresponses takes its default from there, also for the results of callbacks.
        self._default_class = patch("aioresponses.core.ClientResponse", AiohttpResponse, create=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def start(self) -> None:
        """Start mocking; ``with`` does it."""
        self._default_class.start()
        super().start()

    def stop(self) -> None:
        """Stop mocking; ``with`` does it."""
        super().stop()
        self._default_class.stop()

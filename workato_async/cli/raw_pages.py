"""All items of a list that is called by its path."""

from __future__ import annotations

import json
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from workato_async import find_endpoint
from workato_async.base_model import Model
from workato_async.cli.command_runner import CommandError, ExitStatus
from workato_async.cli.listing import items_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

    from workato_async import WorkatoSession

PER_PAGE = 100
"""Items requested per page of a list that is not known."""


async def items(workato: WorkatoSession, path: str, query: Mapping[str, Sequence[str]]) -> AsyncGenerator[Any, None]:
    """Iterate over the items of all pages, as JSON values.

    Args:
        workato: the session.
        path: of a list; one that is not known is taken to have ``page`` and ``per_page``, and to end with an empty
            page.
        query: its other parameters.

    Raises:
        CommandError: if the path is known not to be a list, or the query says which page.
    """
    endpoint, arguments = find_endpoint("GET", path)
    known = endpoint.id != "request"
    if known and endpoint.listing is None:
        raise CommandError(f"error: {endpoint.key} returns no list; leave out --paginate", ExitStatus.USAGE)
    cursor = endpoint.listing.cursor if endpoint.listing else "page"
    if cursor in query:
        raise CommandError(f"error: --paginate reads every page; leave out {cursor!r}", ExitStatus.USAGE)
    if not known:
        async for item in _unknown(workato, path, query):
            yield item
        return
    rest = {name: values for name, values in query.items() if endpoint.listing is None or name != endpoint.listing.size}
    size = query.get(endpoint.listing.size) if endpoint.listing else None
    try:
        per_page = int(size[-1]) if size else None
    except ValueError:
        raise CommandError(
            f"error: {size[-1] if size else ''!r} is not the length of a page", ExitStatus.USAGE
        ) from None
    async with aclosing(workato.pages(endpoint, *arguments, query=rest, per_page=per_page).pages()) as pages:
        async for page in pages:
            found: list[Any] = [item.to_dict() if isinstance(item, Model) else item for item in page.items]
            for item in page.unreadable:  # no model fits it, but here it is printed as it was sent
                found.insert(item.index, json.loads(item.raw))
            for item in found:
                yield item


async def _unknown(workato: WorkatoSession, path: str, query: Mapping[str, Sequence[str]]) -> AsyncGenerator[Any, None]:
    number, before = 1, None
    while True:
        # Requested as text, like the rest of the query.
        response = await workato.request(
            "GET", path, query={"per_page": [str(PER_PAGE)], **query, "page": [str(number)]}
        )
        found = items_of(response)
        if found is None:
            raise CommandError(f"error: GET {path} returned no list", ExitStatus.PARTLY_FAILED)
        if not found or found == before:  # the last page, or a server that has no pages and repeats itself
            return
        for item in found:
            yield item
        number, before = number + 1, found

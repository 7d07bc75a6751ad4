"""Example: one call of an endpoint, as a user would write it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from workato_async.testing import FakeWorkato


@attrs.frozen
class Example:
    """One call of an endpoint of the fake server.

    Attributes:
        id: the endpoint's id.
        positional: the method's positional arguments, or a function that takes them from the fake's state.
        keywords: its keyword arguments.
        sent: what goes over the wire where it is not the argument itself, by the parameter's name on the wire.
        prepare: puts the fake into a state in which the call succeeds.
        empty: it is a list in which nothing may be left, so many are its filters, or its result may be None.
        placeholder: the fake has no handler for it, and returns a placeholder.
    """

    id: str
    positional: tuple[Any, ...] | Callable[[FakeWorkato], tuple[Any, ...]] = ()
    keywords: Mapping[str, Any] = attrs.field(factory=dict)
    sent: Mapping[str, Any] = attrs.field(factory=dict)
    prepare: Callable[[FakeWorkato], object] | None = None
    empty: bool = False
    placeholder: bool = False

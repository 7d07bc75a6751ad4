"""Where a model came from: the JSON it was decoded from, cut out of its response when it is needed.

Cutting a page apart takes a third of the time of decoding it, and most objects are never asked. So the objects of a
page share its body at first. Yet one object that is kept for months must not keep the 200 KB of its page: while later
responses are decoded, former pages are checked, and where at most half of the objects are left, these get copies of
their own bytes and the body goes (``_FormerPages``).
"""

from __future__ import annotations

from collections import deque
from functools import cache, lru_cache
from itertools import repeat
from typing import TYPE_CHECKING, Any
from weakref import ref

import attrs
import msgspec

from workato_async._json import BYTE_ORDER_MARK

if TYPE_CHECKING:
    from collections.abc import Sequence

NEWEST_PAGES = 2
"""The page being read and the one fetched ahead: their objects are in use, so checking them is pointless."""


@attrs.frozen(eq=False)
class Origin:
    """The response that models were decoded from: its body, and the dotted key under which its data is.

    Attributes:
        models: the items of a page, as far as they are alive; empty for a response that is one object.
    """

    body: bytes = attrs.field(repr=False)  # it may hold a credential
    wrapper: str
    models: list[ref[Received]] = attrs.field(factory=list, init=False, repr=False)

    def objects(self) -> Sequence[msgspec.Raw]:
        """Split the response into the JSON objects of its models."""
        data = msgspec.Raw(self.body.removeprefix(BYTE_ORDER_MARK).strip())
        for key in self.wrapper.split(".") if self.wrapper else ():
            try:
                data = getattr(_level(key).decode(data), key)
            except msgspec.ValidationError:
                continue  # some responses leave a level out: see base_model.unwrap()
        try:
            return _ARRAY.decode(data)
        except msgspec.ValidationError:
            return (data,)

    def release(self) -> bool:
        """Copy the bytes of the models that are left, unless those are more than half; return whether it was done."""
        left = [model for known in self.models if (model := known()) is not None]
        if 2 * len(left) > len(self.models):
            return False
        objects = _by_identity(self) if left else {}
        for model in left:
            _set_source(model, bytes(objects[id(model)]))
        return True


_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])


@cache
def _level(key: str) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(msgspec.defstruct("Envelope", [(key, msgspec.Raw)]))


def _by_identity(page: Origin) -> dict[int, msgspec.Raw]:
    pairs = zip(page.models, page.objects(), strict=True)
    return {id(model): sent for known, sent in pairs if (model := known()) is not None}


_last_page = lru_cache(maxsize=1)(_by_identity)


class Received:
    """An object that may have been decoded from a response."""

    __slots__ = ("__weakref__", "_source")
    _source: Origin | bytes

    @property
    def raw(self) -> bytes | None:
        """The JSON object exactly as Workato sent it, unknown fields included; None for an object you build yourself.

        The bytes are cut out of the response when this is read. The response is split once for all the objects of a
        page as long as no other page is read in between.
        """
        source = getattr(self, "_source", None)  # read once: another thread may replace it by the object's own bytes
        if isinstance(source, Origin):
            return bytes(_last_page(source)[id(self)] if source.models else source.objects()[0])
        return source


_set_source = vars(Received)["_source"].__set__  # bypasses frozen


def restore(model: Received, raw: bytes) -> None:
    """Store the JSON of a model that was copied or unpickled."""
    _set_source(model, raw)


def remember(models: Sequence[object], origin: Origin) -> None:
    """Record where the items of a page came from, or a single model; objects of other classes are left alone."""
    if not models or not isinstance(models[0], Received):
        return
    deque(map(_set_source, models, repeat(origin)), maxlen=0)
    if len(models) > 1:
        origin.models.extend(map(ref, models))  # type: ignore[arg-type]
        _former_pages.add(origin)
    else:
        _former_pages.look(1)


def remember_object(model: object, raw: bytes) -> None:
    """Record the JSON of a model that is a whole response; objects of other classes are left alone."""
    if isinstance(model, Received):
        _set_source(model, raw)
        _former_pages.look(1)


class _FormerPages:
    """The pages that still have their body, as far as they are alive; one for all loops and threads of a process.

    For every object decoded, at most two former ones are checked: the cost stays small however many objects there are,
    and the backlog stays in proportion to the objects that are alive.
    """

    def __init__(self) -> None:
        self._pages: deque[ref[Origin]] = deque()
        self._credit = 0

    def add(self, page: Origin) -> None:
        """Add a page that was decoded."""
        self._pages.append(ref(page))
        self.look(len(page.models))

    def look(self, decoded: int) -> None:
        """Release former pages, with the credit for a number of decoded objects."""
        if len(self._pages) <= NEWEST_PAGES:
            return
        self._credit = min(self._credit, 0) + 2 * decoded
        for _ in range(len(self._pages) - NEWEST_PAGES):
            if self._credit <= 0:
                return
            try:
                known = self._pages.popleft()
            except IndexError:  # another thread was faster
                return
            if (page := known()) is not None:
                self._credit -= len(page.models)
                if not page.release():
                    self._pages.append(known)


_former_pages = _FormerPages()

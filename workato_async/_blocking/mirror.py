"""Mirror: ``workato_async.mirror.Mirror`` without ``await``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from workato_async._blocking.call import Call, in_callers_thread
from workato_async._blocking.proxies import Proxy, in_own_thread, pinned
from workato_async._blocking.workato import Workato
from workato_async._checks import require_listener, require_type

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType


class Mirror(Proxy):
    """A mirror of a workspace in a database. Use it as ``with Mirror(workato, url) as mirror``.

    It has everything that ``workato_async.mirror.Mirror`` has, under the same names.

    Args:
        workato: reads the workspace.
        url: the URL of the database.
        on_progress: called with a ``Progress`` after every page, in the thread that waits.

    Raises:
        ConfigurationError: as for ``workato_async.mirror.Mirror``.
    """

    def __init__(self, workato: Workato, url: str, *, on_progress: Callable[[Any], object] | None = None) -> None:
        from workato_async import mirror  # needs an extra

        require_type("workato", workato, Workato)
        require_listener("on_progress", on_progress, "the progress", none=True)
        more = in_own_thread({"on_progress": on_progress})
        made = mirror.Mirror(workato.session, url, **more)
        super().__init__(workato._thread, pinned(made))  # noqa: SLF001 - a part of the same facade

    def add_listener(self, listener: Callable[[Any], object]) -> Callable[[], None]:
        """Call a function with the result of ``status`` after every pass, in the thread that waits for the mirror.

        Returns:
            A function that removes the listener.
        """
        require_listener("listener", listener)
        remove: Callable[[], None] = self._get().add_listener(in_callers_thread(listener))
        return remove

    def __enter__(self) -> Self:
        self._thread().run(Call(), self._get().__aenter__)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._thread().run(Call(), lambda: self._get().__aexit__(kind, error, traceback))

"""A webhook in a thread: it keeps what is posted, and responds as it is told."""

from __future__ import annotations

import json
import threading
from collections import deque
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


class Hook:
    """What was posted, and what comes next.

    Attributes:
        posted: the JSON of each request.
        headers: those of each request.
        statuses: for the next requests; then 200.
        url: where it is.
    """

    def __init__(self) -> None:
        self.posted: list[Any] = []
        self.headers: list[dict[str, str]] = []
        self.statuses: deque[int] = deque()
        self.url = ""


@contextmanager
def webhook() -> Iterator[Hook]:
    """Serve on loopback while the block runs."""
    hook = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            hook.posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            hook.headers.append(dict(self.headers))
            status = hook.statuses.popleft() if hook.statuses else 200
            if status < 0:  # no response at all
                self.connection.close()
                return
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Be silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hook.url = f"http://127.0.0.1:{server.server_port}/hook?key=s3cr3t"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield hook
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

"""Request bodies: small ones are sent whole, large ones and files in chunks."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, BinaryIO

from workato_async.errors import ConfigurationError
from workato_async.http.messages import Upload

if TYPE_CHECKING:
    from pathlib import Path

WHOLE = 256 * 1024
"""The largest body that is sent in one piece, in bytes."""
SLOWEST = 64 * 1024
"""Bytes per second below which an upload times out; the time for the response is extra."""


class FileOfKnownSize(io.BufferedReader):
    """A file whose size is announced before it is sent; if the size changes, reading fails."""

    def __init__(self, path: Path) -> None:
        super().__init__(io.FileIO(path))
        self.size = os.fstat(self.fileno()).st_size

    def read(self, size: int | None = -1, /) -> bytes:
        """Read the next bytes.

        Raises:
            OSError: if the size has changed; the server would wait for the rest, or get too much.
        """
        if os.fstat(self.fileno()).st_size != self.size:
            raise OSError("the file changed while it was being sent")
        return super().read(size)


def payload_of(body: bytes | Upload | None) -> bytes | BinaryIO | None:
    """Return a body in the form in which aiohttp sends it: a large one as a stream, which is written in chunks.

    Raises:
        ConfigurationError: if it is a file that cannot be read.
    """
    content = body.content if isinstance(body, Upload) else body
    if content is None or isinstance(content, bytes):
        return io.BytesIO(content) if content is not None and len(content) > WHOLE else content
    try:
        return FileOfKnownSize(content)
    except OSError as error:
        raise ConfigurationError(f"{content} cannot be read: {error.strerror}") from None


def extra_seconds(payload: bytes | BinaryIO | None) -> float:
    """Return the seconds that sending a body may take, not counting the time for a response."""
    if isinstance(payload, FileOfKnownSize):
        return payload.size // SLOWEST
    return len(payload.getbuffer()) // SLOWEST if isinstance(payload, io.BytesIO) else 0.0

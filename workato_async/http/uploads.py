"""Bodies as they are sent: small ones whole, large ones and files piece by piece."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, BinaryIO

from workato_async.errors import ConfigurationError
from workato_async.http.messages import Upload

if TYPE_CHECKING:
    from pathlib import Path

WHOLE = 256 * 1024
"""Bytes up to which a body is sent in one piece."""
SLOWEST = 64 * 1024
"""Bytes a second below which an upload is given up: its time is that of an answer, and a second for each of these."""


class FileOfKnownSize(io.BufferedReader):
    """A file whose size is promised before it is sent; if that changes, reading it fails."""

    def __init__(self, path: Path) -> None:
        super().__init__(io.FileIO(path))
        self.size = os.fstat(self.fileno()).st_size

    def read(self, size: int | None = -1, /) -> bytes:
        """Read on.

        Raises:
            OSError: if it has another size now; the server would wait for the rest, or get too much.
        """
        if os.fstat(self.fileno()).st_size != self.size:
            raise OSError("the file has changed while it was sent")
        return super().read(size)


def payload_of(body: bytes | Upload | None) -> bytes | BinaryIO | None:
    """Give a body in the form in which aiohttp sends it: a large one as a stream, which it writes piece by piece.

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
    """Give the seconds that sending a body may take on top of the time for an answer."""
    if isinstance(payload, FileOfKnownSize):
        return payload.size // SLOWEST
    return len(payload.getbuffer()) // SLOWEST if isinstance(payload, io.BytesIO) else 0.0

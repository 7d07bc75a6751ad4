"""The storage host: where finished packages, builds and files are, at an address that is not the API's.

It is the same server under its other name (``localhost`` for ``127.0.0.1`` and the other way round), so that an
ordinary client drops the Authorization header by itself when it goes there. It rejects credentials.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async.testing.call import FakeResponse

if TYPE_CHECKING:
    from workato_async.endpoint import JsonObject
    from workato_async.testing.record import RecordedRequest

_OTHER_NAME = {"127.0.0.1": "localhost", "localhost": "127.0.0.1"}
_UNWANTED = FakeResponse(400, b"<Error><Code>InvalidArgument</Code></Error>", "application/xml")


def public_url(request: RecordedRequest, path: str) -> str:
    """Return the address of a stored file for the sender of a request; an absolute one is returned unchanged."""
    if not path.startswith("/"):
        return path
    return f"http://{_other(request) or request.headers.get('Host', 'localhost')}{path}"


def with_link(request: RecordedRequest, row: JsonObject) -> JsonObject:
    """Return a copy of a row, the path in its ``download_url`` made an address."""
    path = row.get("download_url")
    return {**row, "download_url": public_url(request, path)} if path else {**row}


def serve_file(request: RecordedRequest, files: dict[str, bytes]) -> FakeResponse:
    """Return a stored file, or store what is sent.

    Credentials are rejected, unless the server can be reached by one name only, so that clients do not drop them.
    """
    has_credentials = bool({"authorization", "cookie"} & {name.lower() for name in request.headers})
    if has_credentials and _other(request):
        return _UNWANTED
    if request.method == "PUT":
        files[request.path] = request.body
        return FakeResponse()
    content = files[request.path]
    return FakeResponse(200, content, "application/zip" if content[:2] == b"PK" else "application/octet-stream")


def _other(request: RecordedRequest) -> str | None:
    """Return the other name and the port of the host that a request went to, None if it has no other name."""
    host = request.headers.get("Host", "")
    for name, other in _OTHER_NAME.items():
        if host == name or host.startswith(f"{name}:"):
            return other + host.removeprefix(name)
    return None

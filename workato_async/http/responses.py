"""What a response means: a value to decode, or an error. Pure.

There is no common envelope for failures, and a response with HTTP 200 can be one. The shapes looked for here are those
that the endpoints' pages document and those seen in live responses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workato_async._json import UNREADABLE, parse_json
from workato_async.base_model import unwrap
from workato_async.endpoint import JsonObject
from workato_async.errors import OperationRefusedError, ResponseError, error_class
from workato_async.http.retry_after import parse_retry_after

if TYPE_CHECKING:
    from workato_async.endpoint import AnyEndpoint
    from workato_async.http.messages import Response

LONGEST_REASON = 1000
"""Characters of Workato's own words that an error's text quotes."""
IN_DOUBT = "The write may have been carried out: check before you retry it."
CHECK_CLIENT = "Check the client role of the token, and that it belongs to this environment."
_HTML = "an HTML page instead of JSON, so the host or path is probably not the Developer API"
_ADVICE = {
    401: "Check that the token is current and belongs to this data center and environment{privilege}.",
    403: "Add the endpoint to the client role of the token, or the object to its project scopes{privilege}.",
    404: "The object does not exist or is outside the token's project scopes.",
    409: "Check the state of the object before you retry.",
}


def check(endpoint: AnyEndpoint, response: Response) -> None:
    """Raise an error unless the response is a success.

    Raises:
        ResponseError: the subclass for its status, or OperationRefusedError for a 2xx with ``success: false``.
    """
    if 200 <= response.status < 300:
        # No model accepts such a body, and reads are large: only a response without a model is searched for it.
        if (not endpoint.is_read or endpoint.result is JsonObject) and b'"success"' in response.body:
            _check_success(endpoint, response)
        return
    raise response_error(endpoint, response)


def rejected_read(endpoint: AnyEndpoint, response: Response) -> OperationRefusedError | None:
    """Return the error if a read that could not be decoded turns out to be a ``success: false``."""
    try:
        _check_success(endpoint, response)
    except OperationRefusedError as error:
        return error
    return None


def response_error(endpoint: AnyEndpoint, response: Response) -> ResponseError:
    """Build the error for a response that is not a success."""
    retry_after = parse_retry_after(response.retry_after, response.date)
    message, errors = _explain(_tree(response.body), response)
    status = response.status
    advice = _advice(endpoint, status, html=message == _HTML)
    if retry_after is not None:
        advice = f"{advice} The server asks to wait {retry_after:,.10g} s.".lstrip()
    return error_class(status)(
        f"HTTP {status}: {_reasons(message, errors) or 'no reason given'}",
        status=status,
        message=message,
        errors=errors,
        retry_after=retry_after,
        advice=advice,
        endpoint=endpoint.key,
        correlation_ids=response.correlation_ids,
        attempts=response.attempts,
    )


def _advice(endpoint: AnyEndpoint, status: int, *, html: bool) -> str:
    """Return what to do about a status, empty if the server's own words are all there is to say."""
    if 300 <= status < 400:
        return "API calls do not follow redirects: check base_url and data_center."
    if status in _ADVICE:
        needed = f'; this call needs the privilege "{endpoint.privilege}"' if endpoint.privilege else ""
        return _ADVICE[status].format(privilege=needed)
    if (html and status < 500) or (status == 400 and endpoint.is_read and "{" not in endpoint.path):
        return CHECK_CLIENT
    if status == 429 and not endpoint.retry_429:
        return (
            "This endpoint also returns 429 when the recipe backs off or the plan's quota is used up, so it is not "
            "retried."
        )
    if status == 429:
        return "Another client uses the same quota: retry later, or leave room for it with Limiter(share=...)."
    if status >= 500:
        return "Safe to retry later." if endpoint.idempotent else IN_DOUBT
    return ""


def _check_success(endpoint: AnyEndpoint, response: Response) -> None:
    tree = _tree(response.body)
    outer = tree if isinstance(tree, dict) else {}
    confirmation = unwrap(tree, endpoint.wrapper) if endpoint.result is None else None
    candidates = (outer, outer.get("result"), confirmation)  # "success" inside a value is data
    inner = next((t for t in candidates if isinstance(t, dict) and t.get("success") is False), None)
    if inner is None:
        return
    message, errors = _explain(inner, response)
    code_errors, config_errors = _as_list(inner.get("code_errors")), _as_list(inner.get("config_errors"))
    details = [message, *errors] if message else [*errors]
    if code_errors:
        details.append(f"code_errors: {code_errors}")
    if config_errors:
        details.append(f"config_errors: {config_errors}")
    raise OperationRefusedError(
        f"rejected (HTTP {response.status} with success false): {_reasons('', details) or 'no reason given'}",
        advice="Correct this before you retry.",
        status=response.status,
        message=message,
        errors=errors,
        code_errors=code_errors,
        config_errors=config_errors,
        endpoint=endpoint.key,
        correlation_ids=response.correlation_ids,
        attempts=response.attempts,
    )


def _reasons(message: str, errors: list[str]) -> str:
    """Return what Workato says in one line of limited length; the attributes of the error have all of it."""
    text = " ".join("; ".join([message, *errors] if message else errors).split())
    return text if len(text) <= LONGEST_REASON else f"{text[:LONGEST_REASON]}…"


def _tree(body: bytes) -> Any:
    try:
        return parse_json(body)
    except UNREADABLE:
        return None


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _explain(tree: Any, response: Response) -> tuple[str, list[str]]:
    """Find Workato's sentence and its single errors, wherever this endpoint puts them."""
    if isinstance(tree, str):
        return tree, []
    if not isinstance(tree, dict):
        return _plain_text(response), []
    message = next((value for key in ("message", "error", "title") if isinstance(value := tree.get(key), str)), "")
    errors = tree.get("errors")
    if isinstance(errors, dict):
        return message, [f"{name}: {text}" for name, texts in errors.items() for text in _as_list(texts)]
    return message, [_one_error(entry) for entry in _as_list(errors)]


def _one_error(entry: Any) -> str:
    if not isinstance(entry, dict):
        return str(entry)
    title = entry.get("title") or entry.get("message") or entry.get("code") or ""
    return f"{title} ({entry['detail']})" if entry.get("detail") else str(title)


def _plain_text(response: Response) -> str:
    return _HTML if is_html(response) else " ".join(response.body[:300].decode("utf-8", "replace").split())


def is_html(response: Response) -> bool:
    """Whether the body is a page for a browser, such as a login page or the error page of a proxy."""
    return "html" in response.content_type.lower() or response.body[:300].lstrip()[:9].lower().startswith(
        (b"<!doctype", b"<html")
    )

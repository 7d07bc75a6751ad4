"""What an answer means: a value to decode, or the error it stands for. Pure.

There is no common envelope for failures, and HTTP 200 can be a refusal; what is looked for here are the shapes that the
endpoints' pages document and that live replies were seen to have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from workato_async.base_model import unwrap
from workato_async.endpoint import JsonObject
from workato_async.errors import OperationRefusedError, ResponseError, error_class
from workato_async.http.retry_after import parse_retry_after

if TYPE_CHECKING:
    from workato_async.endpoint import AnyEndpoint
    from workato_async.http.messages import Response

LONGEST_REASON = 1000
"""Characters of Workato's own words that an error's text quotes."""
IN_DOUBT = " The write may have been carried out: look before you send it again."
_NEXT_STEP = {
    400: "Correct the arguments of the call",
    401: "Check that the token is current and belongs to this data center",
    403: "Widen the client role or the project scopes of the API client",
    404: "It does not exist, or lies outside the project scopes of the token",
    409: "Look at the state of the object before you call again",
    422: "Correct the arguments of the call",
}


def check(endpoint: AnyEndpoint, response: Response) -> None:
    """Return if the answer is a success.

    Raises:
        ResponseError: the subclass for its status, or OperationRefusedError for a 2xx with ``success: false``.
    """
    if 200 <= response.status < 300:
        # A model refuses such a body by itself, and reads are large: only what has no model is searched for it.
        if (not endpoint.is_read or endpoint.result is JsonObject) and b'"success"' in response.body:
            _check_success(endpoint, response)
        return
    raise response_error(endpoint, response)


def refused_read(endpoint: AnyEndpoint, response: Response) -> OperationRefusedError | None:
    """Tell whether a read that could not be decoded is in truth a ``success: false``."""
    try:
        _check_success(endpoint, response)
    except OperationRefusedError as error:
        return error
    return None


def response_error(endpoint: AnyEndpoint, response: Response) -> ResponseError:
    """Build the error for an answer that is not a success."""
    retry_after = parse_retry_after(response.retry_after, response.date)
    tree = _tree(response.body)
    message, errors = _explain(tree, response)
    status = response.status
    text = f"{endpoint.key} answered {status}: {_reasons(message, errors) or 'no reason given'}."
    if 300 <= status < 400:
        text += " API calls do not follow redirects: check base_url and data_center."
    elif status in _NEXT_STEP:
        text += f" {_NEXT_STEP[status]}"
        text += (
            f'; it needs the privilege "{endpoint.privilege}".' if status in (401, 403) and endpoint.privilege else "."
        )
    elif status == 429 and not endpoint.retry_429:
        text += " This endpoint's 429 can mean a back-off of the recipe or a spent plan quota, so it is not waited out."
    elif status == 429:
        text += " Somebody else uses this quota too: call again later, or leave room with Limiter(share=...)."
    elif status >= 500 and not endpoint.idempotent:
        text += IN_DOUBT
    elif status >= 500:
        text += " It is safe to call again later."
    if retry_after is not None:
        text += f" The server asks to wait {retry_after:,.10g} s."
    if response.correlation_ids:
        text += f" Correlation ids: {', '.join(response.correlation_ids)}."
    return error_class(status)(
        text,
        status=status,
        message=message,
        errors=errors,
        retry_after=retry_after,
        endpoint=endpoint.key,
        correlation_ids=response.correlation_ids,
        attempts=response.attempts,
    )


def _check_success(endpoint: AnyEndpoint, response: Response) -> None:
    tree = _tree(response.body)
    outer = tree if isinstance(tree, dict) else {}
    confirmation = unwrap(tree, endpoint.wrapper) if endpoint.result is None else None
    candidates = (outer, outer.get("result"), confirmation)  # what a value holds under "success" is its own affair
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
        f"{endpoint.key} was refused (HTTP {response.status} with success false): "
        f"{_reasons('', details) or 'no reason given'}. Correct what it names before you call again. "
        f"Correlation ids: {', '.join(response.correlation_ids)}.",
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
    """Put what Workato says on one line of bearable length; the error's attributes have it whole."""
    text = " ".join("; ".join([message, *errors] if message else errors).split())
    return text if len(text) <= LONGEST_REASON else f"{text[:LONGEST_REASON]}…"


def _tree(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
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
    text = response.body[:300].decode("utf-8", "replace").strip()
    if "html" in response.content_type.lower() or text[:9].lower().startswith(("<!doctype", "<html")):
        return "an HTML page instead of JSON, so the host or path is probably not the Developer API"
    return " ".join(text.split())

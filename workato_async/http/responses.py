"""What a response means: a value to decode, or an error. Pure.

There is no common envelope for failures, and a response with HTTP 200 can be one. The shapes looked for here are those
that the endpoints' pages document and those seen in live responses.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, get_origin

import attrs

from workato_async._json import UNREADABLE, leading_json, parse_json
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
_FALSE = (False, "false", "0")
"""What means false as ``success``: some endpoints return it as text. (In Python ``0 == False``.)"""
_REASONS = ("message", "error_description", "error", "title", "code", "detail", "description", "reason", "fault")
"""The keys under which APIs and gateways have their reason, the most telling first."""
_DEEPEST = 4
_HTML = "an HTML page instead of JSON, e.g. a login page or that of a proxy"
_ADVICE = {
    401: (
        "Check that the token is current, that it belongs to this data center and environment, and that its client "
        "role includes this endpoint{privilege}."
    ),
    403: (
        "Add the endpoint to the client role of the token or the object to its project scopes, or use a token of the "
        "right environment{privilege}."
    ),
    404: (
        "The object does not exist in this environment, or the client role or project scopes of the token do not "
        "include it."
    ),
    409: "Check the state of the object before you retry.",
}
_NO_REASON = ("", "bad request")
_CHECK_CLIENT = (
    "Check that the client role of the token includes this endpoint, and that the token belongs to this data center "
    "and environment{privilege}."
)


def check(endpoint: AnyEndpoint, response: Response) -> None:
    """Raise an error unless the response is a success.

    Raises:
        ResponseError: the subclass for its status, or OperationRefusedError for a 2xx with ``success: false``.
    """
    if 200 <= response.status < 300:
        # Hardly any model accepts such a body, and reads are large: only what has no required field is searched for it.
        searched = (not endpoint.is_read or _accepts_anything(endpoint)) and b'"success"' in response.body
        if searched and (error := rejection(endpoint, response)):
            raise error
        return
    raise response_error(endpoint, response)


@cache
def _accepts_anything(endpoint: AnyEndpoint) -> bool:
    """Whether a result could be read from any JSON object, also from one that says nothing but ``success: false``."""
    model: Any = endpoint.result
    if model is None:  # a file, or nothing at all
        return True
    if attrs.has(model):
        return all(field.default is not attrs.NOTHING for field in attrs.fields(model))
    return (get_origin(model) or model) is dict


def response_error(endpoint: AnyEndpoint, response: Response) -> ResponseError:
    """Build the error for a response that is not a success."""
    retry_after = parse_retry_after(response.retry_after, response.date)
    tree = _tree(response.body)
    message, errors = _explain(tree, response)
    status = response.status
    unknown = _plain_text(response) if isinstance(tree, dict) and any(tree.values()) else ""
    reasons = _reasons(message, errors) or unknown
    advice = _advice(endpoint, status, html=message == _HTML, bare=reasons.lower().rstrip(".") in _NO_REASON)
    if retry_after is not None:
        advice = f"{advice} The server asks to wait {retry_after:,.10g} s.".lstrip()
    return error_class(status)(
        f"HTTP {status}: {reasons or 'no reason given'}",
        status=status,
        from_json=isinstance(tree, dict),
        message=message,
        errors=errors,
        retry_after=retry_after,
        advice=advice,
        endpoint=endpoint.key,
        correlation_ids=response.correlation_ids,
        attempts=response.attempts,
    )


def page_advice(endpoint: AnyEndpoint, response: Response) -> str:
    """Return what to do about an HTML page in place of a result, empty if the response is not one."""
    return _advice(endpoint, response.status, html=True) if is_html(response) else ""


def _advice(endpoint: AnyEndpoint, status: int, *, html: bool, bare: bool = False) -> str:
    """Return what to do about a status, empty if the server's own words are all there is to say."""
    privilege = f'; this call needs the privilege "{endpoint.privilege}"' if endpoint.privilege else ""
    check_client = _CHECK_CLIENT.format(privilege=privilege)
    redirected = 300 <= status < 400
    if status < 500 and (html or redirected or status == 404) and endpoint.path.split("/")[:2] != ["", "api"]:
        return f"Did you mean /api{endpoint.path}? The paths of the API begin with /api."  # a raw request
    if redirected:
        return f"API calls do not follow redirects, e.g. to a login page. {check_client} Also check base_url."
    asks_nothing = endpoint.method == "GET"  # a read by POST has arguments in its body, which may be wrong
    if status == 400 and (bare or (asks_nothing and "{" not in endpoint.path)):
        return check_client if asks_nothing else f"Check the arguments. {check_client}"
    if html and status < 500 and status not in (401, 403):
        return check_client
    if status in _ADVICE:
        return _ADVICE[status].format(privilege=privilege)
    if status == 429 and not endpoint.retry_429:
        return (
            "This endpoint also returns 429 when the recipe backs off or the plan's quota is used up, so it is not "
            "retried."
        )
    if status == 429:
        return "Another client uses the same quota: retry later, or leave room for it with Limiter(share=...)."
    if status in (408, 425) or status >= 500:
        return "Safe to retry later." if endpoint.idempotent or status == 425 else IN_DOUBT
    return ""


def rejection(endpoint: AnyEndpoint, response: Response) -> OperationRefusedError | None:
    """Return the error for a response that says ``success: false``, None if it does not.

    It is returned, not raised: a traceback would hold the body, which may quote the token.
    """
    tree = _tree(response.body)
    outer = tree if isinstance(tree, dict) else {}
    confirmation = unwrap(tree, endpoint.wrapper) if endpoint.result is None else None
    candidates = (outer, outer.get("result"), confirmation)  # "success" inside a value is data
    is_false = (
        _is_false if endpoint.result in (None, JsonObject) or attrs.has(endpoint.result or str) else _is_plainly_false
    )
    inner = next((t for t in candidates if isinstance(t, dict) and is_false(t.get("success"))), None)
    if inner is None:
        return None
    message, errors = _explain(inner, response)
    code_errors, config_errors = (
        _redacted(_as_list(inner.get(name)), response) for name in ("code_errors", "config_errors")
    )
    details = [message, *errors] if message else [*errors]
    if code_errors:
        details.append(f"code_errors: {code_errors}")
    if config_errors:
        details.append(f"config_errors: {config_errors}")
    return OperationRefusedError(
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


def _is_false(success: object) -> bool:
    return (success.strip().lower() if isinstance(success, str) else success) in _FALSE


def _is_plainly_false(success: object) -> bool:
    """Whether it is false and not text, which may be the value of a property with the name ``success``."""
    return success is False


def _reasons(message: str, errors: list[str]) -> str:
    """Return what Workato says in one line of limited length; the attributes of the error have all of it."""
    text = " ".join("; ".join([message, *errors] if message else errors).split())
    return text if len(text) <= LONGEST_REASON else f"{text[:LONGEST_REASON]}…"


def _tree(body: bytes) -> Any:
    try:
        return parse_json(body)
    except UNREADABLE:
        whole = leading_json(body)  # a proxy may have added to it
    try:
        return parse_json(whole)
    except UNREADABLE:
        return None


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _redacted(value: Any, response: Response) -> Any:
    """Return JSON without the token in its texts."""
    if isinstance(value, str):
        return response.redact(value)
    if isinstance(value, list):
        return [_redacted(part, response) for part in value]
    if isinstance(value, dict):
        return {response.redact(key): _redacted(part, response) for key, part in value.items()}
    return value


def _explain(tree: Any, response: Response) -> tuple[str, list[str]]:
    """Find Workato's sentence and its single errors, wherever this endpoint puts them, without the token."""
    if isinstance(tree, str):
        return response.redact(tree), []
    if not isinstance(tree, dict):
        return _plain_text(response), []
    message = _one_error({name: tree[name] for name in _REASONS if name in tree})
    errors = tree.get("errors")
    if isinstance(errors, dict):
        texts = [f"{name}: {_one_error(text)}" for name, texts in errors.items() for text in _as_list(texts)]
    else:
        texts = [_one_error(entry) for entry in _as_list(errors)]
    return response.redact(message), [response.redact(text) for text in texts]


def _one_error(entry: Any) -> str:
    if not isinstance(entry, dict):
        return _text(entry) or str(entry)
    title, detail = _text(entry), _text(entry.get("detail"))
    return f"{title} ({detail})" if detail not in title else title


def _text(value: Any, depth: int = 0) -> str:
    """Return a reason as one text, however it is nested; empty if there is none."""
    if isinstance(value, str):
        return value
    if depth == _DEEPEST or not isinstance(value, dict | list):
        return ""
    if isinstance(value, list):
        return "; ".join(filter(None, (_text(part, depth + 1) for part in value)))
    named = next((text for name in _REASONS if (text := _text(value.get(name), depth + 1))), "")
    if named:
        return named
    texts = {name: _text(part, depth + 1) for name, part in value.items()}
    return "; ".join(f"{name}: {text}" for name, text in texts.items() if text)


def _plain_text(response: Response) -> str:
    if is_html(response):
        return _HTML
    text = response.redact(response.body.decode("utf-8", "replace"))  # all of it: a cut could leave half a token
    return " ".join(text[:3000].split())[:300]


def is_html(response: Response) -> bool:
    """Whether the body is a page for a browser, such as a login page or the error page of a proxy."""
    return "html" in response.content_type.lower() or response.body[:300].lstrip()[:9].lower().startswith(
        (b"<!doctype", b"<html")
    )

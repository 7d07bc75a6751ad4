"""OpenTelemetry: a span for every call and some metrics, built on the records of a session. Extra ``otel``.

```py
telemetry = Telemetry()
async with WorkatoSession() as workato:
    telemetry.instrument(workato)
    async with Mirror(workato, "sqlite:///workato.db") as mirror:
        telemetry.instrument_mirror(mirror)
```

Spans are children of whatever span is current where the call is made. Names follow the semantic conventions of HTTP
clients where they exist. The spans name the host and the object (``url.full``, without the query), the metrics only the
endpoint, so that their number is limited. No attribute contains a token, a body, or a query.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

try:
    from opentelemetry import metrics, trace
    from opentelemetry.trace import SpanKind, StatusCode
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        "Telemetry needs the OpenTelemetry API: pip install 'workato-async[otel]'", name=error.name
    ) from error

from workato_async._version import __version__
from workato_async.events import Completed, Paused, RateLimited, Retried, Sent, Waited
from workato_async.http.hosts import is_loopback

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from opentelemetry.metrics import CallbackOptions, MeterProvider, Observation
    from opentelemetry.trace import Span, TracerProvider

    from workato_async.events import Event
    from workato_async.limits.limiter import Limiter
    from workato_async.mirror import Mirror, StreamStatus
    from workato_async.session import WorkatoSession

_NAME = "workato_async"


_GAUGES = {
    "free": "permits that are free now",
    "room": "permits in circulation",
    "withheld": "permits withheld because requests were rate limited",
}
"""Of a limiter's buckets, by the attribute of their state."""
_MIRROR_GAUGES = {
    "rows": ("{row}", "rows that are not marked as deleted"),
    "due": ("{list}", "lists that are known to have something to fetch"),
    "withheld": ("{row}", "rows that the last pass found missing and did not mark as deleted"),
    "incomplete": ("{list}", "lists that the last pass did not read to their end"),
    "unreadable": ("{object}", "objects of the last pass that could not be read"),
}
"""Of a mirror's streams, by the attribute of their status."""


class Telemetry:
    """A listener that turns records into spans and metrics; one instance can serve several sessions.

    Metrics: ``workato.wait`` (histogram, seconds that an attempt waited for a permit), ``workato.in_flight`` (requests
    in flight), ``workato.rate_limited`` (rate-limited requests), and per endpoint of the limiters that are watched
    ``workato.permits.free``, ``workato.permits.room`` (permits in circulation) and ``workato.permits.withheld``.

    Per stream of the mirrors that are instrumented, as of their last pass: ``workato.mirror.rows``,
    ``workato.mirror.due``, ``workato.mirror.withheld``, ``workato.mirror.incomplete``, ``workato.mirror.unreadable``,
    and ``workato.mirror.age`` (seconds since the last complete pass ended). Alert on the last one: it grows whenever a
    mirror is not complete, for whatever reason.

    Args:
        tracer_provider: the global one if not given.
        meter_provider: the global one if not given.
    """

    def __init__(
        self, tracer_provider: TracerProvider | None = None, meter_provider: MeterProvider | None = None
    ) -> None:
        self._tracer = trace.get_tracer(_NAME, __version__, tracer_provider)
        meter = metrics.get_meter(_NAME, __version__, meter_provider)
        self._wait = meter.create_histogram("workato.wait", "s", "time an attempt waited for a permit")
        self._in_flight = meter.create_up_down_counter("workato.in_flight", "{request}", "requests in flight")
        self._rate_limited = meter.create_counter(
            "workato.rate_limited", "{request}", "requests that were rate limited (429)"
        )
        for name, what in _GAUGES.items():
            observe = partial(self._permits, name)
            meter.create_observable_gauge(f"workato.permits.{name}", [observe], "{permit}", what)
        for name, (unit, what) in _MIRROR_GAUGES.items():
            observe = partial(self._streams, partial(_value_of, name))
            meter.create_observable_gauge(f"workato.mirror.{name}", [observe], unit, what)
        meter.create_observable_gauge(
            "workato.mirror.age", [partial(self._streams, _age_of)], "s", "time since the last complete pass ended"
        )
        self._mirrors: dict[str, Sequence[StreamStatus]] = {}
        self._limiters: list[Limiter] = []
        self._spans: dict[str, Span] = {}
        self._sent: set[str] = set()

    def instrument(self, session: WorkatoSession) -> Callable[[], None]:
        """Listen to a session and watch its limiter; return a function that stops listening."""
        self.watch(session.limiter)
        return session.add_listener(self)

    def instrument_mirror(self, mirror: Mirror, name: str = "") -> Callable[[], None]:
        """Report the state of a mirror after each of its passes; return a function that stops this.

        Args:
            mirror: the mirror.
            name: the attribute ``workato.mirror``, to tell several mirrors apart.
        """
        remove = mirror.add_listener(partial(self._mirrors.__setitem__, name))

        def end() -> None:
            remove()
            self._mirrors.pop(name, None)

        return end

    def watch(self, limiter: Limiter) -> None:
        """Report the free permits of this limiter from now on."""
        if limiter not in self._limiters:
            self._limiters.append(limiter)

    def __call__(self, event: Event) -> None:
        """Record one event."""
        call = event.correlation_id
        endpoint = {"workato.endpoint": event.endpoint}
        if isinstance(event, Completed):
            self._record_response(event)
            self._end(event)
            return
        span = self._span(event, event.seconds if isinstance(event, Waited) else 0.0)
        if isinstance(event, Waited):
            self._wait.record(event.seconds, endpoint)
            span.add_event("waited", {"workato.attempt": event.attempt, "workato.seconds": event.seconds})
        elif isinstance(event, Sent):
            self._sent.add(call)
            self._in_flight.add(1, endpoint)
            span.add_event("sent", {"workato.attempt": event.attempt})
        elif isinstance(event, RateLimited):
            self._rate_limited.add(1, endpoint)
            span.add_event("rate_limited", {"workato.attempt": event.attempt})
        elif isinstance(event, Paused):
            span.add_event(
                "paused",
                {"workato.attempt": event.attempt, "workato.seconds": event.seconds, "workato.room": event.room},
            )
        elif isinstance(event, Retried):
            self._record_response(event)
            span.add_event(
                "retried",
                {"workato.attempt": event.attempt, "workato.reason": event.reason, "workato.seconds": event.seconds},
            )

    def _span(self, event: Event, waited: float) -> Span:
        """Return the span of a call, started at its first record or, if that reports a wait, when the wait began."""
        span = self._spans.get(event.correlation_id)
        if span is None:
            span = self._tracer.start_span(
                event.endpoint,
                kind=SpanKind.CLIENT,
                attributes=_request_attributes(event),
                start_time=time.time_ns() - int(waited * 1e9),
            )
            self._spans[event.correlation_id] = span
        return span

    def _record_response(self, event: Event) -> None:
        if event.correlation_id in self._sent:
            self._sent.discard(event.correlation_id)
            self._in_flight.add(-1, {"workato.endpoint": event.endpoint})

    def _end(self, event: Completed) -> None:
        span = self._span(event, event.seconds)
        self._spans.pop(event.correlation_id, None)
        span.set_attribute("http.request.resend_count", max(0, event.attempt - 1))
        span.set_attribute("workato.correlation_ids", event.correlation_ids)
        if event.status:
            span.set_attribute("http.response.status_code", event.status)
        if event.error or event.status >= 400:
            span.set_attribute("error.type", event.error or str(event.status))
            span.set_status(StatusCode.ERROR)
        span.end()

    def _permits(self, name: str, _: CallbackOptions) -> Iterable[Observation]:
        for limiter in self._limiters:
            for key, state in limiter.snapshot().items():
                yield metrics.Observation(getattr(state, name), {"workato.endpoint": key})

    def _streams(self, value_of: Callable[[StreamStatus], float | None], _: CallbackOptions) -> Iterable[Observation]:
        for name, statuses in self._mirrors.items():
            for status in statuses:
                if (value := value_of(status)) is not None:
                    yield metrics.Observation(value, {"workato.mirror": name, "workato.stream": status.stream})


def _request_attributes(event: Event) -> dict[str, str | int]:
    """Return what the semantic conventions for HTTP client spans say about a request."""
    method, _, template = event.endpoint.partition(" ")
    attributes: dict[str, str | int] = {"http.request.method": method, "url.template": template}
    if event.host:
        address = urlsplit(f"//{event.host}")
        scheme = "http" if is_loopback(address.hostname or "") else "https"  # see http/hosts.py
        attributes |= {
            "server.address": address.hostname or "",
            "server.port": address.port or (80 if scheme == "http" else 443),
            "url.full": f"{scheme}://{event.host}{event.path}",
            "url.path": event.path,
        }
    return attributes


def _value_of(name: str, status: StreamStatus) -> int:
    value: int = getattr(status, name)
    return value


def _age_of(status: StreamStatus) -> float | None:
    """Return the seconds since a stream was last complete, None if it never was read."""
    times = [at for at in (status.last_pass, status.incomplete_since) if at is not None]
    return (datetime.now(UTC) - min(times)).total_seconds() if times else None

"""OpenTelemetry: a span for every call and four metrics, built on the records of ``on_event``. Extra ``otel``.

::

    telemetry = Telemetry()
    async with WorkatoSession(on_event=telemetry) as workato:
        telemetry.watch(workato.limiter)

Spans are children of whatever span is current where the call is made. Names follow the semantic conventions of HTTP
clients as far as those have a word; no attribute holds a token, a body, a query or an id out of a path.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

try:
    from opentelemetry import metrics, trace
    from opentelemetry.trace import SpanKind, StatusCode
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        "Telemetry needs the OpenTelemetry API: install workato-async[otel]", name=error.name
    ) from error

from workato_async._version import __version__
from workato_async.events import Completed, Paused, Refused, Retried, Sent, Waited

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opentelemetry.metrics import CallbackOptions, MeterProvider, Observation
    from opentelemetry.trace import Span, TracerProvider

    from workato_async.events import Event
    from workato_async.limits.limiter import Limiter

_NAME = "workato_async"


class Telemetry:
    """An ``on_event`` hook that makes spans and metrics.

    Metrics: ``workato.wait`` (histogram, seconds a call waited for a token), ``workato.in_flight`` (requests under
    way), ``workato.refusals`` (429s) and ``workato.tokens.free`` (by endpoint, of the limiters watched).

    Args:
        tracer_provider: the global one if not given.
        meter_provider: the global one if not given.
    """

    def __init__(
        self, tracer_provider: TracerProvider | None = None, meter_provider: MeterProvider | None = None
    ) -> None:
        self._tracer = trace.get_tracer(_NAME, __version__, tracer_provider)
        meter = metrics.get_meter(_NAME, __version__, meter_provider)
        self._wait = meter.create_histogram("workato.wait", "s", "time a call waited for a token")
        self._in_flight = meter.create_up_down_counter("workato.in_flight", "{request}", "requests under way")
        self._refusals = meter.create_counter("workato.refusals", "{request}", "requests answered 429")
        meter.create_observable_gauge("workato.tokens.free", [self._free], "{token}", "tokens that can be had at once")
        self._limiters: list[Limiter] = []
        self._spans: dict[str, Span] = {}
        self._flying: set[str] = set()

    def watch(self, limiter: Limiter) -> None:
        """Report the free tokens of this limiter from now on."""
        if limiter not in self._limiters:
            self._limiters.append(limiter)

    def __call__(self, event: Event) -> None:
        """Take one record."""
        call = event.correlation_id
        endpoint = {"workato.endpoint": event.endpoint}
        if isinstance(event, Completed):
            self._landed(event)
            self._end(event)
            return
        span = self._span(event, event.seconds if isinstance(event, Waited) else 0.0)
        if isinstance(event, Waited):
            self._wait.record(event.seconds, endpoint)
            span.add_event("waited", {"workato.attempt": event.attempt, "workato.seconds": event.seconds})
        elif isinstance(event, Sent):
            self._flying.add(call)
            self._in_flight.add(1, endpoint)
            span.add_event("sent", {"workato.attempt": event.attempt})
        elif isinstance(event, Refused):
            self._refusals.add(1, endpoint)
            span.add_event("refused", {"workato.attempt": event.attempt})
        elif isinstance(event, Paused):
            span.add_event("paused", {"workato.attempt": event.attempt, "workato.seconds": event.seconds})
        elif isinstance(event, Retried):
            self._landed(event)
            span.add_event(
                "retried",
                {"workato.attempt": event.attempt, "workato.reason": event.reason, "workato.seconds": event.seconds},
            )

    def _span(self, event: Event, already: float) -> Span:
        """Give the span of a call, begun at its first record; waiting lay before that."""
        span = self._spans.get(event.correlation_id)
        if span is None:
            method, _, path = event.endpoint.partition(" ")
            span = self._tracer.start_span(
                event.endpoint,
                kind=SpanKind.CLIENT,
                attributes={"http.request.method": method, "url.template": path},
                start_time=time.time_ns() - int(already * 1e9),
            )
            self._spans[event.correlation_id] = span
        return span

    def _landed(self, event: Event) -> None:
        if event.correlation_id in self._flying:
            self._flying.discard(event.correlation_id)
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

    def _free(self, _: CallbackOptions) -> Iterable[Observation]:
        for limiter in self._limiters:
            for key, state in limiter.snapshot().items():
                yield metrics.Observation(state.free, {"workato.endpoint": key})

"""Spans and metrics, read back from the in-memory exporters."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from workato_async import NotFoundError, OutcomeUnknownError, QuotaWaitError, WorkatoSession
from workato_async.events import Completed, Sent
from workato_async.mirror import Mirror
from workato_async.otel import Telemetry
from workato_async.testing import FakeWorkato, Status
from workato_async.testing.faults import Refuse429, Reset


class Recorder:
    def __init__(self) -> None:
        self.spans = InMemorySpanExporter()
        self.reader = InMemoryMetricReader()
        self.tracing = TracerProvider()
        self.tracing.add_span_processor(SimpleSpanProcessor(self.spans))
        self.metering = MeterProvider([self.reader])
        self.telemetry = Telemetry(self.tracing, self.metering)

    def points(self, name: str) -> list[dict[str, Any]]:
        found = self.reader.get_metrics_data()
        data = {"resource_metrics": []} if found is None else json.loads(found.to_json())
        metrics = [m for r in data["resource_metrics"] for s in r["scope_metrics"] for m in s["metrics"]]
        return [point for metric in metrics if metric["name"] == name for point in metric["data"]["data_points"]]

    def close(self) -> None:
        self.tracing.shutdown()
        self.metering.shutdown()


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    recorder = Recorder()
    yield recorder
    recorder.close()


async def test_a_call_is_one_span_with_its_attempts_as_events(recorder: Recorder) -> None:
    async with FakeWorkato(recipes=3) as fake:
        fake.fail("GET /api/recipes/{id}", Refuse429("7"))
        async with WorkatoSession("canary-token", base_url=fake.url) as workato:
            remove = recorder.telemetry.instrument(workato)
            with recorder.tracing.get_tracer("caller").start_as_current_span("parent"):
                recipe = await workato.recipes.list().first()
                assert recipe is not None
                await workato.recipes.get(recipe.id)
            remove()
            await workato.recipes.list().first()
            free = {
                str(p["attributes"]["workato.endpoint"]): p["value"] for p in recorder.points("workato.permits.free")
            }
            withheld = [point["value"] for point in recorder.points("workato.permits.withheld")]
            assert sorted(withheld) == [0, 1]
    listing, get, parent = recorder.spans.get_finished_spans()
    assert (listing.name, get.name, parent.name) == ("GET /api/recipes", "GET /api/recipes/{id}", "parent")
    assert get.kind is SpanKind.CLIENT
    assert get.parent is not None
    assert get.parent.span_id == parent.context.span_id
    assert get.attributes is not None
    assert get.attributes["http.response.status_code"] == 200
    assert get.attributes["http.request.resend_count"] == 1
    assert [event.name for event in get.events] == [
        "waited",
        "sent",
        "rate_limited",
        "paused",
        "retried",
        "waited",
        "sent",
    ]
    assert free == {"GET /api/recipes": 58, "GET /api/recipes/{id}": 58}
    (refusals,) = recorder.points("workato.rate_limited")
    assert refusals["value"] == 1
    assert all(point["value"] == 0 for point in recorder.points("workato.in_flight"))
    waits = {str(point["attributes"]): point["sum"] for point in recorder.points("workato.wait")}
    assert max(waits.values()) == pytest.approx(7.0, abs=0.1)
    assert "canary-token" not in "".join(span.to_json() for span in (listing, get))


async def test_failures_end_their_spans(recorder: Recorder) -> None:
    async with FakeWorkato(recipes=1) as fake:
        fake.fail("recipes.create", Reset(when="after"))
        async with WorkatoSession("t", base_url=fake.url, on_event=recorder.telemetry) as workato:
            with pytest.raises(NotFoundError):
                await workato.recipes.get(999_999_999)
            with pytest.raises(OutcomeUnknownError):
                await workato.recipes.create(folder_id=5, code={})
            with pytest.raises(QuotaWaitError):
                await workato.options(max_wait=0).recipes.create(folder_id=5, code={})
    spans = recorder.spans.get_finished_spans()
    assert [span.status.status_code for span in spans] == [StatusCode.ERROR] * 3
    assert [span.attributes["error.type"] for span in spans if span.attributes] == [
        "404",
        "OutcomeUnknownError",
        "QuotaWaitError",
    ]
    assert all(point["value"] == 0 for point in recorder.points("workato.in_flight"))


async def test_spans_name_host_and_object_and_metrics_only_the_endpoint(recorder: Recorder) -> None:
    async with FakeWorkato(recipes=2) as fake:
        async with WorkatoSession("t", base_url=fake.url) as workato:
            recorder.telemetry.instrument(workato)
            recipe = await workato.recipes.list().first()
            assert recipe is not None
            await workato.recipes.get(recipe.id)
            with pytest.raises(NotFoundError):
                await workato.request("GET", "/api/things/7", query={"secret": "hidden"})
            names = ("wait", "in_flight", "rate_limited", "permits.free", "permits.room", "permits.withheld")
            labels = {
                label for name in names for point in recorder.points(f"workato.{name}") for label in point["attributes"]
            }
        root = fake.url
    host, _, port = root.removeprefix("http://").partition(":")
    [listing, get, raw] = [span.attributes or {} for span in recorder.spans.get_finished_spans()]
    for attributes in (listing, get, raw):
        assert (attributes["server.address"], attributes["server.port"]) == (host, int(port))
        assert attributes["http.request.method"] == "GET"
    assert (get["url.path"], get["url.template"]) == (f"/api/recipes/{recipe.id}", "/api/recipes/{id}")
    assert get["url.full"] == f"{root}/api/recipes/{recipe.id}"
    assert listing["url.full"] == f"{root}/api/recipes"
    assert raw["url.full"] == f"{root}/api/things/7"
    assert "hidden" not in str([listing, get, raw])
    assert labels == {"workato.endpoint"}


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("app.eu.workato.com", ("app.eu.workato.com", 443, "https://app.eu.workato.com/api/recipes/42")),
        ("workato.example:8443", ("workato.example", 8443, "https://workato.example:8443/api/recipes/42")),
        ("127.0.0.1:8080", ("127.0.0.1", 8080, "http://127.0.0.1:8080/api/recipes/42")),
        ("localhost", ("localhost", 80, "http://localhost/api/recipes/42")),
        ("[2001:db8::1]:8443", ("2001:db8::1", 8443, "https://[2001:db8::1]:8443/api/recipes/42")),
    ],
)
def test_a_span_says_where_the_request_went(recorder: Recorder, host: str, expected: tuple[str, int, str]) -> None:
    named = {"path": "/api/recipes/42", "host": host}
    recorder.telemetry(Sent("GET /api/recipes/{id}", "c1", 1, **named))
    recorder.telemetry(Completed("GET /api/recipes/{id}", "c1", 1, 200, 0.1, ("c1",), **named))
    [span] = recorder.spans.get_finished_spans()
    assert span.attributes is not None
    assert (span.attributes["server.address"], span.attributes["server.port"], span.attributes["url.full"]) == expected


def test_records_without_a_host_have_spans_too(recorder: Recorder) -> None:
    recorder.telemetry(Completed("GET /api/recipes/{id}", "c1", 1, 200, 0.1, ("c1",)))
    [span] = recorder.spans.get_finished_spans()
    assert span.attributes is not None
    assert "url.full" not in span.attributes
    assert span.attributes["url.template"] == "/api/recipes/{id}"


async def test_the_state_of_a_mirror(recorder: Recorder, tmp_path: Path) -> None:
    def values(name: str) -> dict[tuple[str, str], float]:
        return {
            (point["attributes"]["workato.mirror"], point["attributes"]["workato.stream"]): point["value"]
            for point in recorder.points(f"workato.mirror.{name}")
        }

    async with (
        FakeWorkato(recipes=12, jobs=60, connections=5, window=None) as fake,
        WorkatoSession("t", base_url=fake.url) as workato,
        Mirror(workato, f"sqlite:///{tmp_path / 'workato.db'}") as mirror,
    ):
        end = recorder.telemetry.instrument_mirror(mirror, "team")
        mirror.add_listener(lambda statuses: 1 / 0)  # one that fails does not stop a pass
        assert values("rows") == {}
        await mirror.run(["recipes", "jobs", "connections"])
        assert values("rows")["team", "recipes"] == 12
        assert values("rows")["team", "jobs"] == 60
        assert values("withheld")["team", "connections"] == values("incomplete")["team", "jobs"] == 0
        assert 0 <= values("age")["team", "connections"] < 60
        assert ("team", "folders") not in values("age")  # never read

        fake.state.connections.clear()
        fake.fail("recipes.list", Status(400, "{}"))
        await mirror.run(["recipes", "connections"])
        assert values("withheld")["team", "connections"] == 5
        assert values("rows")["team", "connections"] == 5
        assert values("incomplete")["team", "recipes"] == 1
        aged = [attrs.evolve(one, incomplete_since=one.last_pass and one.last_pass - timedelta(hours=2))
                for one in await mirror.status()]  # fmt: skip
        recorder.telemetry._mirrors["team"] = aged
        assert values("age")["team", "recipes"] == pytest.approx(7200, abs=60)
        end()
        assert values("rows") == {}
        await mirror.run(["connections"])
        assert values("rows") == {}

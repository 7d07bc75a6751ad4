"""Topics of event streams and their messages."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from workato_async import (
    BadRequestError,
    ConfigurationError,
    NotFoundError,
    RetryPolicy,
    WorkatoError,
    WorkatoSession,
)
from workato_async.testing import FakeWorkato, Stall
from workato_async.testing.clock import EPOCH

SCHEMA = [{"name": "order_id", "type": "string", "optional": False}]


def consumed(fake: FakeWorkato) -> list[dict[str, Any]]:
    return [json.loads(request.body) for request in fake.requests if request.endpoint == "event_messages.consume"]


async def test_a_topic_is_created_changed_and_deleted(workato: WorkatoSession) -> None:
    topic = await workato.event_topics.create(name="orders", schema=SCHEMA)
    assert (topic.retention, topic.schema) == (604_800, tuple(SCHEMA))
    changed = await workato.event_topics.update(topic, retention=60, description="short")
    assert await workato.event_topics.get(topic.id) == changed
    assert (changed.name, changed.retention, changed.description) == ("orders", 60, "short")
    assert await workato.event_topics.list(name="orders").collect() == [changed]
    assert len(await workato.event_topics.list(per_page=1).collect()) == 3
    await workato.event_topics.delete(changed)
    with pytest.raises(NotFoundError):
        await workato.event_topics.get(topic)


async def test_limits_of_topics(workato: WorkatoSession) -> None:
    for retention in (0, 7_776_001):
        with pytest.raises(BadRequestError, match="retention"):
            await workato.event_topics.create(name="orders", schema=SCHEMA, retention=retention)
    with pytest.raises(BadRequestError, match="cannot be more than 20"):
        for number in range(20):
            await workato.event_topics.create(name=f"orders {number}", schema=SCHEMA)


async def test_messages_are_read_in_order_to_the_end(fake: FakeWorkato, workato: WorkatoSession) -> None:
    for start in (0, 100):
        payloads = [{"n": number} for number in range(start, start + 60)]
        await workato.event_messages.publish_batch(7001, payloads=payloads)
    messages = await workato.event_messages.consume(7001).collect()
    assert [message.payload["n"] for message in messages] == [*range(60), *range(100, 160)]
    assert [message.id for message in messages] == sorted({message.message_id for message in messages})
    bodies = consumed(fake)
    assert [body.get("after_message_id") for body in bodies] == [
        None, messages[49].id, messages[99].id, messages[119].id,
    ]  # fmt: skip
    assert {body["batch_size"] for body in bodies} == {50}


async def test_a_worker_goes_on_after_its_last_message(fake: FakeWorkato, workato: WorkatoSession) -> None:
    topic = await workato.event_topics.get(7001)
    first = await workato.event_messages.publish(topic, {"n": 1})
    second = await workato.event_messages.publish(topic, payload={"n": 2})
    assert fake.requests[-1].json == {"n": 2}
    [message] = await workato.event_messages.consume(topic, after_message_id=first.message_id).collect()
    assert (message.message_id, message.payload) == (second.message_id, {"n": 2})
    assert await workato.event_messages.consume(topic, after_message_id=message.message_id).collect() == []
    with pytest.raises(BadRequestError):
        await workato.event_messages.consume(topic, after_message_id="A1").collect()


async def test_a_time_is_for_the_first_page_only(fake: FakeWorkato, workato: WorkatoSession) -> None:
    await workato.event_messages.publish(7001, {"n": 0})
    await asyncio.sleep(100)
    for number in (1, 2, 3):
        await workato.event_messages.publish(7001, {"n": number})
    since = EPOCH + timedelta(seconds=50)
    messages = await workato.event_messages.consume(7001, since_time=since, per_page=2).collect()
    assert [message.payload["n"] for message in messages] == [1, 2, 3]
    assert [body.get("since_time") for body in consumed(fake)] == ["2026-01-15T17:00:50Z", None, None]


async def test_messages_are_kept_as_long_as_the_topic_says(workato: WorkatoSession) -> None:
    topic = await workato.event_topics.create(name="short", schema=[{"name": "n", "type": "integer"}], retention=100)
    await workato.event_messages.publish(topic, {"n": 1})
    await asyncio.sleep(60)
    await workato.event_messages.publish(topic, {"n": 2})
    await asyncio.sleep(60)
    [message] = await workato.event_messages.consume(topic).collect()
    assert message.payload == {"n": 2}
    await workato.event_topics.purge(topic)
    assert await workato.event_messages.consume(topic).collect() == []


async def test_a_long_poll_ends_with_the_next_message(fake: FakeWorkato, workato: WorkatoSession) -> None:
    loop = asyncio.get_running_loop()
    begun = loop.time()
    waiting = asyncio.create_task(workato.event_messages.consume(7001, timeout_secs=60).first())
    await asyncio.sleep(20)
    await workato.event_messages.publish(7002, {"elsewhere": True})
    await asyncio.sleep(20)
    assert not waiting.done()
    await workato.event_messages.publish(7001, {"n": 1})
    message = await waiting
    assert message is not None
    assert message.payload == {"n": 1}
    assert loop.time() - begun == pytest.approx(40, abs=1)


@pytest.mark.parametrize(("time_scale", "seconds"), [(1.0, 60), (0.1, 6)])
async def test_a_long_poll_without_messages_ends_in_time(time_scale: float, seconds: float) -> None:
    loop = asyncio.get_running_loop()
    async with (
        FakeWorkato(recipes=0, jobs=0, time_scale=time_scale) as fake,
        WorkatoSession("a-token", base_url=fake.url) as workato,
    ):
        begun = loop.time()
        assert await workato.event_messages.consume(7001, timeout_secs=60).collect() == []
        assert loop.time() - begun == pytest.approx(seconds, abs=0.5)
        assert len(fake.requests) == 1


async def test_a_response_has_its_usual_time_after_the_wait(fake: FakeWorkato, workato: WorkatoSession) -> None:
    loop = asyncio.get_running_loop()
    begun = loop.time()
    fake.fail("event_messages.consume", Stall())
    once = workato.options(timeout=45, retry=RetryPolicy(attempts=1))
    with pytest.raises(WorkatoError):
        await once.event_messages.consume(7001, timeout_secs=60).collect()
    assert loop.time() - begun == pytest.approx(60 + 45, abs=1)


async def test_what_waits_is_cut_off_when_the_server_stops() -> None:
    loop = asyncio.get_running_loop()
    async with FakeWorkato(recipes=0, jobs=0) as fake:
        workato = WorkatoSession("a-token", base_url=fake.url, retry=RetryPolicy(attempts=1))
        waiting = asyncio.create_task(workato.event_messages.consume(7001, timeout_secs=60).collect())
        await asyncio.sleep(1)
        stopped = loop.time()
    with pytest.raises(WorkatoError):
        await waiting
    assert loop.time() - stopped < 5
    await workato.close()


@pytest.mark.parametrize("timeout_secs", [-1, 61, 1.5, "5", True])
async def test_a_wait_out_of_range_is_invalid(fake: FakeWorkato, workato: WorkatoSession, timeout_secs: Any) -> None:
    with pytest.raises(ConfigurationError, match="timeout_secs must be a whole number from 0 to 60"):
        workato.event_messages.consume(7001, timeout_secs=timeout_secs)


@pytest.mark.parametrize("count", [0, 101])
async def test_a_batch_out_of_range_is_invalid(fake: FakeWorkato, workato: WorkatoSession, count: int) -> None:
    with pytest.raises(ConfigurationError, match="1 to 100 messages"):
        await workato.event_messages.publish_batch(7001, payloads=[{}] * count)
    assert fake.requests == []


async def test_a_message_must_fit_the_topic(workato: WorkatoSession) -> None:
    topic = await workato.event_topics.create(name="orders", schema=SCHEMA)
    with pytest.raises(BadRequestError, match="order_id"):
        await workato.event_messages.publish(topic, {"other": 1})
    with pytest.raises(BadRequestError, match="larger"):
        await workato.event_messages.publish(topic, {"order_id": "x" * 2**20})
    assert await workato.event_messages.consume(topic).collect() == []


async def test_the_time_of_a_message(workato: WorkatoSession) -> None:
    await workato.event_messages.publish(7001, {})
    message = await workato.event_messages.consume(7001).first()
    assert message is not None
    assert message.time is not None
    assert message.time.astimezone(UTC) - datetime(2026, 1, 15, 17, tzinfo=UTC) < timedelta(seconds=5)

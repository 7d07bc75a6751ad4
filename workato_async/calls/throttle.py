"""One token per attempt: the layer between retry and transport."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from workato_async.errors import ConnectionFailedError, InvalidResponseError
from workato_async.events import Paused, Refused, Sent, Waited, logger
from workato_async.http.retry_after import parse_retry_after

if TYPE_CHECKING:
    from workato_async.events import Observer
    from workato_async.http.messages import Request, Response, Send
    from workato_async.limits.limiter import Limiter


def throttled(send: Send, limiter: Limiter, *, account: str = "", observe: Observer) -> Send:
    """Wrap a sender so that every attempt takes a token first and gives it back as its outcome demands.

    Args:
        send: the layer below.
        limiter: holds the buckets.
        account: whose quotas they are.
        observe: gets Waited, Sent, Refused and Paused.
    """

    async def throttled_send(request: Request) -> Response:
        endpoint = request.endpoint
        bucket = limiter.bucket(endpoint.key, account, (endpoint.quota, endpoint.id))
        begun = asyncio.get_running_loop().time() if observe else 0.0
        max_wait = request.max_wait if request.max_wait is not None else limiter.max_wait
        if request.deadline is not None:
            left = request.deadline - asyncio.get_running_loop().time()
            max_wait = left if max_wait is None else min(left, max_wait)
        taken = await bucket.acquire(ahead=request.attempt > 1, priority=request.priority, max_wait=max_wait)
        try:
            if observe:
                observe(Waited(endpoint.key, request.correlation_id, request.attempt, taken - begun))
                observe(Sent(endpoint.key, request.correlation_id, request.attempt))
            request.maybe_sent = True
            response = await send(request)
        except ConnectionFailedError:
            bucket.unsent()
            raise
        except InvalidResponseError:  # answered, but with more than may be read
            bucket.answered(taken)
            raise
        except BaseException:  # lost, timed out, or cancelled in flight: it may arrive all the same
            if request.maybe_sent:
                bucket.lost()
            else:
                bucket.unsent()
            raise
        if response.status != 429 or not endpoint.retry_429:
            bucket.answered(taken)
            return response
        retry_after = parse_retry_after(response.retry_after, response.date)
        seconds = bucket.not_accepted(taken, retry_after)
        logger.warning("%s answered 429: its calls pause for %.1f s", endpoint.key, seconds)
        if observe:
            observe(Refused(endpoint.key, request.correlation_id, request.attempt, retry_after))
            observe(Paused(endpoint.key, request.correlation_id, request.attempt, seconds))
        return response

    return throttled_send

"""One permit per attempt: the layer between retry and transport."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from workato_async.errors import ConnectionFailedError, InvalidResponseError
from workato_async.events import Paused, RateLimited, Sent, Waited
from workato_async.http.messages import ResponseLostError
from workato_async.http.retry_after import parse_retry_after
from workato_async.limits.permit import BEFORE_REQUEST, StalePermitError

if TYPE_CHECKING:
    from workato_async.events import Observer
    from workato_async.http.messages import Request, Response, Send
    from workato_async.limits.limiter import Limiter


def throttled(send: Send, limiter: Limiter, *, account: str = "", observe: Observer) -> Send:
    """Wrap a sender so that every attempt takes a permit first and returns it as its result requires.

    Args:
        send: the layer below.
        limiter: holds the buckets.
        account: whose quotas they are.
        observe: receives Waited, Sent, RateLimited and Paused.
    """

    async def throttled_send(request: Request) -> Response:
        endpoint = request.endpoint
        bucket = limiter.bucket(endpoint.key, account, endpoint.documented_quota)
        begun = asyncio.get_running_loop().time() if observe else None
        max_wait = request.max_wait if request.max_wait is not None else limiter.max_wait
        if request.deadline is not None:
            left = request.deadline - asyncio.get_running_loop().time()
            max_wait = left if max_wait is None else min(left, max_wait)
        ahead = request.attempt > 1
        while True:
            permit = await bucket.acquire(ahead=ahead, priority=request.priority, max_wait=max_wait)
            if (before := BEFORE_REQUEST.get()) is not None:
                try:
                    await before()
                except BaseException:
                    permit.unsent()
                    raise
            request.permit = permit
            try:
                if begun is not None or observe.listeners:
                    if begun is not None:  # else a listener was added during the wait
                        waited = asyncio.get_running_loop().time() - begun
                        observe(Waited(endpoint.key, request.correlation_id, request.attempt, waited, **request.where))
                    observe(Sent(endpoint.key, request.correlation_id, request.attempt, **request.where))
                response = await send(request)
            except StalePermitError:  # it waited for a connection for so long that others may have it by now
                permit.unsent()
                ahead = True
                continue
            except ConnectionFailedError:
                permit.unsent()
                raise
            except InvalidResponseError:  # there was a response, but one that could not be read
                permit.sent = True
                permit.responded()
                raise
            except BaseException as error:  # lost, timed out, or cancelled
                permit.sent = permit.sent or isinstance(error, ResponseLostError)
                permit.given_up()
                raise
            permit.sent = True
            break
        if response.status != 429 or not endpoint.retry_429:
            permit.responded()
            return response
        retry_after = parse_retry_after(response.retry_after, response.date)
        seconds = permit.rate_limited(retry_after)
        if observe:
            observe(RateLimited(endpoint.key, request.correlation_id, request.attempt, retry_after, **request.where))
            room = bucket.state().room
            observe(Paused(endpoint.key, request.correlation_id, request.attempt, seconds, room, **request.where))
        return response

    return throttled_send

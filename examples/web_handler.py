"""A web application that looks up recipes: `python examples/web_handler.py`, then `curl localhost:8081/recipes/10001`.

A request waits at most two seconds for the quota and ten for the response. Errors become HTTP responses.
"""

import math
import sys
from collections.abc import AsyncIterator

from aiohttp import web

from workato_async import NotFoundError, QuotaWaitError, WorkatoError, WorkatoSession

WORKATO = web.AppKey("workato", WorkatoSession)


async def show(request: web.Request) -> web.Response:
    """Return a recipe as JSON."""
    workato = request.app[WORKATO].options(priority="interactive", max_wait=2.0, timeout=10.0)
    try:
        recipe = await workato.recipes.get(int(request.match_info["id"]))
    except NotFoundError:
        raise web.HTTPNotFound(text="Recipe not found.") from None
    except QuotaWaitError as error:
        raise web.HTTPServiceUnavailable(headers={"Retry-After": str(math.ceil(error.wait))}) from None
    except WorkatoError as error:
        raise web.HTTPBadGateway(text=str(error)) from None
    return web.json_response({"id": recipe.id, "name": recipe.name, "running": recipe.running})


async def session(app: web.Application) -> AsyncIterator[None]:
    """Open one session for the lifetime of the application: all handlers share its connections and its limiter."""
    async with WorkatoSession() as workato:
        app[WORKATO] = workato
        yield


def application() -> web.Application:
    """Return the application."""
    app = web.Application()
    app.cleanup_ctx.append(session)
    app.router.add_get(r"/recipes/{id:\d+}", show)
    return app


if __name__ == "__main__":
    web.run_app(application(), host="127.0.0.1", port=int(sys.argv[1]) if sys.argv[1:] else 8081)

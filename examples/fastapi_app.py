"""A FastAPI application that looks up recipes: `uvicorn fastapi_app:app --workers 4`.

One session for each worker process, opened and closed with it; the processes of this machine share the
quota in a file (with workers on several machines, in Redis). A request waits at most two seconds for the
quota and ten for the response. Errors become HTTP responses.
"""

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse

from workato_async import Api, Limiter, NotFoundError, QuotaWaitError, WorkatoError, WorkatoSession
from workato_async.limits.machine import MachineStore


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open one session for the lifetime of the process: all requests share its connections and its limiter."""
    limiter = Limiter(store=MachineStore())  # several machines: RedisStore("redis://...")
    try:
        async with WorkatoSession(limiter=limiter) as session:
            app.state.workato = session
            yield
    finally:
        await limiter.close()


async def workato(request: Request) -> Api:
    """Return the session for endpoints: its calls go ahead of bulk work, and do not wait long."""
    session: WorkatoSession = request.app.state.workato
    return session.options(priority="interactive", max_wait=2.0, timeout=10.0)


Workato = Annotated[Api, Depends(workato)]
app = FastAPI(lifespan=lifespan)


@app.get("/recipes/{recipe_id}")
async def show(recipe_id: int, workato: Workato) -> dict[str, Any]:
    """Return a recipe."""
    recipe = await workato.recipes.get(recipe_id)
    return {"id": recipe.id, "name": recipe.name, "running": recipe.running}


@app.exception_handler(NotFoundError)
async def not_found(request: Request, error: NotFoundError) -> JSONResponse:
    return JSONResponse({"detail": "Recipe not found."}, 404)


@app.exception_handler(QuotaWaitError)
async def busy(request: Request, error: QuotaWaitError) -> JSONResponse:
    return JSONResponse({"detail": "Try again later."}, 503, {"Retry-After": str(math.ceil(error.wait))})


@app.exception_handler(WorkatoError)
async def failed(request: Request, error: WorkatoError) -> JSONResponse:
    return JSONResponse({"detail": str(error)}, 502)

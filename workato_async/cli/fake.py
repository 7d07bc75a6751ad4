"""``workato-async fake``: a fake Workato to try things out with."""

# No postponed annotations: Typer reads them when the commands are made.

import enum
from typing import Annotated

import typer


class Window(enum.StrEnum):
    """How quotas are counted."""

    SLIDING = "sliding"
    FIXED = "fixed"
    TOKEN_BUCKET = "token_bucket"  # noqa: S105 - no password
    NONE = "none"


def fake(
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65_535, help="Port to listen on, 0 for any.")] = 8080,
    recipes: Annotated[int, typer.Option("--recipes", min=0, help="Recipes; every second one runs.")] = 500,
    jobs: Annotated[int, typer.Option("--jobs", min=0, help="Jobs; every fifth failed.")] = 2000,
    connections: Annotated[int, typer.Option("--connections", min=0, help="Connections.")] = 20,
    time_scale: Annotated[
        float, typer.Option("--time-scale", help="How many times as long every quota window is as Workato's.")
    ] = 1.0,
    window: Annotated[
        Window, typer.Option("--window", help="How quotas are counted; none lifts them.")
    ] = Window.SLIDING,
    token: Annotated[str | None, typer.Option("--token", help="The only token to accept; any otherwise.")] = None,
    latency: Annotated[float, typer.Option("--latency", min=0, help="Seconds that every answer takes.")] = 0.0,
    seed: Annotated[int, typer.Option("--seed", help="Another seed makes another workspace.")] = 0,
) -> None:
    """Serve a fake Workato on this machine until Ctrl-C; its calendar begins in January 2026.

    Set WORKATO_HOST to the address it prints, and WORKATO_API_TOKEN to anything.
    """
    from workato_async.testing.__main__ import main

    arguments = {
        "--host": host,
        "--port": port,
        "--recipes": recipes,
        "--jobs": jobs,
        "--connections": connections,
        "--time-scale": time_scale,
        "--window": window,
        "--latency": latency,
        "--seed": seed,
        **({} if token is None else {"--token": token}),
    }
    raise typer.Exit(main([f"{name}={value}" for name, value in arguments.items()]))

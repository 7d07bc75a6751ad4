"""``workato-async quotas``: the quota of each endpoint, and its use by a running mirror."""

# No postponed annotations: Typer reads them when the commands are made.

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from workato_async.cli.output import Format, Row, Rows
from workato_async.cli.terminal import echo_err

COLUMNS = ("id", "endpoint", "requests", "seconds", "idempotent")
LIVE_COLUMNS = ("endpoint", "requests", "seconds", "room", "free", "waiters", "paused_for", "sent", "refused")


async def quotas(
    output: Format,
    family: Annotated[
        str | None, typer.Argument(metavar="FAMILY", help="Only this endpoint or family, e.g. jobs, or embedded.")
    ] = None,
    live: Annotated[
        str | None,
        typer.Option(
            "--live", metavar="DATABASE", help="Show current use by a mirror that is running on this database."
        ),
    ] = None,
) -> None:
    """Show the quota (rate limit) of every endpoint. No token is needed, and nothing is sent."""
    from workato_async import EMBEDDED_ENDPOINTS, ENDPOINTS

    chosen = {
        endpoint.key: endpoint
        for endpoint in (*ENDPOINTS, *EMBEDDED_ENDPOINTS)
        if family is None or f"{endpoint.id}.".startswith(f"{family}.")
    }
    if not chosen:
        families = sorted({endpoint.id.partition(".")[0] for endpoint in ENDPOINTS})
        raise typer.BadParameter(
            f"no endpoint or family is named {family!r}; families: {', '.join(families)}, embedded"
        )
    if live is None:
        with Rows(COLUMNS, output) as rows:
            for endpoint in chosen.values():
                rows.add(
                    {
                        "id": endpoint.id,
                        "endpoint": endpoint.key,
                        "requests": endpoint.quota.requests,
                        "seconds": endpoint.quota.per,
                        "idempotent": endpoint.idempotent,
                    }
                )
        return
    from workato_async.cli.live_quotas import read

    states, age = read(live)
    with Rows(LIVE_COLUMNS, output, none="nothing sent so far") as rows:
        for key, state in states.items():
            if family is None or key in chosen:
                rows.add(_live(key, state))
    echo_err(f"as of {age:.0f} s ago")


def _live(key: str, state: Mapping[str, Any]) -> Row:
    quota = state["quota"]
    counts = {name: state[name] for name in ("room", "free", "waiters", "sent", "refused")}
    return {
        "endpoint": key,
        "requests": quota["requests"],
        "seconds": quota["per"],
        "paused_for": round(state["paused_for"], 1),
        **counts,
    }

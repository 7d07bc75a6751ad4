"""``workato-async quotas``: the quota of each endpoint, and its use by a running mirror."""

# No postponed annotations: Typer reads them when the commands are made.

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from workato_async.cli.command_runner import ExitStatus, run
from workato_async.cli.options import Csv, Json
from workato_async.cli.output import Format, Row, Rows
from workato_async.cli.terminal import echo_err

COLUMNS = ("id", "endpoint", "requests", "seconds", "idempotent")
LIVE_COLUMNS = ("endpoint", "requests", "seconds", "room", "free", "waiters", "paused_for", "sent", "refused")


def quotas(
    family: Annotated[
        str | None, typer.Argument(metavar="FAMILY", help="Only this endpoint or family, e.g. jobs, or embedded.")
    ] = None,
    live: Annotated[
        str | None,
        typer.Option(
            "--live", metavar="DATABASE", help="Show current use by a mirror that is running on this database."
        ),
    ] = None,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """Show the quota (rate limit) of every endpoint. No token is needed, and nothing is sent."""
    output = Format.of(as_json, as_csv)

    async def command() -> ExitStatus:
        from workato_async import EMBEDDED_ENDPOINTS, ENDPOINTS

        endpoints = (*ENDPOINTS, *EMBEDDED_ENDPOINTS)
        if live is None:
            with Rows(COLUMNS, output, none="no such endpoint or family") as rows:
                for endpoint in endpoints:
                    if family is None or f"{endpoint.id}.".startswith(f"{family}."):
                        rows.add(
                            {
                                "id": endpoint.id,
                                "endpoint": endpoint.key,
                                "requests": endpoint.quota.requests,
                                "seconds": endpoint.quota.per,
                                "idempotent": endpoint.idempotent,
                            }
                        )
            return ExitStatus.DONE
        from workato_async.cli.live_quotas import read

        names = {endpoint.key: endpoint.id for endpoint in endpoints}
        states, age = read(live)
        with Rows(LIVE_COLUMNS, output, none="nothing sent so far") as rows:
            for key, state in states.items():
                if family is None or f"{names.get(key, '')}.".startswith(f"{family}."):
                    rows.add(_live(key, state))
        echo_err(f"as of {age:.0f} s ago")
        return ExitStatus.DONE

    run(command)


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

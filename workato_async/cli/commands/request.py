"""``workato-async request``: any endpoint, within its quota."""

# No postponed annotations: Typer reads them when the commands are made.

import json
import sys
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qsl

import typer

from workato_async.cli.command_runner import ExitStatus, interruptible, run
from workato_async.cli.options import DryRun, Profile
from workato_async.cli.output import print_json
from workato_async.cli.profiles import load_profile
from workato_async.cli.terminal import echo_err


def request(
    method: Annotated[str, typer.Argument(metavar="METHOD", help="GET, POST, PUT, PATCH or DELETE.")],
    path: Annotated[
        str, typer.Argument(metavar="PATH", help="Path from the root of the host, optionally with a query.")
    ],
    query: Annotated[
        list[str] | None,
        typer.Option("--query", metavar="NAME=VALUE", help="Query parameter (can be given multiple times)."),
    ] = None,
    body: Annotated[
        str | None,
        typer.Option("--body", metavar="JSON|@FILE|-", help="Request body: JSON, a file, or standard input."),
    ] = None,
    lines: Annotated[bool, typer.Option("--json", help="Output as JSON Lines (one line per item of a list).")] = False,
    dry_run: DryRun = False,
    profile: Profile = None,
) -> None:
    """Call any endpoint, within its quota.

    Prints the JSON response. The endpoint may be undocumented.
    """
    bare, _, inline = path.partition("?")
    pairs: dict[str, list[str]] = {}
    for name, value in [*parse_qsl(inline, keep_blank_values=True), *map(_pair, query or [])]:
        pairs.setdefault(name, []).append(value)
    content = None if body is None else _json(body)

    async def command() -> ExitStatus:
        from workato_async import find_endpoint
        from workato_async.cli.estimates import describe_cost

        async with load_profile(profile).session() as workato:
            endpoint, _ = find_endpoint(method.upper(), bare)
            if dry_run:
                echo_err(f"would send {method.upper()} {path}: {describe_cost(workato.limiter, endpoint.key, 1)}")
                return ExitStatus.DONE
            with interruptible(lambda: "nothing was changed" if endpoint.is_read else "it may have been carried out"):
                response = await workato.request(method.upper(), bare, query=pairs, body=content)
        for item in response if lines and isinstance(response, list) else [response]:
            print_json(item, indent=None if lines else 2)
        return ExitStatus.DONE

    run(command)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise typer.BadParameter("expected NAME=VALUE", param_hint="--query")
    return name, value


def _json(text: str) -> Any:
    try:
        if text == "-":
            text = sys.stdin.read()
        elif text.startswith("@"):
            text = Path(text[1:]).read_text(encoding="utf-8")
        return json.loads(text)
    except OSError as error:
        raise typer.BadParameter(f"{text[1:]}: {error.strerror}", param_hint="--body") from None
    except (ValueError, RecursionError):
        raise typer.BadParameter("not valid JSON", param_hint="--body") from None

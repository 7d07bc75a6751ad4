"""``workato-async request``: any endpoint, paced."""

# No postponed annotations: Typer reads them when the commands are made.

import json
import sys
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qsl

import typer

from workato_async.cli.options import DryRun, Profile
from workato_async.cli.output import print_json
from workato_async.cli.profiles import load_profile
from workato_async.cli.running import Status, interruptible, run, say


def request(
    method: Annotated[str, typer.Argument(metavar="METHOD", help="GET, POST, PUT, PATCH or DELETE.")],
    path: Annotated[str, typer.Argument(metavar="PATH", help="From the root of the host; may have a query.")],
    query: Annotated[
        list[str] | None, typer.Option("--query", metavar="NAME=VALUE", help="A query parameter; may be repeated.")
    ] = None,
    body: Annotated[
        str | None, typer.Option("--body", metavar="JSON|@FILE|-", help="The body, a file with it, or standard input.")
    ] = None,
    lines: Annotated[bool, typer.Option("--json", help="Print one JSON object a line, a list item by item.")] = False,
    dry_run: DryRun = False,
    profile: Profile = None,
) -> None:
    """Call any endpoint, also one this program does not know, within its quota; print the JSON of the answer."""
    bare, _, inline = path.partition("?")
    pairs: dict[str, list[str]] = {}
    for name, value in [*parse_qsl(inline, keep_blank_values=True), *map(_pair, query or [])]:
        pairs.setdefault(name, []).append(value)
    content = None if body is None else _json(body)

    async def command() -> Status:
        from workato_async.cli.bars import price
        from workato_async.routes import find_endpoint

        async with load_profile(profile).session() as workato:
            endpoint, _ = find_endpoint(method.upper(), bare)
            if dry_run:
                say(f"would send {method.upper()} {path}: {price(workato.limiter, endpoint.key, 1)}")
                return Status.DONE
            with interruptible(lambda: "nothing was changed" if endpoint.is_read else "it may have been carried out"):
                answer = await workato.request(method.upper(), bare, query=pairs, body=content)
        for item in answer if lines and isinstance(answer, list) else [answer]:
            print_json(item, indent=None if lines else 2)
        return Status.DONE

    run(command)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise typer.BadParameter("it is NAME=VALUE", param_hint="--query")
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
        raise typer.BadParameter("it is not JSON", param_hint="--body") from None

"""``workato-async request``: any endpoint, within its quota."""

# No postponed annotations: Typer reads them when the commands are made.

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self
from urllib.parse import parse_qsl

import typer

from workato_async.cli.command_runner import CommandError, ExitStatus, interruptible
from workato_async.cli.options import DryRun
from workato_async.cli.output import Format, print_json
from workato_async.cli.terminal import echo_err

if TYPE_CHECKING:
    from workato_async import WorkatoSession


async def request(
    workato: "WorkatoSession",
    output: Format,
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
    paginate: Annotated[
        bool, typer.Option("--paginate", help="Read all pages of a list; print one item per line, as with --json.")
    ] = False,
    dry_run: DryRun = False,
) -> None:
    """Call any endpoint, within its quota.

    Prints the JSON response; with --json or --csv, prints a list item by item. The endpoint may be undocumented.
    """
    from workato_async import find_endpoint
    from workato_async.cli.estimates import describe_cost
    from workato_async.cli.listing import items_of

    method = method.upper()
    bare, _, inline = path.partition("?")
    _check_path(bare)
    parameters: dict[str, list[str]] = {}
    for name, value in [*parse_qsl(inline, keep_blank_values=True), *map(_pair, query or [])]:
        parameters.setdefault(name, []).append(value)
    content = None if body is None else _json(body)
    endpoint, _ = find_endpoint(method, bare)
    if dry_run:
        echo_err(f"would send {method} {path}: {describe_cost(workato.limiter, endpoint.key, 1)}")
        return
    if paginate:
        if method != "GET" or content is not None:
            raise typer.BadParameter("only GET requests without --body have pages", param_hint="--paginate")
        from workato_async.cli.raw_pages import items

        with interruptible(lambda: "the list is incomplete"), _Printer(output) as printer:
            async for item in items(workato, bare, parameters):
                printer.add(item)
        return
    with interruptible(lambda: "nothing was changed" if endpoint.is_read else "it may have been carried out"):
        response = await workato.request(method, bare, query=parameters, body=content)
    if output is Format.TABLE:
        print_json(response, indent=2)
        return
    found = items_of(response)
    with _Printer(output) as printer:
        for item in [response] if found is None else found:
            printer.add(item)


class _Printer:
    """Prints items: as JSON Lines, or as CSV with the columns of the first item."""

    def __init__(self, output: Format) -> None:
        self._output = output
        self._rows: Any = None

    def __enter__(self) -> Self:
        return self

    def add(self, item: Any) -> None:
        if not self._output.is_csv:
            print_json(item)
            return
        from workato_async.cli.output import Rows

        row = item if isinstance(item, dict) else {"value": item}
        if self._rows is None:
            self._rows = Rows([*row], self._output).__enter__()
        self._rows.add(row)

    def __exit__(self, *_: object) -> None:
        sys.stdout.flush()


def _check_path(path: str) -> None:
    """Raise an error that suggests the path that was meant."""
    from workato_async import ENDPOINTS

    if "://" in path:
        raise CommandError("error: leave out the host; the path begins with /", ExitStatus.USAGE)
    first = path.strip("/").partition("/")[0]
    families = {family: root for endpoint in ENDPOINTS for root, family in [endpoint.path.split("/")[1:3]]}
    if first in families:
        meant = f"/{families[first]}/{path.strip('/')}"
    elif path.startswith("/"):
        return
    else:
        meant = f"/{path}"
    raise CommandError(f"error: {path!r} is not the path of an endpoint; did you mean {meant}?", ExitStatus.USAGE)


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
            text = Path(text[1:]).read_text(encoding="utf-8-sig")
        return json.loads(text)
    except OSError as error:
        raise typer.BadParameter(f"{text[1:]}: {error.strerror}", param_hint="--body") from None
    except (ValueError, RecursionError):
        raise typer.BadParameter("not valid JSON", param_hint="--body") from None

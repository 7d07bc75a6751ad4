"""Commands as coroutine functions, with the options that all of them have.

A command says by the names of its parameters what it needs: ``workato`` is an open session, ``output`` the
``Format``. The options that these come from can be given before or after the command.
"""

# No postponed annotations: Typer reads them.

import inspect
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from functools import wraps
from typing import Annotated, Any, TypeVar, cast, get_args

import typer
from typer.core import TyperCommand

from workato_async.cli.command_runner import ExitStatus, run
from workato_async.cli.help_texts import PlainCommand
from workato_async.cli.lazy_commands import Later, group_class
from workato_async.cli.output import Format
from workato_async.cli.profile_names import profile_names
from workato_async.cli.sessions import open_session
from workato_async.cli.settings import SETTINGS, Settings

Command = Callable[..., Coroutine[Any, Any, ExitStatus | None]]
CommandT = TypeVar("CommandT", bound=Callable[..., Any])

_SESSION = ("profile", "host", "data_center", "shared_quota")
_OUTPUT = ("as_json", "as_csv", "raw_csv")
COMMON: dict[str, tuple[Any, tuple[str, ...], dict[str, Any]]] = {
    "profile": (
        str | None,
        ("--profile",),
        {
            "metavar": "NAME",
            "help": "Profile from the config file (default: environment variables).",
            "autocompletion": profile_names,
        },
    ),
    "host": (str | None, ("--host",), {"metavar": "HOST", "help": "Host of the API (default: the profile's)."}),
    "data_center": (str | None, ("--data-center",), {"metavar": "NAME", "help": "Data center, e.g. us, eu or jp."}),
    "shared_quota": (
        bool | None,
        ("--shared-quota/--no-shared-quota",),
        {"help": "Share quotas with the other programs of this machine (default), or pace this command alone."},
    ),
    "verbose": (
        bool,
        ("--verbose", "-v"),
        {"help": "Show every request on stderr, and the traceback of an unexpected error."},
    ),
    "as_json": (bool, ("--json",), {"help": "Output as JSON Lines (one object per line)."}),
    "as_csv": (bool, ("--csv",), {"help": "Output as CSV with a header; formulas get an apostrophe before them."}),
    "raw_csv": (bool, ("--raw-csv",), {"help": "As --csv, with formulas as they are: for programs."}),
}
"""The options that commands have in common, by parameter name: type, names and what help says."""


class Group(typer.Typer):
    """A group of commands.

    Args:
        help: what they do.
        epilog: printed below the help; the group of all commands has one.
        options: further options of the group itself, by parameter name, with callbacks.
    """

    def __init__(self, help: str, *, epilog: str | None = None, **options: Any) -> None:  # noqa: A002
        self._later: dict[str, Later] = {}
        super().__init__(
            cls=group_class(self._later),
            no_args_is_help=True,
            rich_markup_mode=None,
            pretty_exceptions_enable=False,
            context_settings={"help_option_names": ["-h", "--help"]},
        )

        def callback(**_: object) -> None:
            """Accept the common options; the command looks for them."""

        callback.__doc__ = help
        # Groups accept them, but only the help of the outermost and of the commands lists them.
        self.callback(epilog=epilog)(_with_options(callback, {**options, **_options(COMMON, hidden=epilog is None)}))

    def command(  # type: ignore[override]  # a coroutine function, and fewer options than Typer has
        self, name: str | None = None, *, epilog: str, hidden: bool = False
    ) -> Callable[[CommandT], CommandT]:
        """Add a coroutine function as a command, or a plain function that needs nothing of the common options.

        Args:
            name: its name; None for the function's.
            epilog: an example.
            hidden: whether the help leaves it out.
        """

        def add(function: CommandT) -> CommandT:
            called = _runnable(function) if inspect.iscoroutinefunction(function) else _plain(function)
            super(Group, self).command(name, cls=PlainCommand, epilog=epilog, hidden=hidden)(called)
            return function

        return add

    def later(self, name: str, where: str, summary: str, *, epilog: str = "") -> None:
        """Add a command or group that is imported when it is used.

        Args:
            name: its name.
            where: the module and, after a colon, the group or the function, e.g. ``"….commands.jobs:app"``.
            summary: the first sentence of its help.
            epilog: an example, of a function.
        """

        def build(function: Command) -> TyperCommand:
            group = Group("")
            group.command(name, epilog=epilog)(function)
            return cast("TyperCommand", typer.main.get_group(group).commands[name])

        self._later[name] = Later(name, where, summary, build)


def _runnable(function: Command) -> Callable[..., None]:
    """Return a function for Typer that runs a command with what it needs and exits with its status."""
    parameters = inspect.signature(function).parameters
    names = (
        *(_SESSION if parameters.keys() & {"workato", "settings"} else ()),
        "verbose",
        *(_OUTPUT if "output" in parameters else ()),
    )

    @wraps(function)
    def command(ctx: typer.Context, **given: Any) -> None:
        common = {name: _common(ctx, name) for name in COMMON}
        for name in names:
            del given[name]
        output = Format.of(*(bool(common.pop(name)) for name in _OUTPUT))
        if "output" in parameters:
            given["output"] = output
        else:
            _require_table(ctx, output)
        settings = Settings(**{name: value for name, value in common.items() if value is not None})

        async def with_session() -> ExitStatus:
            async with AsyncExitStack() as resources:
                if "settings" in parameters:
                    given["settings"] = settings
                if "workato" in parameters:
                    given["workato"] = await resources.enter_async_context(open_session())
                return await function(**given) or ExitStatus.DONE

        SETTINGS.set(settings)
        run(with_session)

    own = [parameter for name, parameter in parameters.items() if name not in ("workato", "output", "settings")]
    return _with_options(command, _options(names), own=own)


def _plain(function: Callable[..., Any]) -> Callable[..., None]:
    """Return a function for Typer that runs a command which needs nothing of the common options."""

    @wraps(function)
    def command(ctx: typer.Context, **given: Any) -> None:
        _require_table(ctx, Format.of(*(bool(_common(ctx, name)) for name in _OUTPUT)))
        function(**given)

    return _with_options(command, {}, own=[*inspect.signature(function).parameters.values()])


def _require_table(ctx: typer.Context, output: Format) -> None:
    """Raise an error if another output is asked for, which a command does not have."""
    if output is not Format.TABLE:
        raise typer.BadParameter(
            f"{ctx.info_name} has no other output format", param_hint=f"--{output.name.lower().replace('_', '-')}"
        )


def _common(ctx: typer.Context, name: str) -> Any:
    """Return the value of a common option, the one that comes last on the command line; None if it is not there."""
    context: Any = ctx
    while context is not None:
        if (value := context.params.get(name)) not in (None, False) or (name == "shared_quota" and value is False):
            return value
        context = context.parent
    return None


def _options(names: Iterable[str], *, hidden: bool = False) -> dict[str, Any]:
    """Return annotations for Typer, by parameter name."""
    return {
        name: Annotated[kind, typer.Option(*flags, hidden=hidden, **texts)]
        for name in names
        for kind, flags, texts in [COMMON[name]]
    }


def _with_options(
    function: Callable[..., None], options: Mapping[str, Any], *, own: Sequence[inspect.Parameter] = ()
) -> Callable[..., None]:
    """Set the signature that Typer reads: the context, parameters of the function, and options."""
    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [parameter.replace(kind=keyword) for parameter in own]
    parameters += [
        inspect.Parameter(
            name, keyword, default=False if get_args(annotation)[0] is bool else None, annotation=annotation
        )
        for name, annotation in options.items()
    ]
    context = inspect.Parameter("ctx", keyword, annotation=typer.Context)
    function.__signature__ = inspect.Signature([context, *parameters])  # type: ignore[attr-defined]
    function.__annotations__ = {parameter.name: parameter.annotation for parameter in (context, *parameters)}
    return function

"""Starting is cheap: what a program does not use is not imported, and still everything is where it was."""

from __future__ import annotations

import ast
import json
import pickle
import pydoc
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
import typer.main
from typer.testing import CliRunner

import workato_async
from workato_async import embedded, errors, fan_out
from workato_async.cli import lazy_commands
from workato_async.cli.app import app
from workato_async.cli.lazy_commands import Later

if TYPE_CHECKING:
    # mypy warns of an ignored error that is none: names that the package does not have are errors.
    from workato_async import Nonsense  # type: ignore[attr-defined] # noqa: F401

HEAVY = {"aiohttp", "attr", "attrs", "cattrs", "msgspec", "asyncio", "ssl", "rich", "pydantic", "redis", "sqlalchemy"}
"""Packages that neither an import of the package nor a help text needs."""


def run(program: str) -> str:
    """Return what a fresh interpreter prints that runs a program."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def loaded(program: str) -> set[str]:
    """Return the modules that a fresh interpreter has imported after a program."""
    report = "\nimport sys, json; print('\\n' + json.dumps(list(sys.modules)))"
    return set(json.loads(run(program + report).splitlines()[-1]))


def test_the_package_imports_nothing_of_itself() -> None:
    modules = loaded("import workato_async")
    assert {name for name in modules if name.startswith("workato_async")} == {"workato_async", "workato_async._version"}
    assert not HEAVY & modules


def test_an_error_class_loads_neither_the_session_nor_http() -> None:
    modules = loaded("from workato_async import WorkatoError")
    ours = {name for name in modules if name.startswith("workato_async.")}
    assert ours == {"workato_async._version", "workato_async.errors"}


def test_type_checkers_and_programs_find_each_name_in_the_same_module() -> None:
    tree = ast.parse(Path(workato_async.__file__).read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    typed = {
        alias.name: (node.module or "").removeprefix("workato_async.")
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert typed == workato_async._MODULE_OF  # type: ignore[attr-defined]
    assert sorted({*typed, "__version__"}) == sorted(workato_async.__all__)


def test_every_public_name_is_there() -> None:
    everything: dict[str, Any] = {}
    exec("from workato_async import *", everything)
    for name in workato_async.__all__:
        assert everything[name] is getattr(workato_async, name)
        assert name in dir(workato_async)
    assert workato_async.WorkatoError is errors.WorkatoError


def test_an_unknown_name_is_an_attribute_error_with_a_suggestion() -> None:
    with pytest.raises(AttributeError, match="'workato_async' has no attribute 'WorkatoSesion'") as caught:
        workato_async.WorkatoSesion  # type: ignore[attr-defined] # noqa: B018
    assert (caught.value.name, caught.value.obj) == ("WorkatoSesion", workato_async)
    code = "import workato_async; assert not hasattr(workato_async, 'otel')"  # only imported by its own name
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    "first",
    [
        "import workato_async.fan_out",
        "from workato_async.fan_out import Outcome",
        "from workato_async import Outcome",
        "from workato_async import fan_out",
        "import workato_async; workato_async.session",
    ],
)
def test_fan_out_is_the_function_whatever_was_imported_first(first: str) -> None:
    check = "import sys, workato_async; assert workato_async.fan_out is sys.modules['workato_async.fan_out'].fan_out"
    run(f"{first}\nfrom workato_async import fan_out\n{check}; assert callable(fan_out)")
    assert fan_out.__module__ == "workato_async.fan_out"


def test_modules_are_attributes_without_an_import_of_their_own() -> None:
    run(
        "import workato_async as w\n"
        "w.limits.quota.Quota; w.limits.limiter.Limiter; w.errors.WorkatoError; w.session.WorkatoSession\n"
        "w.pages.Pages; w.events.logger; w.operations.Operation; w.endpoint.Endpoint; w.base_model.Model\n"
        "w.calls.retry.RetryPolicy; w.http.transport; w.api.Api; w.privileges\n"
        "assert {'limits', 'errors', 'session'} <= set(dir(w))"
    )


def test_an_error_is_unpickled_where_nothing_was_imported() -> None:
    error = workato_async.NotFoundError("no such recipe", status=404, endpoint="GET /api/recipes/{id}")
    printed = run(f"import pickle; print(repr(pickle.loads({pickle.dumps(error)!r})))")
    assert printed == f"{error!r}\n"


def test_help_shows_the_classes() -> None:
    text = re.sub(".\x08", "", pydoc.render_doc(workato_async))  # bold is a letter, a backspace, and the letter
    assert "class WorkatoSession(" in text
    assert "fan_out(" in text


def test_many_threads_may_ask_first() -> None:
    run(
        "from threading import Barrier, Thread\nimport sys, workato_async\nsys.setswitchinterval(1e-5)\n"
        "names, found = [*workato_async.__all__] * 2, []\nstart = Barrier(len(names))\n"
        "def ask(name): start.wait(); found.append((name, getattr(workato_async, name)))\n"
        "threads = [Thread(target=ask, args=(name,)) for name in names]\n"
        "[t.start() for t in threads]; [t.join() for t in threads]\n"
        "assert len(found) == len(names) and all(v is getattr(workato_async, n) for n, v in found)"
    )


def test_two_threads_get_the_same_counterpart(monkeypatch: pytest.MonkeyPatch) -> None:
    """An endpoint is equal to itself only."""
    both = Barrier(2)
    build = embedded._mirrored

    def slow(endpoint: Any) -> Any:
        both.wait()
        return build(endpoint)

    monkeypatch.setattr(embedded, "_mirrored", slow)
    monkeypatch.setattr(embedded, "_MIRRORED", {})
    with ThreadPoolExecutor(2) as threads:
        first, second = threads.map(embedded.mirrored, [workato_async.ENDPOINTS[0]] * 2)
    assert first is second


@pytest.mark.parametrize(
    ("package", "module", "name"),
    [
        ("workato_async", "workato_async.session", "WorkatoSession"),
        ("workato_async", "workato_async.fan_out", "fan_out"),
        ("workato_async.models", "workato_async.resources.recipes.models", "Recipe"),
    ],
)
def test_what_a_test_replaces_for_a_while_does_not_stay(package: str, module: str, name: str) -> None:
    run(
        "from importlib import import_module\nfrom unittest.mock import patch\n"
        f"package = import_module({package!r})\n"
        f"with patch('{module}.{name}') as fake: getattr(package, {name!r})\n"
        f"assert getattr(package, {name!r}) is not fake\n"
        f"with patch('{package}.{name}') as fake: assert getattr(package, {name!r}) is fake\n"
        f"assert getattr(package, {name!r}) is not fake"
    )


def test_a_fork_before_the_first_use_counts_as_none() -> None:
    """Quotas are spent twice only by parents that have a limiter, and with it come the hooks that warn of that."""
    assert "workato_async.limits.forks" in loaded("from workato_async import Limiter")


def command_line(*arguments: str, environment: dict[str, str] | None = None) -> set[str]:
    return loaded(
        "import os, sys, contextlib; from workato_async.cli import main\n"
        f"os.environ.update({environment or {}!r}); sys.argv[:] = ['workato-async', *{arguments!r}]\n"
        "with contextlib.suppress(SystemExit): main()"
    )


COMPLETION = {
    "_WORKATO_ASYNC_COMPLETE": "complete_bash",
    "COMP_WORDS": "workato-async recipes li",
    "COMP_CWORD": "2",
}


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [(("--help",), {}), (("recipes", "list", "--help"), {}), (("--version",), {}), ((), COMPLETION)],
    ids=["help", "help of a command", "version", "completion"],
)
def test_help_loads_nothing_that_only_commands_need(arguments: tuple[str, ...], environment: dict[str, str]) -> None:
    modules = command_line(*arguments, environment=environment)
    assert not HEAVY & modules
    ours = {name.removeprefix("workato_async.") for name in modules if name.startswith("workato_async.")}
    assert {name for name in ours if not name.startswith("cli")} <= {"_version", "_durations"}
    commands = {name for name in ours if name.startswith("cli.commands.")}
    assert all(name.startswith("cli.commands.recipe") for name in commands), "only what was asked for is imported"


def test_the_summary_of_a_command_is_the_first_sentence_of_its_help() -> None:
    group = typer.main.get_command(app)
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        assert isinstance(command, Later), f"add {name} with app.later, or its modules are loaded by every command"
        assert command.load().name == name
        assert command.load().get_short_help_str(200) == command.get_short_help_str(200)


def test_ctrl_c_while_a_command_is_imported_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(lazy_commands, "import_module", interrupted)
    result = CliRunner().invoke(app, ["jobs", "list", "1"])
    assert (result.exit_code, result.stderr) == (130, "interrupted\n")


def test_no_command_imports_at_its_top_what_only_running_it_needs() -> None:
    modules = loaded(
        "import typer.main; from workato_async.cli.app import app\n"
        "for command in typer.main.get_command(app).commands.values(): command.load()"
    )
    assert not HEAVY & modules
    ours = {name.removeprefix("workato_async.") for name in modules if name.startswith("workato_async.")}
    assert {name for name in ours if not name.startswith("cli")} <= {"_version", "_durations"}

"""Every check of this repository as a nox session: ``nox --list``. ``.ci/run`` runs those that a change must pass."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import nox

nox.needs_version = ">=2026.10"
nox.options.sessions = ["lint", "types", "tests"]
nox.options.reuse_existing_virtualenvs = True

ROOT = Path(__file__).parent
DIST = ROOT / "dist"
PROJECT = nox.project.load_toml("pyproject.toml")
NEWER = ("3.12", "3.13", "3.14")
"""The Python releases supported beside the oldest one, which all other sessions run on."""
QUICK = (
    "tests/cli/test_commands.py",
    "tests/cli/test_mirror.py",
    "tests/core",
    "tests/engines/test_dask_smoke.py",
    "tests/families",
    "tests/limits",
    "tests/mirror/test_export.py",
    "tests/mirror/test_odd_values.py",
    "tests/mirror/test_passes.py",
    "tests/redis/test_core.py",
    "tests/redis/test_sharing.py",
    "tests/resources",
    "tests/test_extras.py",
    "tests/test_otel.py",
    "tests/test_startup.py",
    "tests/testing",
    "--ignore=tests/core/test_chaos.py",
    "--ignore=tests/core/test_garbage.py",
    "--ignore=tests/core/test_odd_responses.py",
    "--ignore=tests/core/test_unknown_paths.py",
    "--ignore=tests/core/test_whole_response.py",
    "--ignore=tests/limits/test_machine.py",
    "--ignore=tests/resources/test_download_limits.py",
    "--ignore=tests/resources/test_zip_limits.py",
    "--ignore=tests/testing/test_odd_requests.py",
)
"""What depends on packaging, on the versions of other packages and on the Python release; the rest is our own logic."""

SENDING = (
    "tests/cli/test_commands.py",
    "tests/core/test_connections.py",
    "tests/core/test_lean.py",
    "tests/core/test_lean_endings.py",
    "tests/core/test_lifetime.py",
    "tests/core/test_right_response.py",
    "tests/core/test_secrets.py",
    "tests/core/test_session.py",
    "tests/core/test_tls.py",
    "tests/core/test_transport.py",
    "tests/faults/test_budget.py",
    "tests/faults/test_injection.py",
    "tests/faults/test_lifecycle.py",
    "tests/resources/test_downloads.py",
    "tests/test_extras.py",
)
"""What depends on how requests are sent; `nox -s plain` has more of it."""


def install(session: nox.Session, *requirements: str, groups: tuple[str, ...] = ()) -> None:
    """Install requirements and dependency groups; with ``--no-venv``, the environment that nox runs in has them."""
    if session.venv_backend != "none":
        listed = nox.project.dependency_groups(PROJECT, *groups) if groups else ()
        session.install(*requirements, *listed)


def floors() -> list[str]:
    """Return the lowest version of everything that users install with this package, as pip constraints."""
    project = PROJECT["project"]
    wanted = [
        *project["dependencies"],
        *(line for extra in project["optional-dependencies"].values() for line in extra),
    ]
    return [re.sub(r"\[.*?\]", "", line).replace(">=", "==") for line in wanted if ">=" in line]


def install_wheel(session: nox.Session, *constraints: str) -> None:
    """Build the wheel, install it, and change to a copy of the repository that has everything but the package."""
    work = Path(session.create_tmp()).resolve()
    shutil.rmtree(work)
    session.run("python", "-m", "pip", "wheel", "-q", "--no-deps", f"--wheel-dir={work / 'dist'}", str(ROOT))
    (wheel,) = (work / "dist").glob("*.whl")
    (work / "constraints.txt").write_text("\n".join(constraints))
    suite = nox.project.dependency_groups(PROJECT, "suite")
    session.install("-c", str(work / "constraints.txt"), f"workato-async[all,test] @ {wheel.as_uri()}", *suite)
    session.install("--force-reinstall", "--no-deps", str(wheel))  # in an environment that is used again
    ignored = shutil.ignore_patterns("workato_async", ".*", "__pycache__", "dist", "mutants", "*.egg-info")
    shutil.copytree(ROOT, work / "tree", ignore=ignored)
    session.chdir(work / "tree")
    session.run("python", "-m", "tests.support.installed_package")


@nox.session
def lint(session: nox.Session) -> None:
    """Style, spelling and the direction of imports."""
    install(session, "-e", ".", groups=("lint",))
    session.run("ruff", "check", ".", external=True)
    session.run("ruff", "format", "--check", ".", external=True)
    session.run("codespell", "--toml", "pyproject.toml", external=True)
    session.run("lint-imports", external=True)


@nox.session
def types(session: nox.Session) -> None:
    """``mypy --strict`` over everything; pyright, as users run it, over the package and what users write."""
    install(session, "-e", ".[all,test]", groups=("dev",))
    session.run("mypy", "--strict", external=True)
    session.run("pyright", external=True)


@nox.session
def tests(session: nox.Session) -> None:
    """The suite: ``nox -s tests -- tests/limits -k pause``."""
    install(session, "-e", ".[all,test]", groups=("suite",))
    session.run("python", "-m", "pytest", *session.posargs)


@nox.session
def plain(session: nox.Session) -> None:
    """What sends requests, with all of them through aiohttp's client; see ``workato_async/http/lean.py``."""
    install(session, "-e", ".[all,test]", groups=("suite",))
    sending = ("tests/core", "tests/faults", "tests/resources", "tests/testing", "tests/families")
    session.run("python", "-m", "pytest", *(session.posargs or sending), env={"WORKATO_ASYNC_PLAIN": "1"})


@nox.session
def readme(session: nox.Session) -> None:
    """What the documentation shows, run."""
    install(session, "-e", ".[all,test]", groups=("suite",))
    shown = ("tests/docs", "tests/examples", "tests/test_readme.py", "tests/cli/test_shown_commands.py")
    session.run("python", "-m", "pytest", *(session.posargs or shown))


@nox.session
def docs(session: nox.Session) -> None:
    """The site, built without a warning and looked at in a browser (Chromium)."""
    install(session, "-e", ".[test]", "hypothesis", groups=("docs",))
    session.run("python", "-m", "pytest", *(session.posargs or ("tests/site",)))


@nox.session
def engines(session: nox.Session) -> None:
    """The examples for Airflow, Dagster and Temporal: types, and a run in each engine. Installs 150 packages."""
    install(session, "-e", ".[all,test]", groups=("engines",))
    examples = sorted(map(str, Path("examples/engines").glob("*.py")))
    checks = sorted(map(str, Path("tests/examples/engines").glob("*.py")))
    session.run("mypy", "--strict", *examples, *checks)
    session.run("pyright", *examples)
    session.run("python", "-m", "pytest", "tests/examples/test_engines.py", *session.posargs)


@nox.session
def strangers(session: nox.Session) -> None:
    """Other people's clients, and requests made from ``docs/openapi.json``, against the fake server.

    ``HYPOTHESIS_PROFILE=long nox -s strangers`` makes far more requests.
    """
    install(session, "-e", ".[all,test]", groups=("suite", "strangers"))
    session.run("python", "-m", "pytest", *(session.posargs or ("tests/strangers",)))


@nox.session
def coverage(session: nox.Session) -> None:
    """The suite under coverage; fails below the floor in ``pyproject.toml``."""
    install(session, "-e", ".[all,test]", groups=("suite",))
    session.run("coverage", "run", "-m", "pytest", *session.posargs)
    session.run("coverage", "report")


@nox.session
def wheel(session: nox.Session) -> None:
    """The built wheel, with requests through aiohttp's client, as where something watches it.

    The other sessions with a wheel go past that client, and run more tests.
    """
    install_wheel(session)
    session.run("python", "-m", "pytest", *(session.posargs or SENDING), env={"WORKATO_ASYNC_PLAIN": "1"})


@nox.session
def package(session: nox.Session) -> None:
    """What PyPI gets, in ``dist/``: the sdist, and a wheel made from it, which is the one that the repository makes."""
    install(session, groups=("package",))
    work = Path(session.create_tmp()).resolve()
    for folder in (DIST, work):
        shutil.rmtree(folder, ignore_errors=True)
    build = ("python", "-m", "build", "--no-isolation")
    session.run(*build, silent=True)
    session.run(*build, "--wheel", f"--outdir={work}", silent=True)
    (wheel,), (direct,) = DIST.glob("*.whl"), work.glob("*.whl")
    if wheel.read_bytes() != direct.read_bytes():
        session.error("the sdist makes another wheel than the repository")
    session.run("twine", "check", "--strict", *map(str, sorted(DIST.iterdir())), external=True)
    session.run("python", "-m", "tests.support.distribution", str(DIST))


@nox.session
def lowest(session: nox.Session) -> None:
    """The wheel with the lowest versions that ``pyproject.toml`` allows, and the newest of what those need."""
    install_wheel(session, *floors())
    # With the lowest redis comes a taskiq-redis that does not work with today's taskiq.
    others = "--deselect=tests/examples/test_examples.py::test_distributed_job"
    session.run("python", "-m", "pytest", others, *(session.posargs or QUICK))


def interpreter(version: str) -> str:
    """Return the newest pyenv installation of a Python release, its name for the ``PATH`` if there is none."""
    found = Path.home().glob(f".pyenv/versions/{version}.*/bin/python{version}")
    return str(max(found, key=lambda path: int(re.findall(r"\d+", path.parts[-3])[-1]), default=f"python{version}"))


def on_newer_python(session: nox.Session) -> None:
    """The wheel on a newer Python release."""
    install_wheel(session)
    session.run("python", "-m", "pytest", *(session.posargs or QUICK))


for _version in NEWER:
    nox.session(python=interpreter(_version), name=f"python{_version}", tags=["pythons"])(on_newer_python)


@nox.session
def mutation(session: nox.Session) -> None:
    """Mutants of the pure cores that no test kills; takes hours. See ``tests/MUTATION.md``."""
    install(session, "-e", ".[all,test]", groups=("suite", "mutation"))
    session.run("mutmut", *(session.posargs or ("run",)))


@nox.session
def endpoint(session: nox.Session) -> None:
    """Write the first lines of a new endpoint: ``nox -s endpoint -- skills.archive POST /api/…``."""
    install(session, "-e", ".[all,test]", groups=("suite",))
    session.run("python", "-m", "tests.support.new_endpoint", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """A benchmark: ``nox -s bench -- quota_use --seeds 3``."""
    install(session, "-e", ".[mirror,redis]", groups=("bench",))
    name, *arguments = session.posargs or ("startup",)
    session.run("python", "-m", f"benchmarks.{name}", *arguments)


@nox.session
def soak(session: nox.Session) -> None:
    """Many calls in one session: lost calls, growing memory, permits left over."""
    install(session, "-e", ".[all]", groups=("suite",))
    session.run("python", "-m", "benchmarks.soak", *(session.posargs or ("--calls", "20000")), external=True)


@nox.session
def instructions(session: nox.Session) -> None:
    """Instructions of a call, a page, a waiter and a fan-out item; fails 5 % above those on record. Needs valgrind."""
    install(session, "-e", ".[all]", groups=("suite",))
    session.run("python", "-m", "benchmarks.instructions", *(session.posargs or ("--check",)), external=True)

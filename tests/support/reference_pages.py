"""The pages of the reference that tables of the package make: ``python -m tests.support.reference_pages`` writes them.

Endpoints, quotas and privileges come from the endpoint table; a page per family of resources lists its endpoints, and
has mkdocstrings take the rest from the docstrings.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from itertools import groupby
from pathlib import Path
from types import FunctionType
from typing import Any

import attrs

from tests.facts import FACTS
from workato_async import EMBEDDED_ENDPOINTS, ENDPOINTS, Endpoint, Quota, api, models
from workato_async.limits.quota import STANDARD
from workato_async.resources._base import Resource

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
_NOTE = "<!-- Written by `python -m tests.support.reference_pages`. -->\n"
_FAMILIES = "workato_async.resources."


def pages() -> dict[Path, str]:
    """Return the text of every generated page of the reference."""
    found = {
        REFERENCE / "endpoints.md": endpoints(),
        REFERENCE / "quotas.md": quotas(),
        REFERENCE / "privileges.md": privileges(),
        REFERENCE / "resources" / "index.md": families_index(),
    }
    for module in families():
        found[REFERENCE / "resources" / f"{module}.md"] = family(module)
    return found


def endpoints() -> str:
    """Render the list of all endpoints."""
    by_id = {endpoint.id: endpoint for endpoint in ENDPOINTS}
    confidence = {word: sum(fact["confidence"] == word for fact in FACTS.values()) for word in _CONFIDENCE}
    parts = [
        "# Endpoints",
        _NOTE,
        f"All {len(ENDPOINTS)} endpoints of the Developer API that a session has methods for. "
        + _confidence(confidence),
        "[`Limiter`][workato_async.Limiter], `fan_out_on` and the command line take the name of a method. "
        "[Privileges](privileges.md) has them by the sections of the client-role screen, and "
        "[openapi.json](../openapi.json) has all of this for programs.",
    ]
    for group, facts in groupby(FACTS.values(), lambda fact: fact["group"]):
        rows = [by_id[fact["id"]] for fact in facts if fact["id"] in by_id]
        parts += [f"## {group}", _table(rows)]
    parts += [
        "## Customers' workspaces (Embedded API)",
        f"The {len(EMBEDDED_ENDPOINTS)} endpoints of `workato.customer(…)`, see [customers](../guide/customers.md).",
        _table(EMBEDDED_ENDPOINTS),
    ]
    return "\n\n".join(parts) + "\n"


_CONFIDENCE = {
    "documented": "documented in full by Workato",
    "partly": "documented in part",
    "inferred": "known from other clients only",
}


def _confidence(counts: dict[str, int]) -> str:
    return ", ".join(f"{counts[word]} are {text}" for word, text in _CONFIDENCE.items()) + "."


def quotas() -> str:
    """Render the quotas: one row per quota, with its endpoints."""
    special: dict[Quota, list[str]] = {}
    shared: dict[str, list[str]] = {}
    for endpoint in ENDPOINTS:
        if endpoint.shared_quota:
            words = f"{_words(endpoint.quota)} for all of {endpoint.shared_quota}"
            shared.setdefault(words, []).append(f"`{endpoint.id}`")
        elif endpoint.quota != STANDARD:
            special.setdefault(endpoint.quota, []).append(f"`{endpoint.id}`")
    rows = ["| quota | endpoints |", "|---|---|"]
    for quota in sorted(special, key=lambda quota: quota.requests / quota.per):
        rows.append(f"| {_words(quota)} | {', '.join(special[quota])} |")
    rows += [f"| {words} | {', '.join(ids)} |" for words, ids in shared.items()]
    others = len(ENDPOINTS) - sum(map(len, [*special.values(), *shared.values()]))
    rows.append(f"| {_words(STANDARD)} | each of the other {others} |")
    text = (
        "What Workato allows for each endpoint. The limiter knows these quotas; [pacing](../guide/pacing.md) explains "
        "how it keeps to them. `workato-async quotas` prints the same, and `workato-async quotas "
        "--live workato.db` how much of each a running mirror uses."
    )
    return "\n\n".join(["# Quotas", _NOTE, text, "\n".join(rows)]) + "\n"


def privileges() -> str:
    """Render what each box of the client-role screen permits."""
    sections: dict[str, dict[str, list[Endpoint[Any]]]] = {}
    for endpoint in ENDPOINTS:
        if endpoint.privilege:
            section, _, privilege = endpoint.privilege.partition(": ")
            sections.setdefault(section, {}).setdefault(privilege, []).append(endpoint)
    unknown = [endpoint for endpoint in ENDPOINTS if not endpoint.privilege]
    parts = [
        "# Privileges: what a token must be allowed to do",
        _NOTE,
        "A call that the token's client role does not permit ends in "
        "[`PermissionDeniedError`](../errors.md#permissiondeniederror), which names the privilege. Tick it under "
        "*Workspace admin → API clients → Client roles*; these are the sections of that screen.",
    ]
    for section, rows in sections.items():
        parts += [f"## {section}", _rows(("privilege", "methods"), ((name, _ids(rows[name])) for name in rows))]
    parts += [
        "## Not documented",
        f"No source names the privilege of the other {len(unknown)}:",
        _ids(unknown) + ".",
    ]
    return "\n\n".join(parts) + "\n"


def families_index() -> str:
    """Render the list of the attributes of a session."""
    rows = (
        (f"[`workato.{name}`]({module}.md)", text)
        for module, attributes in families().items()
        for name, text in attributes.items()
    )
    text = (
        "The attributes of a [session](../session.md), and of its [blocking](../blocking.md) counterpart. Every method "
        "has a page with its endpoint, quota, arguments and result."
    )
    return "\n\n".join(["# Resources", _NOTE, text, _rows(("attribute", "what it has"), rows)]) + "\n"


def family(module: str) -> str:
    """Render the page of a family: its endpoints, the classes with its methods, and its objects."""
    title = ", ".join(families()[module])
    loaded = import_module(_FAMILIES + module)
    prefixes = {cls: cls.__module__ for cls in _classes(loaded)}
    listed = [endpoint for endpoint in ENDPOINTS if _module_of(endpoint) == module]
    parts = [f"# {title}", _NOTE, " ".join(families()[module].values())]
    if listed:
        parts += ["## Endpoints", _table(listed)]
    parts.append("## Methods")
    quiet = {"show_bases": "false", "merge_init_into_class": "false"}  # nobody makes one
    parts += [_docstrings(f"{prefixes[cls]}.{cls.__name__}", **quiet) for cls in prefixes if issubclass(cls, Resource)]
    objects = [cls for cls in _models() if _in(cls.__module__, module)]
    if objects:
        parts.append("## Objects")
        for cls in objects:
            parts += _object(cls)
    if values := list(_literals(module)):
        parts += ["## Values", *map(_docstrings, values)]
    return "\n\n".join(parts) + "\n"


def _literals(family: str) -> Iterator[str]:
    """Return the names for sets of values that signatures of a family have, such as ``JobStatus``."""
    package = Path(api.__file__).parents[1]
    for path in sorted(package.glob("workato_async/resources/**/*.py")):
        name = ".".join(path.relative_to(package).with_suffix("").parts)
        if _in(name, family):
            found = re.findall(r"^([A-Z]\w+) = Literal\b", path.read_text("utf-8"), re.MULTILINE)
            yield from (f"{name}.{one}" for one in found)


def _object(cls: type[Any]) -> Iterator[str]:
    """Render a model: its docstring, its fields, and what else it has."""
    name = f"{cls.__module__}.{cls.__name__}"
    yield _docstrings(name, members="false", show_bases="false")
    types = {key: kind for one in reversed(cls.__mro__) for key, kind in inspect.get_annotations(one).items()}
    described = re.findall(r"^ {8}(\w+): ", (cls.__doc__ or "").partition("Attributes:")[2], re.MULTILINE)
    fields = [one.name for one in attrs.fields(cls) if one.name[0] != "_" and one.name not in described]
    if fields:
        yield "\n".join(f"- `{field}`: `{types[field].replace('AwareDatetime', 'datetime')}`" for field in fields)
    kinds = (property, classmethod, FunctionType)
    yield from (
        _docstrings(f"{name}.{key}", heading_level="4")
        for key, value in vars(cls).items()
        if isinstance(value, kinds) and key[0] != "_"
    )


def _docstrings(name: str, **options: str) -> str:
    lines = (f"      {option}: {value}" for option, value in {"heading_level": "3", **options}.items())
    return "\n".join((f"::: {name}", "    options:", *lines))


@cache
def families() -> dict[str, dict[str, str]]:
    """Return the attributes of a session and their descriptions, by the module of their class."""
    [tree] = (node for node in ast.parse(Path(api.__file__).read_text("utf-8")).body if isinstance(node, ast.ClassDef))
    found: dict[str, dict[str, str]] = {}
    for node, text in zip(tree.body, tree.body[1:], strict=False):
        if isinstance(node, ast.AnnAssign) and isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant):
            module = ast.unparse(node.annotation).removeprefix(_FAMILIES).rpartition(".")[0]
            found.setdefault(module, {})[ast.unparse(node.target)] = str(text.value.value).replace("``", "`")
    return found


def _classes(module: Any) -> Iterator[type[Any]]:
    """Return the classes with methods of a family, those of the attributes first."""
    name = module.__name__.removeprefix(_FAMILIES)
    named = [api.Api.__annotations__[attribute].rpartition(".")[2] for attribute in families()[name]]
    seen = {getattr(module, one): None for one in named}
    for cls in _subclasses(Resource):
        if _in(cls.__module__, name) and not cls.__name__.startswith("_"):
            seen.setdefault(cls)
    return iter(seen)


def _subclasses(cls: type[Any]) -> Iterator[type[Any]]:
    for one in cls.__subclasses__():
        yield one
        yield from _subclasses(one)


@cache
def _models() -> tuple[type[Any], ...]:
    return tuple(getattr(models, name) for name in sorted(models.__all__))


def _in(name: str, module: str) -> bool:
    return f"{name}.".startswith(f"{_FAMILIES}{module}.")


@cache
def _modules_of_endpoints() -> dict[str, str]:
    found: dict[str, str] = {}
    for module in families():
        for name, loaded in _submodules(module):
            for value in vars(loaded).values():
                if isinstance(value, Endpoint):
                    found.setdefault(value.id, name)
    return found


def _submodules(module: str) -> Iterator[tuple[str, Any]]:
    loaded = import_module(_FAMILIES + module)
    yield module, loaded
    if hasattr(loaded, "__path__"):
        for path in sorted(Path(loaded.__path__[0]).glob("[a-z]*.py")):
            yield module, import_module(f"{_FAMILIES}{module}.{path.stem}")


def _module_of(endpoint: Endpoint[Any]) -> str:
    return _modules_of_endpoints().get(endpoint.id, "")


def _table(rows: Iterable[Endpoint[Any]]) -> str:
    cells = ((f"`{_method(one)}`", f"`{one.key}`", _quota(one), one.privilege) for one in rows)
    return _rows(("method", "endpoint", "quota", "privilege"), cells)


def _rows(names: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [names, ("---",) * len(names), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _ids(rows: Iterable[Endpoint[Any]]) -> str:
    return ", ".join(f"`{_method(one)}`" for one in rows)


def _method(endpoint: Endpoint[Any]) -> str:
    return re.sub(r"\bimport$", "import_", endpoint.id)


def _quota(endpoint: Endpoint[Any]) -> str:
    return _words(endpoint.quota) + (f", all of {endpoint.shared_quota}" if endpoint.shared_quota else "")


def _words(quota: Quota) -> str:
    window = {1: "a second", 60: "a minute", 3600: "an hour"}[int(quota.per)]
    return f"{quota.requests:,} {window}"


if __name__ == "__main__":
    for path, text in pages().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

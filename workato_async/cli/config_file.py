"""The config file: read with what is wrong in it named, edited in place, and only ever readable by its owner."""

from __future__ import annotations

import difflib
import os
import re
import stat
import time
import tomllib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import attrs

from workato_async._files import FileLock, atomic_write
from workato_async.cli.command_runner import CommandError, ExitStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tomlkit import TOMLDocument

DEFAULT = "default"
DEFAULT_KEY = "default_profile"
"""The key, above all profiles, that names the one that is used if none is asked for; without it, ``default``."""
KEYS = ("token", "token_command", "host", "data_center")
_OTHER_NAMES = {
    "api_host": "host",
    "api_key": "token",
    "api_token": "token",
    "base_url": "host",
    "command": "token_command",
    "datacenter": "data_center",
    "dc": "data_center",
    "region": "data_center",
    "secret": "token",
    "url": "host",
}
"""What the keys are called elsewhere."""
_COMMENT = re.compile(r"\s*(#.*)?\s*")
PATIENCE = 5.0
"""Seconds to wait for other commands that edit the file, each of which takes some milliseconds."""
_LONGEST_SHOWN = 20
"""Characters of an unknown key that are quoted; a token has more."""


@attrs.frozen
class ConfigFile:
    """What the config file says.

    Attributes:
        path: the file, which need not exist.
        profiles: the tables in it, by name.
        default: the profile that the file names as the one to use, None if it names none.
        named: whatever stands at the top of the file, profile or not.
    """

    path: Path
    profiles: Mapping[str, Mapping[str, Any]] = attrs.field(factory=dict, repr=False)
    default: str | None = None
    named: frozenset[str] = frozenset()

    @classmethod
    def read(cls, path: Path) -> ConfigFile:
        """Read the file; one that is missing has no profiles.

        Raises:
            CommandError: if it is accessible to other users, or not TOML.
        """
        found = _parsed(_text(path), path)
        default = found.pop(DEFAULT_KEY, None)
        if default is not None and not (isinstance(default, str) and default):
            raise CommandError(f"error: {DEFAULT_KEY} in {path} must be the name of a profile", ExitStatus.USAGE)
        if lost := [key for key in KEYS if key in found and not isinstance(found[key], dict)]:
            raise CommandError(
                f"error: {lost[0]} in {path} belongs to no profile; put it under a line such as [{DEFAULT}]",
                ExitStatus.USAGE,
            )
        profiles = {name: table for name, table in found.items() if isinstance(table, dict)}
        return cls(path, profiles, default, frozenset(found))

    @property
    def usual(self) -> str:
        """The profile to use if none is asked for."""
        return self.default or DEFAULT

    def profile(self, name: str) -> Mapping[str, Any]:
        """Return the table of a profile.

        Raises:
            CommandError: if there is none of this name, or it has something that cannot be meant.
        """
        table = self.profiles.get(name)
        if table is None:
            # The name given is not echoed: it may be a token in the wrong place.
            known = ", ".join(sorted(self.profiles))
            raise CommandError(f"error: no such profile in {self.path}; profiles: {known or 'none'}", ExitStatus.USAGE)
        if problem := self.problem(name):
            raise CommandError(f"error: {self.where(name)} {problem}", ExitStatus.USAGE)
        return table

    def problem(self, name: str) -> str | None:
        """Return what is wrong with a profile, None if nothing is."""
        return _problem(self.profiles[name])

    def where(self, name: str) -> str:
        """Return how errors name a profile."""
        return f"[{name}] in {self.path}"

    def put(self, name: str, table: Mapping[str, str]) -> None:
        """Add a profile, or replace what one has. The first one becomes the default.

        Raises:
            CommandError: if the file cannot be edited.
        """

        def change(document: TOMLDocument) -> None:
            import tomlkit

            if name not in document:
                document[name] = tomlkit.table()
            there: Any = document[name]
            for key in [key for key in there if key not in table]:
                del there[key]
            there.update(table)
            if document.get(DEFAULT_KEY, DEFAULT) not in document:  # of the file as it is now
                document[DEFAULT_KEY] = name

        self._edit(change)

    def remove(self, name: str) -> None:
        """Remove a profile, and its place as the default.

        Raises:
            CommandError: if the file cannot be edited.
        """
        self._edit(lambda document: document.remove(name), _with_comments)
        if self.default == name:
            self._edit(lambda document: document.pop(DEFAULT_KEY) if document.get(DEFAULT_KEY) == name else None)

    def make_default(self, name: str) -> None:
        """Make a profile the default.

        Raises:
            CommandError: if the file cannot be edited.
        """

        def change(document: TOMLDocument) -> None:
            document[DEFAULT_KEY] = name

        self._edit(change)

    def require_editable(self) -> None:
        """Check that the file is not a symbolic link: a token should not end up where nobody expects it.

        Raises:
            CommandError: if it is one.
        """
        if self.path.is_symlink():
            raise CommandError(
                f"error: {self.path} is a symbolic link, and a token is not written to where it leads "
                f"({os.readlink(self.path)}). Edit that file by hand, or put a file in place of the link",
                ExitStatus.USAGE,
            )

    def require_writable(self) -> None:
        """Check that the file can be replaced, before there is a token that would be lost.

        Raises:
            CommandError: if it is a symbolic link, or belongs to another user.
            OSError: if its folder is not writable.
        """
        self.require_editable()
        _make_private_folder(self.path.parent)
        _draft(self.path).unlink()

    def _edit(
        self, change: Callable[[TOMLDocument], object], finish: Callable[[str, str], str] = lambda _, changed: changed
    ) -> None:
        self.require_editable()
        _make_private_folder(self.path.parent)
        with _alone(self.path):
            self._change(change, finish)

    def _change(self, change: Callable[[TOMLDocument], object], finish: Callable[[str, str], str]) -> None:
        import tomlkit
        from tomlkit.exceptions import TOMLKitError

        text = _text(self.path)
        try:
            document = tomlkit.parse(text)
            change(document)
            changed = finish(text, tomlkit.dumps(document))
            _parsed(changed, self.path)  # nothing is written that could not be read again
        except (TOMLKitError, AttributeError, LookupError, TypeError) as error:  # an array, a profile in two places
            raise CommandError(
                f"error: {self.path} cannot be edited ({type(error).__name__}). Edit it by hand", ExitStatus.USAGE
            ) from None
        _write_private(self.path, changed.encode())


def _with_comments(text: str, changed: str) -> str:
    """Return a text from which a table was removed, with the comments at the end of that: they are about the next."""
    differs = (i for i, (old, new) in enumerate(zip(text, changed, strict=False)) if old != new)
    begin = text.rfind("\n", 0, next(differs, len(changed))) + 1
    end = begin + len(text) - len(changed)
    if text[:begin] + text[end:] != changed:  # it was in several places
        return changed
    lines = text[begin:end].splitlines(keepends=True)
    kept = next((i for i in range(len(lines), 0, -1) if not _COMMENT.fullmatch(lines[i - 1])), 0)
    return text[:begin] + "".join(lines[kept:]).lstrip("\r\n") + text[end:]


def _text(path: Path) -> str:
    """Return the text of the file, without a byte order mark."""
    try:
        with path.open("rb") as file:
            others = stat.S_IRWXG | stat.S_IRWXO
            if os.name == "posix" and os.fstat(file.fileno()).st_mode & others:
                raise CommandError(
                    f"error: {path} contains tokens and is accessible to other users; run chmod 600 {path}",
                    ExitStatus.USAGE,
                )
            return file.read().decode("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except UnicodeDecodeError:
        raise CommandError(f"error: {path} is not TOML", ExitStatus.USAGE) from None


def _parsed(text: str, path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CommandError(f"error: {path} is not TOML ({error})", ExitStatus.USAGE) from None


def _problem(table: Mapping[str, Any]) -> str | None:
    for key in table:
        if key not in KEYS:
            shown = f" {key!r}" if len(key) <= _LONGEST_SHOWN else ""
            return f"has an unknown key{shown}; {_suggestion(key)}"
    for key in KEYS:
        value = table.get(key, "")
        if key == "token_command":
            if value and not (isinstance(value, list) and all(isinstance(part, str) for part in value)):
                return 'must have a list of strings as token_command, such as ["op", "read", "op://…"]'
            if value == [] or (value and not value[0]):
                return "has a token_command without a program"
        elif not isinstance(value, str):
            return f"must have text as {key}, in quotation marks"
    for one, other in (("host", "data_center"), ("token", "token_command")):
        if one in table and other in table:
            return f"has both {one} and {other}; use one of them"
    return None


def _suggestion(key: str) -> str:
    normal = key.lower().replace("-", "_")
    meant = _OTHER_NAMES.get(normal) or next(iter(difflib.get_close_matches(normal, KEYS, 1)), None)
    return f"did you mean {meant!r}?" if meant else f"a profile may have {', '.join(KEYS)}"


def _make_private_folder(folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    if os.name != "posix":
        return
    found = folder.stat()
    if found.st_uid != os.geteuid():
        raise CommandError(f"error: {folder} belongs to another user; no token is written there", ExitStatus.USAGE)
    if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        folder.chmod(0o700)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keep out other commands that edit the file: each would write what it read, without the changes of the others.

    Raises:
        CommandError: if one of them does not come to an end.
    """
    lock = FileLock(path.with_name(f".{path.name}.lock"), mode=0o600)
    end = time.monotonic() + PATIENCE
    while not lock.acquire():
        if time.monotonic() >= end:
            raise CommandError(f"error: another command is editing {path}; nothing was changed. Try again")
        time.sleep(0.02)
    try:
        yield
    finally:
        lock.release()


def _write_private(path: Path, data: bytes) -> None:
    """Replace the file by one that its owner alone could read from the beginning."""
    atomic_write(path, data, draft=_draft(path), sync=True)


def _draft(path: Path) -> Path:
    """Create an empty file beside another one, readable by its owner only."""
    draft = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    return draft

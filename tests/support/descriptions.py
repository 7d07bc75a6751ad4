"""The description that PyPI shows: the README, with its links made absolute as ``pyproject.toml`` says."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
REPOSITORY = "https://github.com/workato-async/workato-async"
RAW = "https://raw.githubusercontent.com/workato-async/workato-async"
_LINK = re.compile(
    r"""(?P<picture>!)?\[(?:[^\[\]]|!\[[^\]]*\]\([^)]*\))*\]\((?P<inline>[^)\s]+)
      | (?P<attribute>\bsrc|\bsrcset|\bhref)="(?P<quoted>[^"]*)"
      | ^\[[^\]]+\]:\ +(?P<reference>\S+)""",
    re.MULTILINE | re.VERBOSE,
)
_CODE = re.compile(r"^ *```.*?^ *```$|`[^`\n]+`", re.DOTALL | re.MULTILINE)


def description(readme: str, version: str) -> str:
    """Do to a README what the build does."""
    hook = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["metadata"]["hooks"]
    for each in hook["fancy-pypi-readme"]["substitutions"]:
        readme = re.sub(each["pattern"], each["replacement"], readme)
    return readme.replace("$HFPR_VERSION", version)


def links(text: str) -> list[tuple[str, bool]]:
    """Return the target of every link of a Markdown text, and whether it is a picture's."""
    text = _CODE.sub("", text)
    found = [(target, True) for target in re.findall(r"\[!\[[^\]]*\]\(([^)\s]+)", text)]  # a picture that is a link
    for link in _LINK.finditer(text):
        target = link["inline"] or link["quoted"] or link["reference"]
        found.append((target, bool(link["picture"]) or link["attribute"] in {"src", "srcset"}))
    return found


def problems(text: str, version: str) -> list[str]:
    """Return what is wrong with the links of a description: relative, not of this version, or to nothing."""
    found = []
    for target, picture in links(text):
        start = f"{RAW}/v{version}/" if picture else f"{REPOSITORY}/blob/v{version}/"
        if not target.startswith(("https://", "#")):
            found.append(f"{target}: relative")
        elif target.startswith((f"{REPOSITORY}/blob/", f"{REPOSITORY}/raw/", RAW)):
            path = target.partition("#")[0].removeprefix(start)
            if path.startswith("https:"):
                found.append(f"{target}: not {start}")
            elif not (ROOT / path).exists():
                found.append(f"{target}: no such file")
    return found

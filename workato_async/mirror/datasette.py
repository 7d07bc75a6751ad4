"""Metadata with which Datasette (https://datasette.io) shows a mirror: queries, sorting, no ``mirror_*`` tables.

``datasette.json`` beside this module is for a file ``workato.db``; Datasette knows a database by the name of its file.
"""

from __future__ import annotations

from importlib.resources import files

import msgspec


def metadata(name: str = "workato") -> str:
    """Return the metadata, as JSON.

    Args:
        name: of the database: its file's, without the suffix.
    """
    text = files("workato_async.mirror").joinpath("datasette.json").read_text("utf-8")
    found = msgspec.json.decode(text)
    found["databases"] = {name: found["databases"]["workato"]}
    return msgspec.json.format(msgspec.json.encode(found), indent=2).decode()

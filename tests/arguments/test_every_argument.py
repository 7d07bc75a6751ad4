"""Every argument of every method: an enum member is sent as its value, and a wrong type is an error of this package."""

from __future__ import annotations

import enum
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from tests.support.method_calls import CALLABLE, arguments_for, hints_of, options, sent_by, value_of
from workato_async import ConfigurationError
from workato_async.api import Api
from workato_async.calls.caller import Caller
from workato_async.endpoint import AnyEndpoint
from workato_async.errors import WorkatoError

SPEC = {"content": "{}", "format": "json"}


def value_for(name: str, hint: Any) -> Any:
    return SPEC if name == "openapi_spec" else value_of(hint)


@pytest.mark.parametrize("endpoint", CALLABLE, ids=lambda e: e.id)
async def test_an_enum_member_is_its_value(endpoint: AnyEndpoint) -> None:
    for name, hint in hints_of(endpoint).items():
        if (endpoint.id, name) == ("packages.import", "package"):
            continue  # see below
        value = value_for(name, hint)
        forms = [enum.Enum("Form", {"ONE": value}).ONE]  # type: ignore[attr-defined]
        if isinstance(value, str):
            forms.append(enum.Enum("Form", {"ONE": value}, type=str).ONE)  # type: ignore[attr-defined]
        if type(value) is int:
            forms.append(enum.IntEnum("Form", {"ONE": value}).ONE)  # type: ignore[attr-defined]
        if isinstance(value, dict | list) and name in ("by", "openapi_spec", "payloads", "assets"):
            continue  # looked into before they are sent
        for form in forms:
            try:
                expected = await sent_by(endpoint, arguments_for(endpoint, given={name: value}))
            except ConfigurationError:
                continue  # an id alone changes nothing
            assert await sent_by(endpoint, arguments_for(endpoint, given={name: form})) == expected, name


@pytest.mark.parametrize("endpoint", CALLABLE, ids=lambda e: e.id)
async def test_a_wrong_type_is_no_error_of_python(endpoint: AnyEndpoint) -> None:
    for name in hints_of(endpoint):
        for wrong in (object(), 5, "", b"x", True, [], [object()], {}, {"id": 3}, 1.5, int, iter(()), 1j):
            try:
                sent = await sent_by(endpoint, arguments_for(endpoint, given={name: wrong}))
            except WorkatoError:
                continue
            assert "object at 0x" not in str(sent), name
            assert "<class" not in str(sent), name


async def test_the_folder_of_deployments_as_a_member() -> None:
    endpoint = next(e for e in CALLABLE if e.id == "deployments.list")
    folder = enum.Enum("folder", {"MAIN": "f660222", "NUMBER": 660222})
    sent = [await sent_by(endpoint, {"folder_id": member}) for member in folder]
    assert [one.target for one in sent if one] == ["/api/deployments?folder_id=f660222"] * 2


async def test_jobs_as_json_objects() -> None:
    endpoint = next(e for e in CALLABLE if e.id == "jobs.repeat")
    jobs = [{"id": "j-2", "master_job_id": "j-1"}, {"id": "j-3", "master_job_id": None}]
    sent = await sent_by(endpoint, {"recipe_id": 7, "job_ids": jobs})
    assert sent
    assert sent.body == {"job_ids": ["j-1", "j-3"]}


LATEST = datetime.max.replace(tzinfo=timezone(timedelta(hours=-12)))
TIMES = [(e, name) for e in CALLABLE for name, hint in hints_of(e).items() if datetime in options(hint)]


@pytest.mark.parametrize(("endpoint", "name"), TIMES, ids=lambda value: getattr(value, "id", value))
async def test_a_time_out_of_range_is_refused_when_it_is_given(endpoint: AnyEndpoint, name: str) -> None:
    with pytest.raises(ConfigurationError, match="is not within the years 1 to 9999 in UTC"):
        await sent_by(endpoint, arguments_for(endpoint, given={name: LATEST}))


@pytest.mark.parametrize("wrong", [None, 5, b"x", True, []], ids=repr)
async def test_paths(wrong: Any) -> None:
    api = Api(Caller(None, timeout=1.0))  # type: ignore[arg-type]
    for download in (api.packages.download(1, wrong), api.cert_bundles.download(1, wrong)):
        with pytest.raises(ConfigurationError, match="path must be a str or PathLike, not "):
            await download
    if not isinstance(wrong, bytes):
        with pytest.raises(ConfigurationError, match="package must be a str or bytes or PathLike, not "):
            api.packages.import_(7, wrong)

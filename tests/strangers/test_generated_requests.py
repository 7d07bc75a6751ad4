"""Requests that schemathesis makes from the OpenAPI document, right and wrong ones, against the fake server.

No response is a 5xx, or has a status or content type that the document lacks; and the JSON of every response to a valid
request fits its schema. Half of the requests name objects that exist, since others end with a 404.
``HYPOTHESIS_PROFILE=long`` makes many more.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.conftest import LONG
from tests.contract.calls import EXAMPLES
from tests.facts import BY_ID
from tests.strangers.test_document import DOCUMENT, OPERATIONS, PATH_OF
from workato_async.testing import FakeWorkato

schemathesis = pytest.importorskip("schemathesis", reason="nox -s strangers installs it")
checks = pytest.importorskip("schemathesis.specs.openapi.checks")

SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
ALWAYS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
]
FIRST_EXAMPLE = {example.id: example for example in reversed(EXAMPLES)}
PER_OPERATION = 500 if LONG else 6
LONGEST = 8_000
"""Characters of an address that every HTTP server takes."""


@pytest.mark.parametrize("mode", schemathesis.GenerationMode, ids=lambda mode: mode.value)
@pytest.mark.parametrize("id_", OPERATIONS)
def test_every_response_is_documented(id_: str, mode: Any) -> None:
    path, example = PATH_OF[id_], FIRST_EXAMPLE[id_]
    operation = SCHEMA[path][BY_ID[id_].method]
    # What an invalid request stores may come back as it was sent.
    fits = [checks.response_schema_conformance] if mode is schemathesis.GenerationMode.POSITIVE else []

    @seed(0)
    @settings(max_examples=PER_OPERATION, database=None, phases=[Phase.generate], suppress_health_check=[*HealthCheck])
    @given(case=operation.as_strategy(generation_mode=mode), existing=st.booleans())
    def respond(case: Any, existing: bool) -> None:
        if existing and case.path_parameters:
            case.path_parameters = real
        response = case.call(base_url=fake.url, headers={"Authorization": "Bearer a-token"})
        if len(response.request.url) > LONGEST:
            return  # no handler sees it
        case.validate_response(response, checks=[*ALWAYS, *fits])

    with FakeWorkato(recipes=4, jobs=20, window=None, time_scale=0.001) as fake:
        if example.prepare:
            example.prepare(fake)
        arguments = example.positional if isinstance(example.positional, tuple) else example.positional(fake)
        real = dict(zip(re.findall(r"\{(\w+)\}", path), arguments, strict=False))
        respond()

"""Every endpoint has three parts: its line in a resource, its fact, its example. What is missing is named here."""

from __future__ import annotations

from pathlib import Path

import workato_async
from tests.contract.calls import EXAMPLES
from tests.facts import BY_ID, FACTS
from workato_async.testing.call import HANDLERS

SCAFFOLD = "`python -m tests.support.new_endpoint ID METHOD PATH` writes all three parts"


def test_every_endpoint_has_a_fact() -> None:
    lacking = sorted(BY_ID.keys() - FACTS.keys())
    assert not lacking, f"add what is documented of {lacking} to tests/facts/endpoints.json ({SCAFFOLD})"
    left_over = sorted(FACTS.keys() - BY_ID.keys())
    assert not left_over, f"tests/facts/endpoints.json has {left_over}: add their Endpoint to workato_async/resources"


def test_every_endpoint_has_an_example() -> None:
    called = {example.id for example in EXAMPLES}
    lacking = sorted(BY_ID.keys() - called)
    assert not lacking, f"add an Example of {lacking} to its module in tests/contract/calls ({SCAFFOLD})"
    left_over = sorted(called - BY_ID.keys())
    assert not left_over, f"tests/contract/calls has {left_over}: add their Endpoint to workato_async/resources"


def test_an_endpoint_without_a_handler_is_known() -> None:
    """The fake still serves it, with a placeholder; that is enough for an endpoint without behavior."""
    unserved = BY_ID.keys() - HANDLERS.keys()
    known = {example.id for example in EXAMPLES if example.placeholder}
    assert not (lacking := sorted(unserved - known)), (
        f"{lacking}: write a handler in workato_async/testing/handlers, or give the Example placeholder=True"
    )
    assert not (served := sorted(known - unserved)), f"{served}: there is a handler, so remove placeholder=True"
    left_over = sorted(HANDLERS.keys() - BY_ID.keys())
    assert not left_over, f"handlers of unknown endpoints: {left_over}"


def test_the_scaffold_was_completed() -> None:
    root = Path(workato_async.__file__).parent
    left = [
        f"{path.relative_to(root.parent)}:{number}"
        for path in sorted(root.rglob("*.py"))
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if "TODO" in line
    ]
    assert not left, f"replace each TODO by what it asks for: {', '.join(left)}"

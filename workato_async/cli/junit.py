"""JUnit XML: the results of test cases, as CI systems read them."""

from __future__ import annotations

import re
from datetime import UTC
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workato_async.resources.testcases import TestRun

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 does not have, not even escaped."""


def junit_xml(run: TestRun, *, suite: str, reasons: Mapping[str, str]) -> bytes:
    """Return a run of test cases as JUnit XML.

    Workato tells the time of the whole run only, so a test case has none.

    Args:
        run: the run.
        suite: what the test suite is called.
        reasons: why tests failed, by job id, as far as that is known.
    """
    seconds = (
        (run.updated_at - run.created_at).total_seconds()
        if run.created_at is not None and run.updated_at is not None
        else 0
    )
    counts = {
        "tests": str(len(run.results)),
        "failures": str(sum(not result.passed for result in run.results)),
        "errors": "0",
        "skipped": "0",
        "time": f"{max(0.0, seconds):.3f}",
    }
    root = ET.Element("testsuites", counts)
    node = ET.SubElement(root, "testsuite", {"name": _text(suite), **counts})
    if run.created_at is not None:
        node.set("timestamp", run.created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"))
    if run.coverage is not None and run.coverage.value is not None:
        properties = ET.SubElement(node, "properties")
        ET.SubElement(properties, "property", {"name": "coverage", "value": f"{run.coverage.value:g}"})
    for result in run.results:
        recipe = result.recipe.name if result.recipe is not None else None
        name = (result.test_case.name or result.test_case.id) if result.test_case is not None else None
        case = ET.SubElement(node, "testcase", {"classname": _text(recipe or suite), "name": _text(name or "test")})
        if not result.passed:
            job = (result.job.id if result.job is not None else None) or ""
            reason = _text(reasons.get(job) or f"status {result.status}")
            ET.SubElement(case, "failure", {"message": reason}).text = f"{reason}\njob {job}" if job else reason
    ET.indent(root)
    return (ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n").encode()


def _text(text: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)

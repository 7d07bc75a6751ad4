"""``access report``."""

from __future__ import annotations

import csv
import io

from tests.cli.conftest import Shell
from workato_async.testing import Status

DENIED = Status(403, '{"message": "Forbidden"}')


def test_a_line_for_each_role(shell: Shell) -> None:
    result = shell("access", "report")
    lines = [line.split() for line in result.stdout.splitlines()]
    assert lines[0] == ["who", "where", "role", "admin", "last_used"]
    assert lines[2][:5] == ["member1@example.com", "dev:", "Sales", "Project", "admin"]
    assert ["member2@example.com", "dev:", "Finance", "Operator", "via", "name", "1"] in lines
    assert ["group", "name", "1", "dev:", "Finance", "Operator"] in lines
    assert ["client", "Monitoring", "DEV:", "*", "name", "1"] in lines
    assert result.stderr == "2 collaborators, 2 of them administrators by their role; 2 groups; 2 API clients\n"


def test_csv_has_privileges_and_everybody(shell: Shell) -> None:
    rows = list(csv.DictReader(io.StringIO(shell("access", "report", "--csv").stdout)))
    assert [row["kind"] for row in rows] == ["member"] * 4 + ["group"] * 2 + ["api client"] * 2
    assert rows[0]["privileges"] == "Recipes: read, run; Connections: read"
    assert rows[3]["group"] == "name 1"


def test_json_has_an_object_for_each(shell: Shell) -> None:
    found = shell.json("access", "report", "--sign-ins", "9999d")
    kinds = [one["kind"] for one in found]
    assert kinds == ["member"] * 2 + ["group"] * 2 + ["api client"] * 2 + ["role"] * 6
    assert found[0]["last_sign_in_at"].startswith("2026-01-15")
    assert found[0]["projects"][0]["privileges"]["Recipes"] == ["read", "run", "edit", "delete"]
    assert shell.sent("activity_logs.list") > 0


def test_what_cannot_be_read_is_listed(shell: Shell) -> None:
    shell.fake.fail("members.project_grants", DENIED, times=9)
    shell.fake.fail("user_groups.list", DENIED)
    result = shell("access", "report", status=1)
    assert "member1@example.com  ?" in result.stdout
    assert "groups unknown" in result.stderr
    assert "not read: user groups: HTTP 403: Forbidden." in result.stderr
    assert "not read: project grants of members (member1@example.com, member2@example.com)" in result.stderr

    shell.fake.fail("members.list", DENIED)
    [unread] = [one for one in shell.json("access", "report", status=1) if one["kind"] == "unread"]
    assert (unread["what"], unread["status"]) == ("members", 403)


def test_nothing_at_all_is_an_error(shell: Shell) -> None:
    shell.fake.fail(None, Status(401, '{"message": "Unauthorized"}'), times=99)
    assert "error: GET /api/" in shell("access", "report", status=3).stderr


def test_a_duration_is_a_duration(shell: Shell) -> None:
    assert "expected a duration" in shell("access", "report", "--sign-ins", "long", status=2).stderr

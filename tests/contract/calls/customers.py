"""Customers of an Embed admin workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.contract.calls.packages import a_zip
from tests.support.example import Example

if TYPE_CHECKING:
    from workato_async.testing import FakeWorkato

ID = 98178
ROLES = [{"environment_type": "dev", "name": "Operator", "role_type": "environment"}]
FIELDS: dict[str, Any] = {
    "name": "Acme",
    "notification_email": "it@acme.example",
    "external_id": "A1",
    "plan_id": "oem_plan",
    "origin_url": "https://acme.example",
}
MEMBER: dict[str, Any] = {"name": "Lee Example", "external_id": "u-1", "role_name": "Operator", "env_roles": ROLES}


def exported(fake: FakeWorkato) -> None:
    fake.customer(ID).tables["packages/"] = {9001: {"id": 9001, "status": "completed", "operation_type": "export"}}


EXAMPLES = [
    Example("customers.list", (), {"per_page": 2}),
    Example("customers.get", (ID,)),
    Example("customers.create", (), FIELDS),
    Example("customers.update", ("EA2300",), FIELDS),
    Example("customers.delete", (ID,)),
    Example("customers.provision_environments", (ID,)),
    Example("customers.usage"),
    Example("customers.connection_input_schema", (ID, "salesforce")),
    Example("customers.connector_input_schema", (ID, "salesforce")),
    Example(
        "customers.pick_list",
        (ID, 5001),
        {"pick_list_name": "sobject_fields", "pick_list_params": {"sobject_name": "Account"}},
    ),
    Example(
        "customers.invite",
        (ID,),
        {"name": "Lee Example", "email": "lee@example.com", "role_name": "Operator", "env_roles": ROLES},
    ),
    Example("customers.members.list", (ID,), {"per_page": 1}),
    Example("customers.members.get", (ID, 4848)),
    Example("customers.members.create", (ID,), {**MEMBER, "email": "lee@example.com", "oauth_id": "AAA:1"}),
    Example("customers.members.update", (ID, 4848), MEMBER),
    Example("customers.members.delete", (ID, 4848)),
    Example("customers.members.privileges", (ID, 4848)),
    Example("customers.statistics.usage"),
    Example("customers.statistics.connection_usage"),
    Example(
        "customers.imports.create",
        (ID, a_zip()),
        {"folder_id": 2001, "restart_recipes": True},
    ),
    Example("customers.imports.get", (ID, 9001), prepare=exported),
    Example("customers.exports.create", (ID, 801)),
    Example("customers.exports.get", (ID, 9001), prepare=exported),
]

"""API clients of the Developer API and their roles."""

from __future__ import annotations

from tests.support.example import Example

EXAMPLES = [
    Example("developer_api_clients.get", (401,)),
    Example(
        "developer_api_clients.update",
        (401,),
        {
            "name": "Watcher",
            "api_privilege_group_id": 2,
            "all_folders": False,
            "folder_ids": [2001],
            "environment": "TEST",
            "ip_allow_list": ["192.0.2.1", "192.0.2.2"],
        },
        sent={"ip_allow_list": "192.0.2.1,192.0.2.2"},
    ),
    Example("developer_api_client_roles.list", (), {"per_page": 2}),
    Example("developer_api_client_roles.copy", (1,)),
]

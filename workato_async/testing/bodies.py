"""What kind of value the documented fields of a body have, so that no handler meets a value of another kind.

Fields of one name have the same kind at every endpoint, so they are listed by name. Where the documentation has a
number at one endpoint and text at another (ids), or where Workato is known to take both, either passes. ``job_ids`` is
left to its handlers: the text of its error is documented.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DEEPEST = 100
"""How deeply a body may be nested, as in Rails."""

_BY_KIND = """
text: absolute_path adapter_name after_message_id ai_provider api_key application asset_type auth_type
  authentication_method authorization_url callback_url client_id client_name client_secret code col_sep color comment
  config content continuation_token control_type custom_oauth_key description display_name email environment
  environment_type external_id field_id folder format full_name instructions jwt_method jwt_secret keyword label logo
  method name note notification_email oauth_redirect_url oidc_issuer oidc_jwks_uri origin_url os path pick_list_name
  plan_id provider query redirect_url role_name sample since_time source_type title token trigger_application type
  validation_formula zip_name
id: api_policy_id api_portal_id api_privilege_group_id asset_id connection_id custom_oauth_key_id flow_id folder_id
  genie_client_id id manifest_id oauth_id on_prem_group_id parent_id project_id project_role_id proxy_connection_id
  recipe_id shared_account_id user_group_id user_id
integer: batch_size limit retention timeout_secs timezone_offset_secs version
boolean: active all_folders auto_generate_assets auto_run awaiting_setup checked dry_run enabled force include_data
  include_tags include_test_cases mtls_enabled multivalue optional root_folder shell_connection sticky unreachable
  use_managed_connection vua_required
object: data document input matrix pick_list_params privileges properties quota_limits rate_limits where
record: auth export_manifest lookup_table mcp_server_policy openapi_spec recipe settings_attributes
ids: api_collection_ids cert_bundle_ids connection_ids folder_ids idp_user_group_ids ids knowledge_base_ids recipe_ids
  reviewer_ids skill_ids test_case_ids user_group_ids user_ids
texts: access_profile_claim add_tags allowed_issuers ip_allow_list ip_deny_list remove_tags required_claims select
  tables whitelisted_ips
objects: payloads
records: assets data_sources env_roles project_grants schema tools
ordering: order
"""


def _is_id(value: object) -> bool:
    return isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool))


def _every(value: object, passes: Callable[[object], bool]) -> bool:
    return isinstance(value, list) and all(map(passes, value))


_KINDS: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "text": ("a string", lambda value: isinstance(value, str)),
    "id": ("an id", _is_id),
    "integer": ("an integer", lambda value: isinstance(value, int) and not isinstance(value, bool)),
    "boolean": ("a boolean", lambda value: isinstance(value, bool) or value in ("true", "false")),
    "object": ("an object", lambda value: isinstance(value, dict)),
    "record": ("an object", lambda value: isinstance(value, dict)),
    "ids": ("an array of ids", lambda value: _every(value, _is_id)),
    "texts": (
        "an array of strings",
        lambda value: isinstance(value, str) or _every(value, lambda one: isinstance(one, str)),
    ),
    "objects": ("an array of objects", lambda value: _every(value, lambda one: isinstance(one, dict))),
    "records": ("an array of objects", lambda value: _every(value, lambda one: isinstance(one, dict))),
    "ordering": ("a string or an object", lambda value: isinstance(value, str | dict)),
}
FIELDS: Mapping[str, str] = {
    name: kind
    for line in _BY_KIND.replace("\n  ", " ").strip().splitlines()
    for kind, _, names in (line.partition(": "),)
    for name in names.split()
}
"""The kind of a field, by its name; one that is not listed may be anything."""


def problem_of(fields: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return the first field that is not of its kind, and what it has to be; null is of every kind."""
    for name, value in fields.items():
        kind = FIELDS.get(name)
        if kind is None or value is None:
            continue
        text, passes = _KINDS[kind]
        if not passes(value):
            return name, f"must be {text}"
        if kind in ("record", "records"):  # their own fields are also documented
            for inner in value if isinstance(value, list) else [value]:
                if problem := problem_of(inner):
                    return problem
    return None


def is_too_deep(value: object) -> bool:
    """Whether a JSON value is nested more deeply than ``DEEPEST``."""
    level = [value]
    for _ in range(DEEPEST + 1):
        nested = (one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list))
        level = [inner for inners in nested for inner in inners]
    return bool(level)

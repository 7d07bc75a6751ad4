"""Endpoint keys: what a placeholder is called makes no difference."""

from __future__ import annotations

import pytest

from workato_async import ConfigurationError
from workato_async.limits.keys import ByEndpoint, canonical


def test_placeholders_lose_their_names() -> None:
    assert canonical("GET /api/recipes/{id}") == canonical("GET /api/recipes/{recipe_id}")
    assert canonical("GET /api/recipes/{id}/jobs/{job}") == "GET /api/recipes/{}/jobs/{}"
    assert canonical("GET /api/recipes") == "GET /api/recipes"


def test_a_mapping_finds_a_key_by_any_spelling_and_lists_the_one_it_was_given() -> None:
    mapping = ByEndpoint({"GET /api/recipes/{recipe_id}": 1, "PUT /api/recipes/{id}/start @2": 2})
    assert mapping["GET /api/recipes/{id}"] == 1
    assert "GET /api/recipes/{x}" in mapping
    assert "PUT /api/recipes/{x}/start @2" in mapping
    assert "GET /api/recipes" not in mapping
    assert 1 not in mapping  # type: ignore[comparison-overlap]
    assert list(mapping) == ["GET /api/recipes/{recipe_id}", "PUT /api/recipes/{id}/start @2"]
    assert len(mapping) == 2
    assert repr(mapping) == "{'GET /api/recipes/{recipe_id}': 1, 'PUT /api/recipes/{id}/start @2': 2}"
    with pytest.raises(KeyError):
        mapping["GET /api/recipes"]


@pytest.mark.parametrize(
    "key", ["recipes.get", "get /api/recipes", "GET api/recipes", "GET /api/a b", "GET /api @x", ""]
)
def test_other_keys_are_invalid(key: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        ByEndpoint({"GET /api/recipes": 1, key: 2})
    assert str(error.value).startswith(f"{key!r} is not an endpoint key such as 'GET /api/recipes/{{id}}'")

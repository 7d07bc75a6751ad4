"""Recipes.

Source: "Recipes" (docs: workato-api/recipes) and the API overview's table of methods.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Literal

import attrs

from workato_async._unset import UNSET
from workato_async.arguments import encode_body, id_of, ids_of, one_of, plain
from workato_async.endpoint import PAGE, SINCE_ID, Endpoint, JsonObject
from workato_async.limits.quota import ONE_PER_SECOND
from workato_async.resources._base import Resource, changes, commas, id_text, without_none
from workato_async.resources.recipes import health, versions
from workato_async.resources.recipes.models import PollStarted, Recipe, RecipeCopied, RecipeCreated

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from workato_async._unset import Unset
    from workato_async.calls.caller import Caller
    from workato_async.pages import Pages
    from workato_async.resources.connections import Connection
    from workato_async.resources.folders import Folder


RecipeOrder = Literal["activity", "default"]
RecipePaging = Literal["page", "since_id"]
LIST = Endpoint("recipes.list", "GET", "/api/recipes", Recipe, wrapper="items", listing=PAGE)
GET = Endpoint("recipes.get", "GET", "/api/recipes/{id}", Recipe)
CREATE = Endpoint("recipes.create", "POST", "/api/recipes", RecipeCreated, quota=ONE_PER_SECOND)
UPDATE = Endpoint[None]("recipes.update", "PUT", "/api/recipes/{id}")
DELETE = Endpoint[None]("recipes.delete", "DELETE", "/api/recipes/{id}")
COPY = Endpoint("recipes.copy", "POST", "/api/recipes/{id}/copy", RecipeCopied)
START = Endpoint[None]("recipes.start", "PUT", "/api/recipes/{id}/start")
STOP = Endpoint[None]("recipes.stop", "PUT", "/api/recipes/{id}/stop")
RESET_TRIGGER = Endpoint[None]("recipes.reset_trigger", "POST", "/api/recipes/{recipe_id}/reset_trigger")
CONNECT = Endpoint[None]("recipes.connect", "PUT", "/api/recipes/{recipe_id}/connect")
POLL_NOW = Endpoint("recipes.poll_now", "POST", "/api/recipes/{recipe_id}/poll_now", PollStarted, retry_429=False)
FORCE_RUN = Endpoint(
    "recipes.force_run", "POST", "/api/recipes/{recipe_id}/force_run", JsonObject, quota=ONE_PER_SECOND
)
JOB_COUNTS = Endpoint("recipes.job_counts", "GET", "/api/recipes/job_counts", JsonObject)


@attrs.frozen
class _Using:
    """Keeps the recipes that use one of some connections."""

    connections: frozenset[str]

    def keeps(self, recipe: Recipe) -> bool:
        return not self.connections.isdisjoint(map(str, recipe.connection_ids))

    def ends(self, _: Sequence[Recipe]) -> bool:
        return False


class Recipes(Resource):
    """Recipes: ``workato.recipes``."""

    __slots__ = ("health", "versions")

    def __init__(self, caller: Caller) -> None:
        super().__init__(caller)
        self.versions = versions.RecipeVersions(caller)
        self.health = health.RecipeHealthReports(caller)

    def list(
        self,
        *,
        adapter_names_all: str | Sequence[str] | None = None,
        adapter_names_any: str | Sequence[str] | None = None,
        folder_id: int | str | Folder | None = None,
        with_subfolders: bool | None = None,
        order: RecipeOrder | None = None,
        running: bool | None = None,
        since_id: int | Recipe | None = None,
        stopped_after: datetime | str | None = None,
        stop_cause: str | None = None,
        updated_after: datetime | str | None = None,
        includes: Sequence[str] | None = None,
        exclude_code: bool | None = None,
        per_page: int | None = None,
        paging: RecipePaging = "page",
    ) -> Pages[Recipe]:
        """List the recipes the token can see, highest id first.

        ``GET /api/recipes``, 60 a minute, at most 100 per page. ``paging="since_id"`` iterates down the ids, which
        neither loses nor repeats a recipe while others are created or deleted; plain pages can be ordered by activity.

        Args:
            adapter_names_all: connectors of which a recipe must use every one.
            adapter_names_any: connectors of which a recipe must use at least one.
            folder_id: recipes of this folder only.
            with_subfolders: also recipes of its subfolders.
            order: ``"activity"`` or ``"default"``.
            running: True for running recipes only.
            since_id: recipes with ids *below* this one.
            stopped_after: recipes stopped after this time.
            stop_cause: e.g. ``"trigger_errors_limit"``, ``"txn_quota_limit"``.
            updated_after: recipes updated after this time.
            includes: ``["tags"]`` fills ``tags``.
            exclude_code: leave ``code`` out; with it, large recipes can make the server respond with 500.
            per_page: recipes per page, 1 to 100.
            paging: ``"page"``, or ``"since_id"`` for an iteration that is stable while recipes change.
        """
        paging = one_of("paging", paging, RecipePaging)
        query = {
            "adapter_names_all": commas(adapter_names_all),
            "adapter_names_any": commas(adapter_names_any),
            "folder_id": folder_id,
            "with_subfolders": with_subfolders,
            "order": one_of("order", order, RecipeOrder),
            "running": running,
            "since_id": since_id,
            "stopped_after": stopped_after,
            "stop_cause": stop_cause,
            "updated_after": updated_after,
            "includes[]": includes,
            "exclude_code": exclude_code,
        }
        return self._pages(LIST, query=query, per_page=per_page, listing=SINCE_ID if paging == "since_id" else None)

    def using(
        self,
        connections: int | Connection | Iterable[int | Connection],
        *,
        folder_id: int | str | Folder | None = None,
        with_subfolders: bool | None = None,
        running: bool | None = None,
    ) -> Pages[Recipe]:
        """List the recipes that use a connection, or one of several, without their code; highest id first.

        The API cannot search for them: the whole list is read once, 100 recipes per request of ``list``, however many
        connections you pass. ``connection_ids`` of a recipe says which of them it uses.

        Args:
            connections: a connection, or any number of them.
            folder_id: recipes of this folder only.
            with_subfolders: also recipes of its subfolders.
            running: True for running recipes only.
        """
        several = isinstance(connections, Iterable) and not isinstance(connections, str | Mapping)
        ids = ids_of(connections if several else [connections], "connection_ids")  # type: ignore[list-item, arg-type]
        query = {
            "folder_id": folder_id,
            "with_subfolders": with_subfolders,
            "running": running,
            "exclude_code": True,
        }
        return self._pages(LIST, query=query, listing=SINCE_ID, cut=_Using(frozenset(map(str, ids))))

    async def get(self, recipe_id: int | Recipe, *, includes: Sequence[str] | None = None) -> Recipe:
        """Get one recipe with its code. ``GET /api/recipes/{id}``, 60 a minute.

        Args:
            recipe_id: the recipe.
            includes: ``["tags"]`` fills ``tags``.
        """
        return await self._call(GET, recipe_id, query={"includes[]": includes})

    async def create(
        self,
        *,
        folder_id: int | str | Folder,
        code: str | JsonObject,
        name: str | None = None,
        config: str | Sequence[JsonObject] | None = None,
        description: str | None = None,
    ) -> RecipeCreated:
        """Create a recipe; it starts stopped. ``POST /api/recipes``, 1 a second. Not idempotent.

        Args:
            folder_id: a folder or project other than the Home assets folder; mandatory since 2026-05-07.
            code: the steps, as JSON text or as parsed JSON.
            name: at most 255 characters.
            config: the connectors, as JSON text or a list; an entry needs ``keyword``, ``name``, ``provider`` and, as
                an integer, ``account_id``.
            description: free text.
        """
        fields = without_none(
            name=name,
            code=_json_text(code),
            config=_json_text(config),
            folder_id=str(id_of(folder_id, "folder_id")),
            description=description,
        )
        return await self._call(CREATE, body={"recipe": fields})

    async def update(
        self,
        recipe_id: int | Recipe,
        *,
        name: str | Unset | None = UNSET,
        code: str | JsonObject | Unset | None = UNSET,
        config: str | Sequence[JsonObject] | Unset | None = UNSET,
        folder_id: int | str | Folder | Unset | None = UNSET,
        description: str | Unset | None = UNSET,
    ) -> None:
        """Update a stopped recipe; fields not given stay unchanged. ``PUT /api/recipes/{id}``, 60 a minute. Idempotent.

        Raises:
            OperationRefusedError: if the recipe is running.
        """
        fields = changes(
            UPDATE,
            name=name,
            code=_json_text(code),
            config=_json_text(config),
            folder_id=id_text(folder_id, "folder_id"),
            description=description,
        )
        await self._call(UPDATE, recipe_id, body={"recipe": fields})

    async def delete(self, recipe_id: int | Recipe) -> None:
        """Delete a stopped recipe permanently. ``DELETE /api/recipes/{id}``, 60 a minute. Idempotent.

        Raises:
            OperationRefusedError: if the recipe is running.
        """
        await self._call(DELETE, recipe_id)

    async def copy(self, recipe_id: int | Recipe, *, folder_id: int | str | Folder) -> RecipeCopied:
        """Copy a recipe into a folder. ``POST /api/recipes/{id}/copy``, 60 a minute. Not idempotent.

        Args:
            recipe_id: the recipe.
            folder_id: a folder or project other than the Home assets folder; mandatory since 2026-05-07.
        """
        return await self._call(COPY, recipe_id, body={"folder_id": str(id_of(folder_id, "folder_id"))})

    async def start(self, recipe_id: int | Recipe) -> None:
        """Start a recipe. ``PUT /api/recipes/{id}/start``, 60 a minute. Idempotent.

        Raises:
            OperationRefusedError: if it cannot be activated; ``code_errors`` and ``config_errors`` say why.
        """
        await self._call(START, recipe_id)

    async def stop(self, recipe_id: int | Recipe) -> None:
        """Stop a recipe. ``PUT /api/recipes/{id}/stop``, 60 a minute. Idempotent."""
        await self._call(STOP, recipe_id)

    async def reset_trigger(self, recipe_id: int | Recipe) -> None:
        """Reset the cursor of a polling or scheduled trigger, so that every record is processed again.

        ``POST /api/recipes/{recipe_id}/reset_trigger``, 60 a minute. Not idempotent. Other kinds of trigger may ignore
        it or misbehave; jobs that are running, deferred or pending finish first.
        """
        await self._call(RESET_TRIGGER, recipe_id)

    async def connect(self, recipe_id: int | Recipe, *, adapter_name: str, connection_id: int | Connection) -> None:
        """Choose the connection that a stopped recipe uses for one connector.

        ``PUT /api/recipes/{recipe_id}/connect``, 60 a minute. Idempotent.

        Args:
            recipe_id: the recipe.
            adapter_name: the connector's internal name, e.g. ``"salesforce"``.
            connection_id: the connection to use from now on.
        """
        await self._call(
            CONNECT,
            recipe_id,
            body={"adapter_name": adapter_name, "connection_id": id_of(connection_id, "connection_id")},
        )

    async def poll_now(self, recipe_id: int | Recipe) -> PollStarted:
        """Make a polling trigger poll at once. ``POST /api/recipes/{recipe_id}/poll_now``, 60 a minute. Not idempotent.

        Raises:
            RateLimitedError: if the recipe is in trigger backoff, or the plan's transactions or actions are used up;
                raised at once, with the seconds to wait in ``retry_after``.
        """
        return await self._call(POLL_NOW, recipe_id)

    async def force_run(self, recipe_id: int | Recipe) -> JsonObject:
        """Run a recipe now. ``POST /api/recipes/{recipe_id}/force_run``, 1 a second. Not idempotent.

        It takes no body. The response is not documented: it is returned as it is, ``{}`` if it is empty.
        """
        return await self._call(FORCE_RUN, recipe_id)

    async def job_counts(self) -> JsonObject:
        """Get the job counters of the recipes. ``GET /api/recipes/job_counts``, 60 a minute.

        Neither parameters nor response are documented: the response is returned as it is, ``{}`` if it is empty.
        """
        return await self._call(JOB_COUNTS)


def _json_text(value: str | JsonObject | Sequence[JsonObject] | Unset | None) -> str | Unset | None:
    """Return code or config in the form that the API takes: a string of JSON."""
    given = plain(value)
    if given is None or given is UNSET or isinstance(given, str):
        return given
    return encode_body(given).decode()

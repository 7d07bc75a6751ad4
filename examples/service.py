"""A service that refreshes all recipes in the background and still handles urgent requests immediately.

Both use `GET /api/recipes/{id}`, so they share one quota. The refresh has bulk priority: urgent calls pass it in the
queue, but it still gets every fifth permit, so it is never starved.
"""

import asyncio
import time

from workato_async import Api, WorkatoError, WorkatoSession, fan_out


async def refresh(workato: Api, recipe_ids: list[int]) -> int:
    """Read every recipe; return how many could be read."""
    read = 0
    async with fan_out(workato.recipes.get, recipe_ids, concurrency=32) as outcomes:
        async for outcome in outcomes:
            read += outcome.error is None
    return read


async def handle_urgent(workato: Api, recipe_ids: list[int]) -> None:
    """Handle a few urgent requests, one after the other."""
    for recipe_id in recipe_ids:
        begun = time.monotonic()
        try:
            recipe = await workato.recipes.get(recipe_id)
            print(f"urgent: {recipe.name!r} after {time.monotonic() - begun:.2f} s", flush=True)
        except WorkatoError as error:
            print(f"urgent: {error}", flush=True)


async def main() -> None:
    """Run both concurrently."""
    async with WorkatoSession() as workato:
        recipe_ids = [recipe.id async for recipe in workato.recipes.list(exclude_code=True)]
        bulk, urgent = workato.options(priority="bulk"), workato.options(priority="interactive", max_wait=5.0)
        refreshing = asyncio.create_task(refresh(bulk, recipe_ids))
        await handle_urgent(urgent, recipe_ids[:5])
        print(f"refreshed {await refreshing} of {len(recipe_ids)} recipes")


if __name__ == "__main__":
    asyncio.run(main())

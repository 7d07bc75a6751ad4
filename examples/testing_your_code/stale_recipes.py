"""Your code: stops the recipes whose jobs fail often."""

from workato_async import Api, OperationRefusedError


async def stop_failing(workato: Api, *, at_least: int) -> list[int]:
    """Stop the running recipes with at least that many failed jobs; return their ids."""
    stopped = []
    async for recipe in workato.recipes.list(running=True, exclude_code=True):
        if (recipe.job_failed_count or 0) >= at_least:
            try:
                await workato.recipes.stop(recipe.id)
            except OperationRefusedError:
                continue  # already stopped by someone else
            stopped.append(recipe.id)
    return stopped

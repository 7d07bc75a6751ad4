"""Repeat the failed jobs of every running recipe, with progress: `python examples/bulk_job.py`.

The limiter sets the pace: no batches, no sleeps. Every recipe returns exactly one outcome: its report or its error.
"""

import asyncio
import sys

from workato_async import WorkatoSession, fan_out

REPEAT = "POST /api/recipes/{recipe_id}/repeat_jobs"


async def main() -> int:
    """Run the job; return 1 if something failed, else 0."""
    async with WorkatoSession() as workato:

        async def repeat_failed(recipe_id: int) -> int:
            jobs = workato.jobs.list(recipe_id, status="failed")
            failed = [job.master_job_id async for job in jobs if job.master_job_id]
            if not failed:
                return 0
            report = await workato.jobs.repeat(recipe_id, failed)
            return sum(result.error is None for result in report.results)

        recipes = await workato.recipes.list(running=True, exclude_code=True).collect()
        repeated, done, failures = 0, 0, []
        async with fan_out(repeat_failed, [recipe.id for recipe in recipes], concurrency=16) as outcomes:
            async for outcome in outcomes:
                done += 1
                if outcome.error is not None:
                    failures.append(f"recipe {outcome.item}: {outcome.error}")
                else:
                    repeated += outcome.unwrap()
                seconds_left = workato.limiter.eta(REPEAT, len(recipes) - done)
                print(f"{done} of {len(recipes)} recipes, at least {seconds_left:.0f} s left", file=sys.stderr)
    print(f"{repeated} jobs repeated")
    for line in failures:
        print(line, file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))

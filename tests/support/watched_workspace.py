"""A workspace in memory whose jobs and log entries arrive while it is read, with a pipeline in the place of HTTP.

It lists the jobs of a recipe by their start or by their end, and its counters may lag behind: no source says how it is.
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict, deque
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from tests.support.paged_lists import query_of
from workato_async import Api
from workato_async.calls.caller import Caller
from workato_async.http.messages import Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable

Fields = dict[str, Any]
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
HOST = "app.workato.com"


class WatchedWorkspace:
    """The workspace and its API.

    Args:
        recipes: how many, with ids from 1.
        by: how jobs are listed, newest first.
        length: of a page of jobs.
        lag: seconds after which a counter notices that a job ended.
        late: seconds after which an ended job is listed as such.
        counted: whether lists of jobs have ``job_scope_count``.
        now: the time at the start.
    """

    def __init__(
        self,
        recipes: int = 5,
        *,
        by: Literal["started_at", "completed_at"] = "started_at",
        length: int = 3,
        lag: float = 0.0,
        late: float = 0.0,
        counted: bool = True,
        now: datetime = NOON,
        workspace: int | None = 77,
    ) -> None:
        self.recipes: dict[int, Fields] = {}
        self.jobs: defaultdict[int, list[Fields]] = defaultdict(list)
        self.ends: dict[str, datetime] = {}
        self.entries: list[Fields] = []
        self.requests: list[str] = []
        self.responses: deque[Callable[[str], Response | None]] = deque()
        self.by, self.length, self.lag, self.late, self.counted = by, length, lag, late, counted
        self.workspace = workspace
        self._now, self._zero = now, asyncio.get_running_loop().time()
        for _ in range(recipes):
            self.add_recipe()
        self.api = self.client()

    def client(self, host: str = HOST) -> Api:
        """Return a client of its own, as a new process has it."""
        return Api(Caller(self, 45.0, hosts={"api": host}))

    @property
    def now(self) -> datetime:
        return self._now + timedelta(seconds=asyncio.get_running_loop().time() - self._zero)

    def add_recipe(self, **fields: Any) -> int:
        recipe_id = len(self.recipes) + 1
        self.recipes[recipe_id] = {"id": recipe_id, "job_failed_count": 0, "job_succeeded_count": 0, **fields}
        return recipe_id

    def start(self, recipe_id: int, **fields: Any) -> str:
        """Start a job and return its id."""
        job_id = f"j-{recipe_id}-{len(self.jobs[recipe_id])}"
        time = self.now.isoformat()
        self.jobs[recipe_id].append(
            {"id": job_id, "started_at": time, "status": "pending", "recipe_id": recipe_id, **fields}
        )
        self.recipes[recipe_id]["last_job_started_at"] = time
        return job_id

    def end(self, recipe_id: int, job_id: str, status: str = "failed") -> None:
        """End a job."""
        job = next(job for job in self.jobs[recipe_id] if job["id"] == job_id)
        self.ends[job_id] = self.now
        time = self.now.isoformat()
        after(self.late, lambda: job.update(status=status, completed_at=time))
        after(self.lag, lambda: self._count(recipe_id, status))

    def fail(self, recipe_id: int, **fields: Any) -> str:
        """Start a job that fails at once."""
        job_id = self.start(recipe_id, **fields)
        self.end(recipe_id, job_id)
        return job_id

    def log(self, *, age: float = 0.0, id: int | None = None) -> int:  # noqa: A002
        """Add an entry to the activity log, with a time some seconds ago."""
        number = id or max((entry["id"] for entry in self.entries), default=100) + 1
        time = (self.now - timedelta(seconds=age)).isoformat()
        self.entries.append({"id": number, "timestamp": time, "event_type": "x"})
        return number

    def failed(self) -> set[str]:
        return {job["id"] for jobs in self.jobs.values() for job in jobs if job["status"] == "failed"}

    def sent(self, part: str) -> int:
        return sum(part in path for path in self.requests)

    async def __call__(self, request: Request) -> Response:
        path = request.path
        self.requests.append(path)
        await asyncio.sleep(0.01)
        if self.responses and (response := self.responses[0](path)) is not None:
            return response
        tree = self._tree(path, query_of(request))
        return Response(404, b'{"message": "Not found"}') if tree is None else Response(200, json.dumps(tree).encode())

    def _tree(self, path: str, query: dict[str, str]) -> Fields | None:
        if path.endswith("/users/me"):
            return None if self.workspace is None else {"id": self.workspace}
        if path.endswith("/recipes"):
            below = int(query.get("since_id", 10**9))
            found = [self.recipes[one] for one in sorted(self.recipes, reverse=True) if one < below]
            return {"items": found[: int(query["per_page"])]}
        if path.endswith("/jobs"):
            recipe_id = int(path.split("/")[3])
            return self._jobs_page(recipe_id, query) if recipe_id in self.recipes else None
        return self._log_page(query)

    def _jobs_page(self, recipe_id: int, query: dict[str, str]) -> Fields:
        jobs = sorted(self.jobs[recipe_id], key=lambda job: job.get(self.by) or job["started_at"], reverse=True)
        if "status" in query:
            jobs = [job for job in jobs if job["status"] == query["status"]]
        first = 0
        if "offset_job_id" in query:
            first = [job.get("id") for job in jobs].index(query["offset_job_id"]) + 1
        envelope = {"job_scope_count": len(jobs)} if self.counted else {}
        return {**envelope, "items": jobs[first : first + self.length]}

    def _log_page(self, query: dict[str, str]) -> Fields:
        begin, end = (query.get(name) for name in ("from", "to"))
        found = sorted(self.entries, key=lambda entry: -entry["id"])
        found = [entry for entry in found if not begin or entry["timestamp"] >= begin.replace("Z", "+00:00")]
        found = [entry for entry in found if not end or entry["timestamp"] <= end.replace("Z", "+00:00")]
        if "page[after]" in query:
            found = [entry for entry in found if entry["id"] < int(query["page[after]"])]
        return {"data": found[: int(query["page[size]"])]}

    def _count(self, recipe_id: int, status: str) -> None:
        if status in ("failed", "succeeded"):
            self.recipes[recipe_id][f"job_{status}_count"] += 1


def after(seconds: float, action: Callable[[], None]) -> None:
    """Do something at once, or later."""
    if seconds:
        asyncio.get_running_loop().call_later(seconds, action)
    else:
        action()

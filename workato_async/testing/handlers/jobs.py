"""Jobs: list, get, resume, repeat and cancel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async.testing.call import Call, FakeResponse, error_response, handles, missing, required
from workato_async.testing.paging import beside_job, filtered
from workato_async.testing.shapes import OK
from workato_async.testing.state.jobs import REPEATS_AT_MOST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workato_async.endpoint import JsonObject

JOBS_AT_MOST = 25
"""The most jobs that one request may repeat (docs: workato-api/jobs, rate limits)."""


@handles("jobs.list")
def list_jobs(call: Call) -> JsonObject:
    recipe = call.find(call.state.recipes)
    jobs = call.state.jobs[recipe["id"]]
    found = filtered(call, reversed(jobs.values()), "status")
    if call.flag("rerun_only"):
        found = [job for job in found if _is_repeat(job)]
    return {
        "job_succeeded_count": recipe["job_succeeded_count"],
        "job_failed_count": recipe["job_failed_count"],
        "job_count": len(jobs),
        "job_scope_count": len(found),
        "items": beside_job(call, found, call.options.jobs_per_page),
    }


@handles("jobs.get")
def get(call: Call) -> JsonObject:
    recipe = call.find(call.state.recipes)
    job = call.find(call.state.jobs[recipe["id"]], 1)
    return {
        **job,
        "handle": job["id"],
        "lines": [_line(number, adapter) for number, adapter in enumerate(recipe["applications"])],
        "is_repeat": _is_repeat(job),
        "is_test": False,
        "is_test_case_job": False,
        "master_job_handle": job["master_job_id"],
        "calling_job_handle": job["calling_job_id"],
    }


@handles("jobs.resume")
def resume(call: Call) -> FakeResponse:
    required(call.body, "token")
    return FakeResponse(204)


@handles("jobs.repeat")
def repeat(call: Call) -> JsonObject:
    recipe_id = call.find(call.state.recipes)["id"]
    results = [_repeat(call, recipe_id, job_id) for job_id in _job_ids(call)]
    enqueued = sum(entry["status"] == "enqueued" for entry in results)
    summary = {
        "total_requested": len(results),
        "total_enqueued": enqueued,
        "total_failed": len(results) - enqueued,
    }
    return {"results": results, "summary": summary}


@handles("jobs.cancel")
def cancel(call: Call) -> JsonObject:
    """No source documents body or response: the body of ``repeat``, and the least that is plausible."""
    jobs = call.state.jobs[call.find(call.state.recipes)["id"]]
    for job_id in _job_ids(call):
        if (job := jobs.get(job_id)) and job["status"] == "pending":
            job["status"] = "canceled"
    return OK


def _job_ids(call: Call) -> Sequence[str]:
    job_ids = call.body.get("job_ids")
    if not isinstance(job_ids, list) or not job_ids or not all(isinstance(job_id, str) for job_id in job_ids):
        raise missing("job_ids")
    if len(job_ids) > JOBS_AT_MOST:
        text = f"Maximum {JOBS_AT_MOST} jobs can be repeated in a single request. Received {len(job_ids)}."
        raise error_response(400, {"message": text})
    if len(set(job_ids)) < len(job_ids):
        raise missing("job_ids")
    return job_ids


def _repeat(call: Call, recipe_id: int, job_id: str) -> JsonObject:
    """Repeat one job, or return why not; the last ``type_id`` is ours: no source has one."""
    job = call.state.jobs[recipe_id].get(job_id)
    if job is None:
        return _failed(job_id, "err.item.not_found", "Job not found")
    if _is_repeat(job):
        return _failed(job_id, "err.job.repeat.invalid_id", f"Non-master job handle specified: {job_id}")
    if job_id in call.state.expired_jobs:
        text = f"Can not repeat job {job_id}. It has been erased due to retention policy."
        return _failed(job_id, "err.job.repeat.trigger_data_unavailable.expired", text)
    if call.state.repeats_of(recipe_id, job_id) >= REPEATS_AT_MOST:
        text = f"Job {job_id} was repeated {REPEATS_AT_MOST} times"
        return _failed(job_id, "err.job.repeat.limit_exceeded", text)
    new = call.state.add_job(recipe_id, status="pending", master_job_id=job_id)
    return {"requested_job_id": job_id, "status": "enqueued", "job": {"id": new["id"]}}


def _failed(job_id: str, type_id: str, message: str) -> JsonObject:
    return {"requested_job_id": job_id, "status": "failed", "error": {"type_id": type_id, "message": message}}


def _is_repeat(job: JsonObject) -> bool:
    return bool(job["master_job_id"] != job["id"])


def _line(number: int, adapter: str) -> JsonObject:
    seconds = 0.0034586129913805053
    detail = {"name": "map_input", "count": 1, "average": 8.9e-06, "total": 8.9e-06, "min": 8.9e-06, "max": 8.9e-06}
    return {
        "recipe_line_number": number,
        "adapter_name": adapter,
        "adapter_operation": "create_record" if number else "new_event",
        "input": {"object": "contact"},
        "output": {"id": number},
        "mask_data": False,
        "line_stat": {"total": seconds, "details": [detail]},
    }

"""Progress of the job of the demo: what it reports, and the board from which a view reads it."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Protocol

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping


class Stage(enum.Enum):
    """The stages; they overlap, because the results of one are the inputs of the next."""

    RECIPES = "recipes listed"
    JOBS = "recipes whose jobs were read"
    REPEATS = "failed jobs repeated"


class Progress(Protocol):
    """Receives the progress of the job."""

    def done(self, stage: Stage, inputs: int) -> None:
        """Count that many finished inputs of a stage."""
        ...

    def finished(self, stage: Stage) -> None:
        """Record that a stage has finished all its inputs and gets no more."""
        ...


@attrs.define
class StageState:
    """Progress of a stage.

    Attributes:
        total: its inputs.
        done: inputs finished so far.
        finished: whether there will be no more.
    """

    total: int
    done: int = 0
    finished: bool = False


class Board:
    """A ``Progress`` that keeps the counts for a view.

    Args:
        totals: the inputs of each stage; who made the workspace knows them before the job does.
    """

    def __init__(self, totals: Mapping[Stage, int]) -> None:
        self.stages = {stage: StageState(totals[stage]) for stage in Stage}

    def done(self, stage: Stage, inputs: int) -> None:
        """Count finished inputs."""
        self.stages[stage].done += inputs

    def finished(self, stage: Stage) -> None:
        """Mark a stage as finished."""
        self.stages[stage].finished = True

"""How far the job of the demonstration is: what it reports, and the board on which a view reads it."""

from __future__ import annotations

import enum
from typing import Protocol

import attrs


class Stage(enum.Enum):
    """The stages, which overlap: the first results of one are the first inputs of the next."""

    RECIPES = "recipes listed"
    JOBS = "recipes whose jobs were read"
    REPEATS = "failed jobs repeated"


class Progress(Protocol):
    """What the job tells of itself while it runs."""

    def found(self, stage: Stage, inputs: int) -> None:
        """Note that a stage has that many more inputs."""
        ...

    def done(self, stage: Stage, inputs: int) -> None:
        """Note that a stage is through with that many more of its inputs."""
        ...

    def finished(self, stage: Stage) -> None:
        """Note that a stage is through with all of its inputs, and none will follow."""
        ...


@attrs.define
class StageState:
    """How far a stage is.

    Attributes:
        known: inputs known so far; 0 while that cannot be told.
        done: how many of them it is through with.
        finished: no more will follow.
    """

    known: int = 0
    done: int = 0
    finished: bool = False


class Board:
    """A :class:`Progress` that keeps the counts, for whoever wants to look."""

    def __init__(self) -> None:
        self.stages = {stage: StageState() for stage in Stage}

    def found(self, stage: Stage, inputs: int) -> None:
        """Count new inputs."""
        self.stages[stage].known += inputs

    def done(self, stage: Stage, inputs: int) -> None:
        """Count inputs that are through."""
        self.stages[stage].done += inputs

    def finished(self, stage: Stage) -> None:
        """Mark a stage as ended."""
        self.stages[stage].finished = True

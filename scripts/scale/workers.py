"""How long a question waits where models of one's own answer: one queue, N workers, each one reply
at a time."""

import heapq
from collections.abc import Sequence

from scripts.costs import measured
from scripts.scale.assumptions import WORKER, Machine
from scripts.scale.day import DAY


def reply_seconds(run: measured.Run, machine: Machine = WORKER) -> float:
    """What a worker takes for one reply, reading the prompt's new part and writing."""
    return run.input_tokens * machine.fresh / machine.reads + run.output_tokens / machine.writes


def least(questions: Sequence[float], seconds: float) -> int:
    """The fewest workers that keep up with the busiest hour."""
    busiest = max((sum(1 for _ in group) for group in _hours(questions)), default=0)
    return int(busiest * seconds / 3_600) + 1


def wait(questions: Sequence[float], seconds: float, workers: int, share: float = 0.95) -> float:
    """The wait (seconds) that so large a share of the day's questions does not exceed, first come,
    first served."""
    free = [0.0] * workers
    waits = []
    for asked in questions:
        begins = max(asked, free[0])
        waits.append(begins - asked)
        heapq.heapreplace(free, begins + seconds)
    waits.sort()
    return waits[min(len(waits) - 1, int(len(waits) * share))] if waits else 0.0


def _hours(questions: Sequence[float]) -> list[list[float]]:
    groups: list[list[float]] = [[] for _ in range(DAY // 3_600)]
    for asked in questions:
        groups[int(asked // 3_600)].append(asked)
    return groups

"""A day of guests: when each visit begins, when each question is asked."""

import random
from dataclasses import dataclass
from itertools import accumulate

from scripts.costs.months import REPLIES_A_VISIT
from scripts.scale.assumptions import HOURS, PAUSE, PING, VISITS_A_GUEST

DAY = 86_400


@dataclass(frozen=True, slots=True)
class Day:
    """Times in seconds from midnight, each in order. `frames` are questions and pings."""

    visits: list[float]
    questions: list[float]
    frames: list[float]


def simulated(guests: int, seconds: float, visit_seconds: float, seed: int = 1) -> Day:
    """One day of so many guests, whose replies take `seconds`; the same for the same seed.

    A visit is a Poisson process's whose rate follows the hours; its questions follow each other
    after the reply and a pause. What runs over midnight belongs to the morning, since every day is
    like this one."""
    chance = random.Random(seed)
    visits, questions, pings = [], [], []
    for begins in _beginnings(chance, guests * VISITS_A_GUEST):
        visits.append(begins)
        asked = begins
        for _ in range(REPLIES_A_VISIT):
            asked += chance.expovariate(1 / PAUSE)
            questions.append(asked % DAY)
            asked += seconds
        pings += [(begins + PING * n) % DAY for n in range(1, int(visit_seconds // PING) + 1)]
    visits.sort()
    questions.sort()
    return Day(visits, questions, sorted(questions + pings))


def _beginnings(chance: random.Random, number: int) -> list[float]:
    """Given their number, a Poisson process's times are independent draws from its rate."""
    cumulated = list(accumulate(HOURS))
    return [
        hour * 3_600 + chance.random() * 3_600
        for hour in chance.choices(range(24), cum_weights=cumulated, k=number)
    ]

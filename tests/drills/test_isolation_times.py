"""How long an answer takes does not tell what is another guest's from what does not exist.
tests/contract/test_strangers.py holds that both ask the table the same."""

import json
import statistics
import time
from pathlib import Path

from handler.ids import new_id
from tests.support.two_guests import NAMED, TwoGuests

TIMES = Path(__file__).parents[2] / "build/isolation-times.md"
# Interleaved calls of each kind, and how far apart (share of the longer one) their medians may lie.
# What is left of the difference is the machine's: a read that finds an item and one that finds none
# are one request each.
CALLS, APART = 30, 0.35


def test_the_time_an_answer_takes_does_not_tell_anothers_from_nothing(stack):
    guests = TwoGuests.of(stack)
    things = list(guests.things.values())
    lines, apart = ["| route | foreign ms | unknown ms |", "|---|---|---|"], {}
    cases = [(route, *case) for route, named in NAMED.items() for case in named]
    for route, path, body in cases:
        took = {"foreign": [], "unknown": []}
        for n in range(CALLS):
            # Whose turn is first alternates, so that neither always finds the machine warmer.
            for kind in sorted(took, reverse=n % 2 == 0):
                thing = things[n % len(things)] if kind == "foreign" else new_id()
                began = time.perf_counter()
                guests.ask(route, path, body, thing)
                took[kind].append(time.perf_counter() - began)
        foreign, unknown = (statistics.median(took[kind]) * 1000 for kind in ("foreign", "unknown"))
        lines.append(f"| `{route} {json.dumps(body)}` | {foreign:.1f} | {unknown:.1f} |")
        apart[f"{route} {json.dumps(body)}"] = abs(foreign - unknown) / max(foreign, unknown)
    TIMES.parent.mkdir(exist_ok=True)
    TIMES.write_text("\n".join(lines) + "\n")
    print(TIMES.read_text())
    assert {case: share for case, share in apart.items() if share > APART} == {}

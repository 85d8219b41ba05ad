"""One whole run: a stack of its own with the meter in it, and what was found there."""

import time
from collections.abc import Callable
from contextlib import nullcontext

from scripts.bench import scenario
from scripts.bench.scratch import scratch_stack
from scripts.bench.session import session
from scripts.costs.measured import Run

PACED = "paced"


def measure(model_name: str, turns: int, say: Callable[[str], None]) -> Run:
    """With the reference model where it is PACED, else with the embedded one. Raises Failure."""
    is_paced = model_name == PACED
    say("Bringing up a stack of its own …")
    with (
        scenario.reference_model() if is_paced else nullcontext() as model,
        scratch_stack(model.url if model else None, say) as stack,
        session(stack) as metered,
    ):
        found = scenario.run(metered, model, turns, say)
        files = [path for path in (stack.folder / "build/site").rglob("*") if path.is_file()]
        site_bytes = sum(path.stat().st_size for path in files)
    return Run(
        date=time.strftime("%Y-%m-%d"),
        command="make bench-cost" + ("" if is_paced else f" MODEL={model_name}"),
        memory_mb=metered.memory_mb,
        turns=turns,
        input_tokens=found.input_tokens,
        output_tokens=found.output_tokens,
        prompt_bytes=found.prompt_bytes,
        tokens_a_second=scenario.TOKENS_A_SECOND if is_paced else None,
        site_bytes=site_bytes,
        parts=found.parts,
        units=found.units,
    )

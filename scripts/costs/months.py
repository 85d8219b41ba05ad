"""What a reply, a month and an hour of the model worker cost, by the last measured run."""

import math

from scripts.costs import flood, machines, prices
from scripts.costs.markdown import table
from scripts.costs.measured import REPLIES, TARGET_USD, last
from scripts.costs.operations import Operations, bill
from scripts.costs.plan import PlannedLimits
from scripts.stack.aws_kinds import KINDS

# The turn that this project reckons with, in tokens, and the characters of a token in European
# languages.
INPUT_TOKENS, OUTPUT_TOKENS, CHARACTERS = 1_200, 300, 4
# What is kept, and how the page is used: so many replies in the table and in the log, one visit for
# so many replies.
KEPT_REPLIES, REPLIES_A_VISIT = 10_000, 5
# Custom metrics that AWS gives every account for good (cloudwatch/pricing).
FREE_METRICS = 10
# The machine that a worker is leased on by default (scripts/commands/model.py).
WORKER = "c8g.xlarge"
# The schedule of terraform/modules/watch/probe.tf: each probe reads two items consistently;
# Lambda's own two lines are all that it logs.
PROBES, PROBE_READ_UNITS, PROBE_LOG_BYTES = machines.HOURS_A_MONTH * 6, 2, 800


def sentence() -> str:
    """What was measured, and when."""
    run = last()
    pace = f" by a model of {run.tokens_a_second:g} tokens a second" if run.tokens_a_second else ""
    replies = (
        f"{run.turns} replies of {run.output_tokens} tokens to a prompt of {run.input_tokens:,}"
    )
    where = f"Measured with `{run.command}` on {run.date} at {run.memory_mb} MB"
    return f"{where}: the mean of {replies}{pace}."


def reply() -> str:
    """What a reply takes of each service, and what that costs."""
    run = last()
    used, costs = run.parts["reply"], run.bill()
    seconds = f"{used.seconds:.2f} s, of which the core works {used.cpu_seconds:.2f} s"
    gb_seconds = f"{used.gb_seconds(run.memory_mb):.2f} GB-s ({seconds})"
    sockets = f"{used.socket_messages:g} messages, {used.socket_minutes:g} minute"
    tokens = f"{run.input_tokens:,} tokens in, {run.output_tokens} out"
    amounts = {
        "Lambda": f"{used.invocations:g} requests, {gb_seconds}",
        "API Gateway, WebSocket": sockets,
        "DynamoDB": f"{used.write_units:g} write units, {used.read_units:g} read units",
        "CloudWatch Logs": f"{used.log_bytes:,.0f} bytes",
        "data out": f"{used.out_bytes:,.0f} bytes",
    }
    rows = [[service, what, f"{costs[service]:.4f}"] for service, what in amounts.items()]
    rows += [
        ["**all but the model**", f"target: {TARGET_USD} at most", f"**{run.usd():.4f}**"],
        ["the model, Mistral 7B Instruct", tokens, f"{run.model_usd():.4f}"],
    ]
    share = f"| all but the model, of the model | | {run.usd() / run.model_usd():.0%} |"
    return f"{table('service|a reply takes|USD per 1,000 replies:', rows)}\n{share}"


def month(replies: int, limits: PlannedLimits) -> dict[str, float]:
    """USD of a month with that many replies, by what they are for."""
    run = last()
    used = (run.parts["reply"] + run.parts["visit"] * (1 / REPLIES_A_VISIT)) * replies
    return {
        "the model": run.model_usd() / REPLIES * replies,
        **bill(used, run.memory_mb),
        "the probe": _probes(run.memory_mb),
        "storage": _storage(run.parts["reply"], run.site_bytes),
        "metrics, alarms, dashboards": _watch(limits),
    }


def months_table(limits: PlannedLimits) -> str:
    """An idle month, and two that are not."""
    columns = [month(replies, limits) for replies in (0, 1_000, 10_000)]
    rows = [[name, *(f"{column[name]:.3f}" for column in columns)] for name in columns[0]]
    rows.append(["**all**", *(f"**{sum(column.values()):.2f}**" for column in columns)])
    return table("USD a month|idle:|1,000 replies:|10,000 replies:", rows)


def worker() -> str:
    """An hour of the EC2 worker, in one sentence."""
    hour, disk = machines.find(WORKER, prices.REGION).hour(prices.REGION), machines.disk_hour()
    machine, address = f"{prices.WORKER_HOUR.usd:g}", f"{prices.ADDRESS_HOUR.usd:g}"
    replies = hour / (last().model_usd() / REPLIES)
    return (
        f"An hour costs {hour:.3f} USD: {machine} for the machine, {address} for its address and"
        f" {disk:.4f} for {machines.DISK_GB} GB of disk."
        f" Bedrock writes {replies:,.0f} replies for it."
    )


def guardrail() -> str:
    """What one adds to a turn, in one sentence."""
    units = sum(math.ceil(tokens * CHARACTERS / 1_000) for tokens in (INPUT_TOKENS, OUTPUT_TOKENS))
    usd, model_usd = prices.GUARDRAIL_UNIT.of(units), prices.model_usd(INPUT_TOKENS, OUTPUT_TOKENS)
    turn = f"A turn of {INPUT_TOKENS:,} tokens in and {OUTPUT_TOKENS} out"
    costs = f"costs {usd:.5f} USD to look at and {model_usd:.5f} USD to answer"
    return f"{turn} {costs}: the guardrail is {usd / model_usd:.0f} times the model."


def _storage(kept: Operations, site_bytes: int) -> float:
    table_bytes, log_bytes = kept.stored_bytes * KEPT_REPLIES, kept.log_bytes * KEPT_REPLIES
    stored = prices.TABLE_STORED.of(table_bytes) + prices.LOG_STORED.of(log_bytes)
    return stored + prices.BUCKET_STORED.of(site_bytes)


def _probes(memory_mb: int) -> float:
    """What the schedule's calls cost while the model is switched off, each as long as a call of the
    flood."""
    reads, logged = PROBE_READ_UNITS, PROBE_LOG_BYTES
    probe = Operations(1, seconds=flood.CALL_SECONDS, read_units=reads, log_bytes=logged)
    return sum(bill(probe * PROBES, memory_mb).values())


def _watch(limits: PlannedLimits) -> float:
    """What goes beyond the number that is free."""
    alarms = limits.alarms - KINDS["aws_cloudwatch_metric_alarm"].free
    dashboards = limits.dashboards - KINDS["aws_cloudwatch_dashboard"].free
    return (
        prices.METRIC.of(max(0, limits.metrics - FREE_METRICS))
        + prices.ALARM.of(max(0, alarms))
        + prices.DASHBOARD.of(max(0, dashboards))
    )

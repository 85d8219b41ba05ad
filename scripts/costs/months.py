"""What a reply, a month and an hour of the model worker cost, by the last measured run."""

from scripts.costs import flood, machines, measured, prices
from scripts.costs.measured import REPLIES, TARGET_USD
from scripts.costs.operations import Operations, bill
from scripts.costs.plan import PlannedLimits

# What is kept, and how the page is used: so many replies in the table and in the log, one visit for
# so many replies.
KEPT_REPLIES, REPLIES_A_VISIT = 10_000, 5
# What AWS gives every account for good.
FREE_METRICS, FREE_ALARMS, FREE_DASHBOARDS = 10, 10, 3
# The machine that a worker is leased on where nobody names another (scripts/commands/model.py).
WORKER = "c8g.xlarge"
# The schedule of terraform/modules/watch/probe.tf: each probe reads two items consistently;
# Lambda's own two lines are all that it logs.
PROBES, PROBE_READ_UNITS, PROBE_LOG_BYTES = machines.HOURS_A_MONTH * 6, 2, 800


def sentence() -> str:
    """What was measured, and when."""
    run = measured.last()
    pace = f" by a model of {run.tokens_a_second:g} tokens a second" if run.tokens_a_second else ""
    return (
        f"Measured with `{run.command}` on {run.date} at {run.memory_mb} MB: the mean of {run.turns} replies of {run.output_tokens}"
        f" tokens to a prompt of {run.input_tokens:,}{pace}."
    )


def reply() -> str:
    """What a reply takes of each service, and what that costs."""
    run = measured.last()
    used = run.parts["reply"]
    amounts = {
        "Lambda": f"{used.invocations:g} requests, {used.gb_seconds(run.memory_mb):.2f} GB-s ({used.seconds:.2f} s, of which the core"
        f" works {used.cpu_seconds:.2f} s)",
        "API Gateway, WebSocket": f"{used.socket_messages:g} messages, {used.socket_minutes:g} minute",
        "DynamoDB": f"{used.write_units:g} write units, {used.read_units:g} read units",
        "CloudWatch Logs": f"{used.log_bytes:,.0f} bytes",
        "data out": f"{used.out_bytes:,.0f} bytes",
    }
    costs = run.bill()
    rows = ["| service | a reply takes | USD per 1,000 replies |", "|---|---|---:|"]
    rows += [f"| {service} | {what} | {costs[service]:.4f} |" for service, what in amounts.items()]
    rows.append(f"| **all but the model** | target: {TARGET_USD} at most | **{run.usd():.4f}** |")
    rows.append(
        f"| the model, Mistral 7B Instruct | {run.input_tokens:,} tokens in, {run.output_tokens} out | {run.model_usd():.4f} |"
    )
    rows.append(f"| all but the model, of the model | | {run.usd() / run.model_usd():.0%} |")
    return "\n".join(rows)


def month(replies: int, limits: PlannedLimits) -> dict[str, float]:
    """USD of a month with that many replies, by what they are for."""
    run = measured.last()
    parts = run.parts
    used = (parts["reply"] + parts["visit"] * (1 / REPLIES_A_VISIT)) * replies
    return {
        "the model": run.model_usd() / REPLIES * replies,
        **bill(used, run.memory_mb),
        "the probe": _probes(run.memory_mb),
        "storage": _storage(parts["reply"], run.site_bytes),
        "metrics, alarms, dashboards": _watch(limits),
    }


def idle(limits: PlannedLimits) -> float:
    """USD of a month in which nobody comes."""
    return sum(month(0, limits).values())


def table(limits: PlannedLimits) -> str:
    """An idle month, and two that are not."""
    columns = [month(replies, limits) for replies in (0, 1_000, 10_000)]
    rows = ["| USD a month | idle | 1,000 replies | 10,000 replies |", "|---|---:|---:|---:|"]
    rows += [
        f"| {name} | " + " | ".join(f"{column[name]:.3f}" for column in columns) + " |"
        for name in columns[0]
    ]
    rows.append(
        "| **all** | " + " | ".join(f"**{sum(column.values()):.2f}**" for column in columns) + " |"
    )
    return "\n".join(rows)


def worker() -> str:
    """An hour of the EC2 worker, in one sentence."""
    hour, disk = machines.find(WORKER, prices.REGION).hour(prices.REGION), machines.disk_hour()
    replies = hour / (measured.last().model_usd() / REPLIES)
    return (
        f"An hour costs {hour:.3f} USD: {prices.WORKER_HOUR.usd:g} for the machine, {prices.ADDRESS_HOUR.usd:g} for its address and"
        f" {disk:.4f} for {machines.DISK_GB} GB of disk. Bedrock writes {replies:,.0f} replies for it."
    )


def _storage(kept: Operations, site_bytes: int) -> float:
    table_bytes, log_bytes = kept.stored_bytes * KEPT_REPLIES, kept.log_bytes * KEPT_REPLIES
    return (
        prices.TABLE_STORED.of(table_bytes)
        + prices.LOG_STORED.of(log_bytes)
        + prices.BUCKET_STORED.of(site_bytes)
    )


def _probes(memory_mb: int) -> float:
    """What the schedule's calls cost where each finds the model switched off, each as long as a
    call of the flood."""
    probe = Operations(
        invocations=1,
        seconds=flood.CALL_SECONDS,
        read_units=PROBE_READ_UNITS,
        log_bytes=PROBE_LOG_BYTES,
    )
    return sum(bill(probe * PROBES, memory_mb).values())


def _watch(limits: PlannedLimits) -> float:
    """What goes beyond the part that costs nobody anything."""
    return (
        prices.METRIC.of(max(0, limits.metrics - FREE_METRICS))
        + prices.ALARM.of(max(0, limits.alarms - FREE_ALARMS))
        + prices.DASHBOARD.of(max(0, limits.dashboards - FREE_DASHBOARDS))
    )

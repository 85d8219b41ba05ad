"""The machines that a worker may be leased on, and what an hour of one costs, so that no bill is a
surprise.

AWS list prices in USD, on demand, Linux, read on ec2/pricing/on-demand in autumn 2026; spot costs
less, and never more. Machines with a GPU are not here: the worker's llama.cpp computes on
processors, and a GPU would lie idle."""

from collections.abc import Mapping
from dataclasses import dataclass

from scripts.console.progress import Failure
from scripts.costs.prices import ADDRESS_HOUR, GB, VOLUME_STORED, WORKER_HOUR

# Its disk in terraform/modules/worker/lease/instance.tf.
DISK_GB = 24
HOURS_A_MONTH = 730


@dataclass(frozen=True, slots=True)
class MachineType:
    """`usd` an hour by region. Each has the 8 GB that a model of 7 billion parameters in four bits
    needs, or more."""

    name: str
    architecture: str
    usd: Mapping[str, float]

    def hour(self, region: str) -> float:
        """USD of an hour with the machine's disk and its public address."""
        return self.usd[region] + ADDRESS_HOUR.of(1) + disk_hour()


def disk_hour() -> float:
    return VOLUME_STORED.of(DISK_GB * GB) / HOURS_A_MONTH


_TYPES = (
    MachineType("c8g.xlarge", "arm64", {"us-east-1": WORKER_HOUR.of(1)}),
    MachineType("c8g.2xlarge", "arm64", {"us-east-1": 0.32}),
    MachineType("c7g.xlarge", "arm64", {"us-east-1": 0.145}),
    MachineType("c7g.2xlarge", "arm64", {"us-east-1": 0.29}),
    MachineType("c6g.xlarge", "arm64", {"us-east-1": 0.136, "sa-east-1": 0.2096}),
    MachineType("c7i.xlarge", "x86_64", {"us-east-1": 0.1785}),
    MachineType("c6i.xlarge", "x86_64", {"us-east-1": 0.17, "sa-east-1": 0.262}),
)
ALL = {machine.name: machine for machine in _TYPES}


def find(name: str, region: str) -> MachineType:
    """Raises Failure naming the machines that have a price in the region."""
    found = ALL.get(name)
    if found and region in found.usd:
        return found
    here = [one for one in _TYPES if region in one.usd]
    priced = [f"{one.name} ({one.usd[region]:.2f} USD an hour)" for one in here]
    instead = "no machine has; a worker needs a stack in us-east-1 or sa-east-1"
    if priced:
        instead = f"take INSTANCE={' or '.join(priced)}"
    raise Failure(
        f"{name} has no price for {region} in scripts/costs/machines.py, so its bill would be"
        f" a surprise: {instead}."
    )

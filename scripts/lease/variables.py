"""A leased machine between two applies: the variables that keep or remove it."""

from datetime import UTC, datetime

from scripts.stack.connection import DeployedStack
from scripts.terraform.driver import TerraformStack
from scripts.workspace.settings import BUILT, OwnerSettings

# A machine that has ended stays listed for an hour.
LIVING = ("pending", "running")


def last_applied(stack: TerraformStack, wanted: OwnerSettings) -> dict:
    """The variables of the last apply, so that settings.toml can neither block a destroy nor change
    a stack while a worker is leased. Build paths are today's."""
    today = wanted.for_terraform(stack.target.emulator)
    own = {name: today[name] for name in ("stack", *BUILT, "emulator") if name in today}
    return today | stack.applied() | own


def kept(deployed: DeployedStack) -> dict:
    """The variable of a lease that an update of the stack leaves alone; empty when there is none,
    or when it has ended by itself, because Terraform would make its machine again."""
    found = deployed.outputs.get("worker_lease")
    if not found or datetime.fromisoformat(found["until"]) <= datetime.now(UTC):
        return {}
    lease = {name: value for name, value in found.items() if name != "instance_id"}
    return {"worker": lease} if is_running(deployed, found.get("instance_id")) else {}


def is_running(deployed: DeployedStack, machine: str | None) -> bool:
    """Whether EC2 says that the machine of that id runs, or is about to."""
    if not machine:
        return False
    # By filter: an id that EC2 has forgotten is no error then.
    filters = [{"Name": "instance-id", "Values": [machine]}]
    answer = deployed.client("ec2").describe_instances(Filters=filters)
    found = [one for group in answer["Reservations"] for one in group["Instances"]]
    return any(one["State"]["Name"] in LIVING for one in found)

"""A leased machine between two applies: what Terraform is told so that it stays, or goes, as its
owner wants."""

from datetime import UTC, datetime

from scripts.stack.connection import DeployedStack
from scripts.terraform.driver import TerraformStack
from scripts.workspace.settings import BUILT, OwnerSettings

# A machine that is ended stays listed for an hour.
LIVING = ("pending", "running")


def last_told(stack: TerraformStack, wanted: OwnerSettings) -> dict:
    """What the last apply was told, so that nothing in settings.toml can keep a stack from going,
    or changes it beside a lease; its places are today's."""
    today = wanted.for_terraform(stack.target.emulator)
    return (
        today
        | stack.applied()
        | {name: today[name] for name in ("stack", *BUILT, "emulator") if name in today}
    )


def kept(deployed: DeployedStack) -> dict:
    """The variable of a lease that an update of the stack leaves alone; empty when there is none,
    or when it has ended by itself, for Terraform would make its machine again."""
    found = deployed.outputs.get("worker_lease")
    if not found or datetime.fromisoformat(found["until"]) <= datetime.now(UTC):
        return {}
    lease = {name: value for name, value in found.items() if name != "instance_id"}
    return {"worker": lease} if lives(deployed, found.get("instance_id")) else {}


def lives(deployed: DeployedStack, machine: str | None) -> bool:
    """Whether EC2 says that the machine of that id runs, or is about to."""
    if not machine:
        return False
    # By filter: an id that EC2 has forgotten is no error then.
    asked = deployed.client("ec2").describe_instances(
        Filters=[{"Name": "instance-id", "Values": [machine]}]
    )
    return any(
        one["State"]["Name"] in LIVING
        for group in asked["Reservations"]
        for one in group["Instances"]
    )

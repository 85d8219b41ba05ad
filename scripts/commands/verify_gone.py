"""Looks for anything of a stack that still exists, by its name and by its tag, in every service
that the stack touches.

python -m scripts.commands.verify_gone --env aws [--stack NAME]        exits 0 when all is gone,
else 1"""

import argparse
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from botocore.exceptions import BotoCoreError, ClientError

from scripts.commands import state_bucket
from scripts.console import prompts
from scripts.stack.inventory import ALL
from scripts.stack.inventory.account import GLOBAL, AwsAccount, Resource
from scripts.terraform.driver import TerraformStack
from scripts.workspace.target import StackTarget

TAG = "Stack"


def main(arguments: list[str] | None = None) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    prompts.add_to(parser)
    options = parser.parse_args(arguments)

    def look() -> int:
        wanted, target = prompts.found(options)
        return verify(
            target,
            TerraformStack(target).applied().get("region", wanted.region),
            say=lambda line: print(line, file=sys.stderr),
        )

    return prompts.guarded(look, f"make verify-gone{prompts.words(options)}")


def verify(target: StackTarget, region: str, *, say: Callable[[str], None]) -> int:
    """Says what is left; 0 when nothing is and every service could be asked."""
    account = AwsAccount(target.reached(region))
    left, unasked = leftovers(account, target.stack)
    for thing in left:
        say(f"  still there: {thing.kind} {thing.name} ({thing.arn}). To remove it: {thing.remove}")
    for service, why in unasked.items():
        say(f"  not looked at: {service} ({why})")
    if bucket := state_bucket.of(target):
        say(
            f"  kept: the bucket {bucket} holds Terraform's states and is no part of the stack (make state-local removes it)."
        )
    if left:
        say(f"{len(left)} things of {target.stack} are left.")
    elif unasked:
        say(f"Nothing of {target.stack} was found, but not every service could be asked.")
    else:
        say(
            f"Nothing of {target.stack} is left in {region}: {len(ALL)} services were asked by name and by tag."
        )
    # What the emulator does not have cannot be left in it.
    return int(bool(left) or (bool(unasked) and not target.is_local))


def leftovers(account: AwsAccount, stack: str) -> tuple[list[Resource], dict[str, str]]:
    """What is left of the stack, and which services could not be asked, and why."""
    unasked: dict[str, str] = {}

    def ask(service: str, work: Callable[[], object], nothing: object):
        try:
            return work()
        except (ClientError, BotoCoreError) as error:
            unasked[service] = " ".join(str(error).split())[:200]
            return nothing

    with ThreadPoolExecutor(8) as pool:
        asked = {
            service: pool.submit(ask, service, lambda find=find: list(find(account)), [])
            for service, find in ALL.items()
        }
        tagged = ask("tags", lambda: _tagged(account), {})
        listed = {service: found.result() for service, found in asked.items()}
    mine = {arn for arn, name in tagged.items() if name == stack}
    others = {*tagged.values()} - {stack}
    left = []
    for service, things in listed.items():
        left += ask(
            service,
            lambda things=things: [
                thing for thing in things if thing.arn in mine or _belongs(thing, stack, others)
            ],
            [],
        )
    # Tags are remembered for a while after their thing has gone, so a service that lists its things
    # itself is believed.
    unknown = [arn for arn in sorted(mine) if arn.split(":")[2] not in ALL]
    return left + [
        Resource("thing", arn.split(":", 5)[-1], arn, "look it up in the AWS console")
        for arn in unknown
    ], unasked


def _belongs(thing: Resource, stack: str, others: set[str]) -> bool:
    """Whether a thing is this stack's, and not that of another stack whose name goes on where this
    one's ends."""
    if not _fits(thing.name, stack):
        return False
    if thing.tags and (owner := thing.tags().get(TAG)):
        return owner == stack
    return not any(len(other) > len(stack) and _fits(thing.name, other) for other in others)


def _fits(name: str, stack: str) -> bool:
    return name == stack or name.startswith(f"{stack}-")


def _tagged(account: AwsAccount) -> dict[str, str]:
    """Every ARN that carries the tag, with the stack that it names."""
    found = {}
    for region in {account.region, GLOBAL}:
        filters = [{"Key": TAG}]
        for one in account.pages(
            "resourcegroupstaggingapi",
            "get_resources",
            "ResourceTagMappingList",
            region,
            TagFilters=filters,
        ):
            found[one["ResourceARN"]] = next(
                tag["Value"] for tag in one["Tags"] if tag["Key"] == TAG
            )
    return found


if __name__ == "__main__":
    sys.exit(main())

"""What of a stack still exists, by its name and by its tag, in every service that the stack
touches."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError

from scripts.stack import state_bucket
from scripts.stack.inventory import ALL
from scripts.stack.inventory.account import GLOBAL, AwsAccount, Resource
from scripts.workspace.target import StackTarget

TAG = "Stack"


def verify(target: StackTarget, region: str, *, say: Callable[[str], None]) -> int:
    """Says what is left; 0 when nothing is and every service could be asked."""
    left, unasked = leftovers(AwsAccount(target.reached(region)), target.stack)
    for thing in left:
        say(f"  still there: {thing.kind} {thing.name} ({thing.arn}). To remove it: {thing.remove}")
    for service, why in unasked.items():
        say(f"  not looked at: {service} ({why})")
    if bucket := state_bucket.of(target):
        say(
            f"  kept: the bucket {bucket} holds Terraform's states and is no part of the stack "
            "(make state-local removes it)."
        )
    if left:
        say(f"{len(left)} things of {target.stack} are left.")
    elif unasked:
        say(f"Nothing of {target.stack} was found, but not every service could be asked.")
    else:
        asked = f"{len(ALL)} services were asked by name and by tag"
        say(f"Nothing of {target.stack} is left in {region}: {asked}.")
    # What the emulator does not have cannot be left in it.
    return int(bool(left) or (bool(unasked) and not target.is_local))


def leftovers(account: AwsAccount, stack: str) -> tuple[list[Resource], dict[str, str]]:
    """What is left of the stack, and which services could not be asked, and why."""
    unasked: dict[str, str] = {}

    @contextmanager
    def asking(service: str) -> Iterator[None]:
        try:
            yield
        except (ClientError, BotoCoreError) as error:
            unasked[service] = " ".join(str(error).split())[:200]

    def listed(service: str) -> list[Resource]:
        with asking(service):
            return list(ALL[service](account))
        return []

    tagged: dict[str, str] = {}
    with ThreadPoolExecutor(8) as pool:
        found = pool.map(listed, ALL)
        with asking("tags"):
            tagged = _tagged(account)
    mine = {arn for arn, name in tagged.items() if name == stack}
    others = {*tagged.values()} - {stack}
    left: list[Resource] = []
    for service, things in zip(ALL, found, strict=True):
        # A thing may have to be asked for its tags.
        with asking(service):
            left += [one for one in things if one.arn in mine or _belongs(one, stack, others)]
    # Tags are remembered for a while after their thing has gone, so a service that lists its things
    # itself is believed.
    unknown = [arn for arn in sorted(mine) if arn.split(":")[2] not in ALL]
    advice = "look it up in the AWS console"
    left += [Resource("thing", arn.split(":", 5)[-1], arn, advice) for arn in unknown]
    return left, unasked


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
    listing = ("resourcegroupstaggingapi", "get_resources", "ResourceTagMappingList")
    for region in {account.region, GLOBAL}:
        for one in account.pages(*listing, region, TagFilters=[{"Key": TAG}]):
            tags = {tag["Key"]: tag["Value"] for tag in one["Tags"]}
            found[one["ResourceARN"]] = tags[TAG]
    return found

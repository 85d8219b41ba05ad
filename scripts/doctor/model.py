"""The model: offered in the region, not about to go, priced, and answering."""

import time
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError, EventStreamError

from handler.models.catalog import card_for, ladder
from scripts.doctor.aws import DENIED, code, message
from scripts.doctor.check import CheckContext, Result, fail, ok, skip, warn

ABSENT = {"ResourceNotFoundException", "ValidationException"}
THROTTLED = {"ThrottlingException", "throttlingException"}
# A model that is loading, or a region with a bad minute.
LATER = {"ModelNotReadyException", "ModelTimeoutException", "ModelErrorException"}
LATER |= {"ServiceUnavailableException", "InternalServerException", "ServiceQuotaExceededException"}
LATER |= {"modelStreamErrorException", "internalServerException", "serviceUnavailableException"}
QUOTA = (
    "ask for the default quota under Service Quotas > Amazon Bedrock (new accounts often have 0),"
    " which takes days; NOMODEL=1 goes on without"
)
ACCESS = (
    "allow bedrock:InvokeModelWithResponseStream to these credentials; if they have it, open the"
    " model in Bedrock's playground once, which asks for what is missing (a form, an agreement)"
)


def model(context: CheckContext) -> Result:
    """What Bedrock says of it."""
    name, region = context.model, context.region
    instead = _instead(context)
    if not card_for(name, region):
        unpriced = f"{name} has no price in {region}, so its cost could not be capped"
        return fail(unpriced, "add it to handler/models/models.json")
    if context.env == "local":
        return skip("the emulator's models are not Bedrock's")
    client = context.aws.client("bedrock")
    try:
        details = client.get_foundation_model(modelIdentifier=name)["modelDetails"]
    except ClientError as error:
        if code(error) not in ABSENT:
            raise
        fix = f"set region to one that has it, or {instead}"
        return fail(f"Bedrock has no {name} in {region}", fix)
    if "ON_DEMAND" not in details.get("inferenceTypesSupported", []):
        offered = "only through inference profiles or by the hour"
        return fail(f"{name} is not sold on demand in {region}, {offered}", instead)
    if not details.get("responseStreamingSupported"):
        return fail(f"{name} cannot stream its reply", instead)
    return _lifecycle(context, details.get("modelLifecycle", {}), instead)


def _lifecycle(context: CheckContext, lifecycle: dict[str, Any], instead: str) -> Result:
    name = context.model
    ends = lifecycle.get("endOfLifeTime")
    day = f"{ends:%Y-%m-%d}" if ends else ""
    if ends and ends < datetime.now(UTC):
        return fail(f"{name} ended on {day}", instead)
    if lifecycle.get("status") == "LEGACY":
        legacy = f"{name} is Legacy" + (f" and ends on {day}" if ends else "")
        return warn(f"{legacy}: AWS refuses it to accounts that have not used it lately", instead)
    offered = f"{name} is offered in {context.region}, active, on demand and streaming"
    return ok(offered + (f"; ends on {day}" if ends else ""))


def _instead(context: CheckContext) -> str:
    """The fix that names what may take the model's place."""
    others = [name for name in ladder() if name != context.model]
    names = [name if card_for(name, context.region) else f"{name}*" for name in others]
    listed = f"set model_id in settings.toml to {', '.join(names[:-1])} or {names[-1]}"
    if names == others:
        return listed
    return f"{listed} (* needs its price in handler/models/models.json first)"


def reply(context: CheckContext) -> Result:
    """One token, through the call that the function makes."""
    if not context.ask_model:
        return skip("not called (NOMODEL=1)")
    began = time.monotonic()
    try:
        usage = _converse(context)
    except (ClientError, EventStreamError) as error:
        return _refused(context, error)
    came = f"one token came in {time.monotonic() - began:.1f} s"
    if context.env == "local":
        return ok(f"{came}, from this machine's model")
    card = card_for(context.model, context.region)
    cost = card.cost(usage.get("inputTokens", 0), usage.get("outputTokens", 0)) / 1e9 if card else 0
    return ok(f"{came} and cost {cost:.7f} USD")


def _converse(context: CheckContext) -> dict[str, int]:
    """The tokens of a reply of one token."""
    answer = context.aws.client("bedrock-runtime").converse_stream(
        modelId=context.model,
        messages=[{"role": "user", "content": [{"text": "Hi"}]}],
        inferenceConfig={"maxTokens": 1},
    )
    usage: dict[str, int] = {}
    for event in answer["stream"]:
        usage = event.get("metadata", {}).get("usage", usage)
    return usage


def _refused(context: CheckContext, error: Exception) -> Result:
    name, words, instead = code(error), message(error), _instead(context)
    if name in DENIED:
        return fail(f"AWS denies the model ({words})", ACCESS)
    if name in THROTTLED:
        return fail(f"Bedrock throttles this account's every request ({words})", QUOTA)
    if name == "ValidationException":
        return fail(
            f"Bedrock rejects the call ({words})",
            f"if it speaks of an inference profile, {instead}; if the operation is not allowed,"
            " the account is new: AWS Support opens Bedrock",
        )
    if name == "ResourceNotFoundException":
        return fail(f"Bedrock does not give this account the model ({words})", instead)
    if name in LATER:
        again = "run make doctor again in some minutes"
        return warn(f"the model does not answer just now ({words})", again)
    raise error

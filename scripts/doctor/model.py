"""The model: offered in the region, not about to go, priced, and answering."""

import time
from datetime import UTC, datetime

from botocore.exceptions import ClientError, EventStreamError

from handler.models.catalog import card_for
from scripts.doctor.aws import DENIED, code, said
from scripts.doctor.context import CheckContext
from scripts.doctor.result import Result, fail, ok, skip, warn

# What may take a model's place; the last one is called on demand in us-east-1 alone.
SUCCESSORS = (
    "mistral.ministral-3-8b-instruct",
    "mistral.ministral-3-3b-instruct",
    "amazon.nova-micro-v1:0",
)
ABSENT = {"ResourceNotFoundException", "ValidationException"}
# A model that is loading, or a region with a bad minute.
LATER = {
    "ModelNotReadyException",
    "ServiceUnavailableException",
    "InternalServerException",
    "ModelTimeoutException",
    "ModelErrorException",
}
LATER |= {
    "ServiceQuotaExceededException",
    "modelStreamErrorException",
    "internalServerException",
    "serviceUnavailableException",
}
QUOTA = (
    "ask for the default quota under Service Quotas > Amazon Bedrock (new accounts often have 0), which takes days; "
    "NOMODEL=1 goes on without"
)


def model(context: CheckContext) -> Result:
    """What Bedrock says of it."""
    name, target = context.model, context.region
    instead = f"set model_id in settings.toml to {_successors(context)}"
    if not card_for(name, target):
        return fail(
            f"{name} has no price in {target}, so its cost could not be capped",
            "add it to handler/models/models.json",
        )
    if context.env == "local":
        return skip("the emulator's models are not Bedrock's")
    try:
        details = context.aws.client("bedrock").get_foundation_model(modelIdentifier=name)[
            "modelDetails"
        ]
    except ClientError as error:
        if code(error) in ABSENT:
            return fail(
                f"Bedrock has no {name} in {target}", f"set region to one that has it, or {instead}"
            )
        raise
    if "ON_DEMAND" not in details.get("inferenceTypesSupported", []):
        return fail(
            f"{name} is not sold on demand in {target}, only through inference profiles or by the hour",
            instead,
        )
    if not details.get("responseStreamingSupported"):
        return fail(f"{name} cannot write its reply bit by bit", instead)
    return _lifecycle(name, target, details.get("modelLifecycle", {}), instead)


def _lifecycle(name: str, target: str, lifecycle: dict, instead: str) -> Result:
    ends = lifecycle.get("endOfLifeTime")
    if ends and ends < datetime.now(UTC):
        return fail(f"{name} ended on {ends:%Y-%m-%d}", instead)
    if lifecycle.get("status") == "LEGACY":
        until = f" and ends on {ends:%Y-%m-%d}" if ends else ""
        return warn(
            f"{name} is Legacy{until}: AWS refuses it to accounts that have not used it lately",
            instead,
        )
    return ok(
        f"{name} is offered in {target}, active, on demand and streaming"
        + (f"; ends on {ends:%Y-%m-%d}" if ends else "")
    )


def _successors(context: CheckContext) -> str:
    names = [
        name + ("" if card_for(name, context.region) else "*")
        for name in SUCCESSORS
        if name != context.model
    ]
    unpriced = (
        " (* needs its price in handler/models/models.json first)"
        if any(name.endswith("*") for name in names)
        else ""
    )
    return f"{', '.join(names[:-1])} or {names[-1]}{unpriced}"


def reply(context: CheckContext) -> Result:
    """One token, as the function asks for it."""
    if not context.ask_model:
        return skip("not asked, by your wish")
    began = time.monotonic()
    try:
        usage = _ask(context)
    except (ClientError, EventStreamError) as error:
        return _refused(context, error)
    seconds = f"{time.monotonic() - began:.1f} s"
    if context.env == "local":
        return ok(f"one token came in {seconds}, from this machine's model")
    card = card_for(context.model, context.region)
    cost = card.cost(usage.get("inputTokens", 0), usage.get("outputTokens", 0)) / 1e9 if card else 0
    return ok(f"one token came in {seconds} and cost {cost:.7f} USD")


def _ask(context: CheckContext) -> dict:
    """The tokens that it took."""
    answer = context.aws.client("bedrock-runtime").converse_stream(
        modelId=context.model,
        messages=[{"role": "user", "content": [{"text": "Hi"}]}],
        inferenceConfig={"maxTokens": 1},
    )
    usage = {}
    for event in answer["stream"]:
        usage = event.get("metadata", {}).get("usage", usage)
    return usage


def _refused(context: CheckContext, error: Exception) -> Result:
    name, words = code(error), said(error)
    instead = f"set model_id in settings.toml to {_successors(context)}"
    if name in DENIED:
        return fail(
            f"AWS denies the model ({words})",
            "allow bedrock:InvokeModelWithResponseStream to these credentials; if they have it, open the model in Bedrock's playground "
            "once, which asks for what is missing (a form, an agreement)",
        )
    if name in {"ThrottlingException", "throttlingException"}:
        return fail(f"Bedrock lets this account ask nothing of the model ({words})", QUOTA)
    if name == "ValidationException":
        return fail(
            f"Bedrock does not take the call ({words})",
            f"if it speaks of an inference profile, {instead}; if the operation is not allowed, the account is new: "
            "AWS Support opens Bedrock",
        )
    if name == "ResourceNotFoundException":
        return fail(f"Bedrock does not give this account the model ({words})", instead)
    if name in LATER:
        return warn(
            f"the model does not answer just now ({words})", "run make doctor again in some minutes"
        )
    raise error

"""What `make doctor` says of a model that is about to go, absent, throttled or denied."""

import re

import pytest

from handler.models import catalog
from scripts.workspace import paths
from tests.doctor.test_accounts import MODEL, line

# One process for all: what botocore knows of a dozen services is read once.
pytestmark = pytest.mark.xdist_group("doctor")

NEXT = "set model_id in settings.toml to "
QUOTA = (
    "ask for the default quota under Service Quotas > Amazon Bedrock (new accounts often have 0), which takes days; "
    "NOMODEL=1 goes on without"
)


def split(text: str) -> tuple[str, str]:
    found, fix = text.split(" → ")
    return found, fix


def test_the_model_that_is_asked_is_terraforms_default():
    declared = paths.declared().split('variable "model_id"')[1]
    assert re.search(r'default += "(.+)"', declared)[1] == catalog.ladder()[0]


def test_a_legacy_model_has_its_successors_named(examined):
    seen = examined("legacy-model", ask_model=False)
    found, fix = split(seen.lines["model"])
    assert found == line(
        "warn",
        "model",
        f"{MODEL} is Legacy and ends on 2027-03-01: AWS refuses it to accounts that have not used it lately",
    )
    assert fix.startswith(NEXT)
    assert all(successor in fix for successor in catalog.ladder() if successor != MODEL)
    assert seen.good


def test_a_legacy_model_that_aws_refuses_fails(examined):
    seen = examined("legacy-model")
    found, fix = split(seen.lines["reply"])
    assert found.startswith(
        line(
            "fail",
            "reply",
            "Bedrock does not give this account the model (Access denied. This Model is marked",
        )
    )
    assert fix.startswith(NEXT)
    assert not seen.good


def test_a_model_that_the_region_does_not_have_fails(examined):
    seen = examined("absent-model")
    found, fix = split(seen.lines["model"])
    assert found == line("fail", "model", f"Bedrock has no {MODEL} in us-east-1")
    assert fix.startswith(f"set region to one that has it, or {NEXT}")
    assert seen.lines["reply"].startswith("fail")


def test_a_model_without_on_demand_use_fails(examined):
    seen = examined("profile-only-model")
    found, fix = split(seen.lines["model"])
    assert found == line(
        "fail",
        "model",
        f"{MODEL} is not sold on demand in us-east-1, only through inference profiles or by the hour",
    )
    assert fix.startswith(NEXT)
    assert "if it speaks of an inference profile, set model_id" in seen.lines["reply"]


def test_a_model_without_a_price_is_refused(examined):
    found = "amazon.nova-pro-v1:0 has no price in us-east-1, so its cost could not be capped"
    seen = examined("good", model_id="amazon.nova-pro-v1:0", ask_model=False)
    assert seen.lines["model"] == line(
        "fail", "model", found, "add it to handler/models/models.json"
    )


@pytest.mark.parametrize(
    ("name", "found", "fix"),
    [
        (
            "throttled-model",
            "Bedrock throttles this account's every request (Too many tokens per day, please wait before trying again)",
            QUOTA,
        ),
        (
            "denied-model",
            "AWS denies the model (You don't have access to the model with the specified model ID)",
            "allow bedrock:InvokeModelWithResponseStream to these credentials; if they have it, open the model in Bedrock's "
            "playground once, which asks for what is missing (a form, an agreement)",
        ),
    ],
)
def test_a_model_that_does_not_answer_fails(examined, name, found, fix):
    seen = examined(name)
    assert seen.lines["reply"] == line("fail", "reply", found, fix)
    assert seen.of("fail") == ["reply"]
    assert examined(name, ask_model=False).good

"""Deploy and destroy on the emulator: again and again, with and without CloudFront, updated by two
people at once, and through faults of AWS. tests/e2e/test_deploy.py has one that goes well.

Terraform takes most of the time, so the stacks are side by side; the tests look at what was seen.
"""

import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from handler.ids import new_id
from tests.support.deployed_copy import DeployedCopy, deployed_copy, inventory, tail
from tests.support.faulty_proxy import CUT, HANG, FaultyProxy, WireFault, s3, typed, xml
from tests.support.seeded_guest import SeededGuest

TIMES = 2
# Where AWS refuses, how it words that, and what the person must read of it.
AT_FIRST = {
    "role": (
        WireFault(
            "Action=CreateRole&",
            xml(403, "AccessDenied", "not authorized to perform: iam:CreateRole"),
        ),
        r"module\.function\.aws_iam_role\.this: CreateRole failed: AccessDenied.*may not create "
        r"IAM roles.*account of your own",
    ),
    "distribution": (
        WireFault(
            "POST /2020-05-31/distribution",
            xml(403, "AccessDenied", "Your account must be verified before you can add resources."),
        ),
        r"aws_cloudfront_distribution\.this\[0\]: CreateDistribution\w* failed: "
        r"AccessDenied.*cdn_enabled = false",
    ),
    "table": (
        WireFault(
            "DynamoDB_20120810.CreateTable",
            typed(400, "LimitExceededException", "Too many tables for this account"),
        ),
        r"module\.store\.aws_dynamodb_table\.this: CreateTable failed: "
        r"LimitExceededException.*quota",
    ),
    "api": (
        WireFault("POST /v2/apis ", typed(429, "TooManyRequestsException", "Too Many Requests")),
        r"module\.api\.aws_apigatewayv2_api\.websocket: CreateApi failed: "
        r"TooManyRequestsException.*wait a minute",
    ),
    "budget": (
        WireFault(
            "AWSBudgetServiceGateway.CreateBudget",
            typed(400, "AccessDeniedException", "not authorized to perform: budgets:ModifyBudget"),
        ),
        r"module\.watch\.aws_budgets_budget\.this: CreateBudget failed: "
        r"AccessDeniedException.*IAM access to billing",
    ),
}
LATER = {
    "function": (
        WireFault(
            "POST /2015-03-31/functions ",
            typed(400, "CodeStorageExceededException", "Code storage limit exceeded."),
        ),
        r"module\.function\.aws_lambda_function\.this: CreateFunction failed: "
        r"CodeStorageExceededException.*quota",
    ),
    "bucket policy": (
        WireFault(
            r"PUT /\S+\?policy",
            s3(
                403, "AccessDenied", "public policies are blocked by the BlockPublicPolicy setting."
            ),
        ),
        r"module\.site\.aws_s3_bucket_policy\.this: PutBucketPolicy failed: AccessDenied.*Block "
        r"Public Access",
    ),
    "topic": (
        WireFault(
            "Action=CreateTopic&",
            xml(403, "ExpiredToken", "The security token included in the request is expired"),
        ),
        r"module\.watch\.aws_sns_topic\.this: CreateTopic failed: ExpiredToken.*sign in again",
    ),
}
AGAIN = r"Then run make deploy ENV=local STACK=faulty again: it goes on where it stopped\."


def again_and_again(it: DeployedCopy) -> DeployedCopy:
    for number in range(TIMES):
        it.run(f"deploy {number}", "deploy", "YES=1")
        if number == TIMES - 1:
            updated(it)
        it.run(f"found {number}", "verify-gone")
        it.run(f"destroy {number}", "destroy", "YES=1")
        it.seen[f"left {number}"] = {
            thing
            for thing in inventory(int(it.env["PORT"]))
            if re.search(rf"[/:]{it.name}\b", thing)
        }
    return it


def updated(it: DeployedCopy) -> None:
    """What a redeploy keeps; one stack tries it in a file's state, the other in a bucket's."""
    it.link = it.seen[f"deploy {TIMES - 1}"].stdout.splitlines()[-1]
    guest = SeededGuest(it, "ana")
    conversation = guest.conversation("Before the update", ["Hello."])
    if it.name == "bare":
        it.run("moved", "state-bucket")
    it.settings(max_tokens=512, cdn_enabled=it.name != "bare")
    with it.socket() as tab:
        with ThreadPoolExecutor(2) as pool:
            pool.submit(it.run, "update", "deploy", "YES=1")
            if it.name == "bare":
                time.sleep(2)
                pool.submit(it.run, "update beside it", "deploy", "YES=1")
        it.seen["open tab"] = [frame for _, frame in it.ask(tab, new_id(), "Are you there?")]
    it.run("unchanged", "plan")
    page = it.call("GET", f"/conversations/{conversation}/messages", token=guest.token)
    it.seen["history"] = [item["text"] for item in page.json()["items"]]
    if it.name == "bare":
        it.run("moved back", "state-local", "YES=1")


def through_faults(it: DeployedCopy, proxy: FaultyProxy) -> DeployedCopy:
    proxy.inject(*(fault for fault, _ in AT_FIRST.values()))
    it.run("at first", "deploy", "YES=1")
    proxy.inject()
    it.run("half is removed", "destroy", "YES=1")
    not_yet = WireFault(
        "POST /2015-03-31/functions ",
        typed(
            400,
            "InvalidParameterValueException",
            "The role defined for the function cannot be assumed by Lambda.",
        ),
        2,
    )
    proxy.inject(not_yet, *(fault for fault, _ in LATER.values()))
    it.run("later", "deploy", "YES=1")
    it.seen["not yet"] = not_yet.times
    proxy.inject(WireFault(r"POST /v2/apis/\w+/integrations ", CUT))
    it.run("cut", "deploy", "YES=1")
    hung = WireFault(r"POST /v2/apis/\w+/routes ", HANG)
    proxy.inject(hung)
    it.interrupted("interrupted", hung.seen, "aws_apigatewayv2_route")
    proxy.inject()
    if it.run("resumed", "deploy", "YES=1", "SMOKE=chat").returncode == 0:
        it.run("status", "status")
        spoil(it)
    it.run("destroy", "destroy", "YES=1")
    return it


def spoil(it: DeployedCopy) -> None:
    """What people and AWS do to a stack behind Terraform's back."""
    asked, outputs = it.account(), it.outputs
    asked.client("s3").put_object(Bucket=outputs["site_bucket"], Key="a/stray/object", Body=b"1")
    asked.client("iam").attach_role_policy(
        RoleName=outputs["role_name"], PolicyArn=outputs["deny_policy_arn"]
    )
    asked.client("logs").delete_log_group(logGroupName=outputs["log_group"])
    asked.client("dynamodb").delete_table(TableName=outputs["table_name"])


@pytest.fixture(scope="module")
def stacks(stack, tmp_path_factory) -> dict[str, object]:
    port = int(stack.env["PORT"])
    with FaultyProxy(port) as proxy:
        whole = deployed_copy(stack.env, tmp_path_factory.mktemp("whole"), "whole")
        bare = deployed_copy(stack.env, tmp_path_factory.mktemp("bare"), "bare")
        bare.settings(cdn_enabled=False)
        faulty = deployed_copy(
            stack.env, tmp_path_factory.mktemp("faulty"), "faulty", port=proxy.port
        )
        before = inventory(port)
        with ThreadPoolExecutor(3) as pool:
            work = [
                pool.submit(again_and_again, whole),
                pool.submit(again_and_again, bare),
                pool.submit(through_faults, faulty, proxy),
            ]
            found = {one.name: one for one in (future.result() for future in work)}
    return found | {"before": before, "after": inventory(port)}


@pytest.mark.parametrize("name", ["whole", "bare"])
@pytest.mark.parametrize("number", range(TIMES))
def test_deploy_after_destroy_works_each_time_and_leaves_nothing(stacks, name, number):
    seen = stacks[name].seen
    deployed, destroyed = seen[f"deploy {number}"], seen[f"destroy {number}"]
    assert deployed.returncode == 0, tail(deployed)
    assert destroyed.returncode == 0, tail(destroyed)
    assert seen[f"left {number}"] == set()


def test_the_emulator_holds_what_it_held_before(stacks):
    assert stacks["after"] == stacks["before"]
    assert not (stacks["whole"].folder / ".local/stacks").exists()


def test_a_destroy_says_what_is_lost(stacks):
    said = stacks["whole"].seen[f"destroy {TIMES - 1}"].stderr
    assert "with 1 conversation and 2 guests." in said
    assert "make export ENV=local STACK=whole" in said


@pytest.mark.parametrize("name", ["whole", "bare"])
def test_an_update_keeps_the_history_and_ends_in_no_changes(stacks, name):
    seen = stacks[name].seen
    updates = [seen[step] for step in ("update", "update beside it") if step in seen]
    assert 0 in [update.returncode for update in updates], tail(updates[0])
    changed = next(update for update in updates if update.returncode == 0)
    assert re.search(
        r"changes +1 +Lambda 1\n +module\.function\.aws_lambda_function\.this: environment",
        changed.stderr,
    )
    assert seen["history"] == ["Hello.", "Hello."]
    # A page that was open all the while is answered on its old socket: the model is off.
    assert [(frame["type"], frame["code"]) for frame in seen["open tab"]] == [("failed", "llm_off")]
    assert "No changes" in seen["unchanged"].stderr
    assert changed.stdout.splitlines()[-1] == seen[f"deploy {TIMES - 1}"].stdout.splitlines()[-1], (
        "the owner's link changed"
    )


def test_a_state_moves_to_a_bucket_and_back(stacks):
    seen = stacks["bare"].seen
    assert [seen[step].returncode for step in ("moved", "moved back")] == [0, 0], tail(
        seen["moved"]
    )
    assert "versioned and locked" in seen["moved"].stderr
    assert re.search(
        r"The state of bare is in /.*\nThe bucket terraform-state-forever-us-\d+ is gone\.",
        seen["moved back"].stderr,
    )


def test_of_two_deploys_at_once_one_is_told_that_another_is_at_it(stacks):
    first, second = (stacks["bare"].seen[step] for step in ("update", "update beside it"))
    refused = next((run for run in (first, second) if run.returncode), None)
    assert refused, "both went through"
    assert re.search(
        r"Another run is changing this stack by \S+ since .* so nothing was done: wait until it "
        r"has ended",
        refused.stderr,
    )


@pytest.mark.parametrize(
    ("step", "name"),
    [("at first", name) for name in AT_FIRST] + [("later", name) for name in LATER],
)
def test_a_refusal_of_aws_is_named_with_its_cause_and_what_to_do(stacks, step, name):
    run = stacks["faulty"].seen[step]
    assert (run.returncode != 0, run.stdout) == (True, ""), tail(run)
    assert re.search((AT_FIRST | LATER)[name][1], run.stderr), run.stderr
    assert re.search(AGAIN, run.stderr)


def test_what_was_made_before_a_refusal_is_removed(stacks):
    run = stacks["faulty"].seen["half is removed"]
    assert run.returncode == 0, tail(run)


def test_a_role_that_is_not_known_everywhere_yet_is_waited_for(stacks):
    assert stacks["faulty"].seen["not yet"] == 0


def test_a_cut_network_is_said_to_be_one(stacks):
    run = stacks["faulty"].seen["cut"]
    assert (run.returncode != 0, run.stdout) == (True, "")
    assert "the connection to AWS broke" in run.stderr
    assert re.search(AGAIN, run.stderr)


def test_ctrl_c_ends_in_order(stacks):
    run = stacks["faulty"].seen["interrupted"]
    assert (run.returncode, run.stdout) == (130, ""), tail(run)
    assert (
        "Stopped. Run make deploy ENV=local STACK=faulty again: it goes on where it stopped."
        in run.stderr
    )


def test_a_second_run_goes_on_where_the_first_stopped(stacks):
    run = stacks["faulty"].seen["resumed"]
    assert run.returncode == 0, tail(run)
    assert int(re.search(r"appears +(\d+)", run.stderr)[1]) < 30, "it began anew"
    assert re.search(r"turn .* characters", run.stderr)
    assert "model   off" in stacks["faulty"].seen["status"].stdout


def test_a_stack_that_was_tampered_with_still_goes(stacks):
    run = stacks["faulty"].seen["destroy"]
    assert run.returncode == 0, tail(run)
    assert "all it holds (it could not be counted: ResourceNotFoundException)" in run.stderr

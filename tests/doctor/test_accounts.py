"""What `make doctor` says of good and bad accounts: the exact line and its fix, over the wire that
AWS speaks."""

import re

import pytest

# One process for all: what botocore knows of a dozen services is read once.
pytestmark = pytest.mark.xdist_group("doctor")

MODEL = "mistral.mistral-7b-instruct-v0:2"
LAB = "arn:aws:sts::123456789012:assumed-role/voclabs/user3141592=Ana"


def line(state: str, name: str, found: str, fix: str = "") -> str:
    return f"{state:<4}  {name:<11}  {found}" + (f" → {fix}" if fix else "")


PERMITTED = "ok    permissions  the 7 rights that decide a deploy are allowed"
NO_ROLES = line(
    "fail",
    "permissions",
    "learner lab: this account cannot create roles, and without a role no function runs",
    "such an account cannot run the stack; use one of your own (and make up runs it on this machine)",
)


def test_a_good_account_is_good_in_every_line(examined):
    seen = examined("good")
    assert seen.good
    lines = seen.lines
    assert re.fullmatch(
        r"ok +tools +Python 3\.\S+, Terraform 1\.\S+, Node 2\S+, npm \S+, make \S+",
        lines.pop("tools"),
    )
    assert re.fullmatch(
        r"ok +reply +one token came in \d+\.\d s and cost 0\.0000015 USD", lines.pop("reply")
    )
    assert lines.pop("permissions") == PERMITTED
    assert list(lines.values()) == [
        line(
            "ok",
            "credentials",
            "account 123456789012 as arn:aws:iam::123456789012:user/ana, from the environment",
        ),
        line("ok", "region", "us-east-1, switched on"),
        line("ok", "plan", "paid plan"),
        line("ok", "model", f"{MODEL} is offered in us-east-1, active, on demand and streaming"),
        line("ok", "cloudfront", "allowed: the account has distributions"),
        line("ok", "lambda", "1000 executions at once"),
        line(
            "ok",
            "budgets",
            "this stack's action is free: 1 of the account's two free ones is in use",
        ),
        line("ok", "alert_email", "alarms and AWS Budgets write to ana@example.com"),
        line("ok", "names", "all 10 are free"),
        line("ok", "leftovers", "none"),
    ]


def test_nothing_is_asked_that_could_change_the_account(examined):
    asked = {name for name, _ in examined("good").account.asked}
    reading = re.compile(
        r"\w+ ((Get|Describe|List|Simulate)\w+|(GET|HEAD) \S+)|bedrock POST /model/\S+/converse-stream"
    )
    assert {name for name in asked if not reading.fullmatch(name)} == set()


def test_the_model_is_asked_for_one_token_and_only_if_that_is_wanted(examined):
    bodies = [
        body for name, body in examined("good").account.asked if name.endswith("converse-stream")
    ]
    assert len(bodies) == 1
    assert '"maxTokens": 1}' in bodies[0]
    refused = examined("good", ask_model=False)
    assert not [name for name, _ in refused.account.asked if name.endswith("converse-stream")]
    assert refused.lines["reply"] == line("skip", "reply", "not called (NOMODEL=1)")
    assert refused.good


# The account, the check, and its whole line.
LINES = [
    (
        "root",
        line(
            "warn",
            "credentials",
            "account 123456789012 as arn:aws:iam::123456789012:root, from the environment: the root user, whom nothing limits",
            "make an IAM or Identity Center user and use that one",
        ),
    ),
    (
        "closed-region",
        line(
            "fail",
            "region",
            "us-east-1 is not switched on in this account",
            'aws account enable-region --region-name us-east-1, or set region = "us-east-1" in settings.toml',
        ),
    ),
    (
        "no-region",
        line(
            "fail",
            "region",
            "AWS has no region us-east-1",
            'set region = "us-east-1" in settings.toml',
        ),
    ),
    ("learner-lab", NO_ROLES),
    ("learner-lab-unsimulated", NO_ROLES),
    (
        "unsimulated",
        line(
            "warn",
            "permissions",
            "could not be simulated: these credentials lack iam:SimulatePrincipalPolicy",
            "allow it, or go on: Terraform names the first action that is denied",
        ),
    ),
    (
        "few-permissions",
        line(
            "fail",
            "permissions",
            "denied: iam:CreateRole (the function's role), cloudfront:CreateDistribution (CloudFront), budgets:ModifyBudget (the budget)",
            "allow them to arn:aws:iam::123456789012:user/ana; "
            "a learner lab never allows iam:CreateRole: use an account of your own",
        ),
    ),
    (
        "free-plan",
        line(
            "warn",
            "plan",
            "free plan: 87.50 USD of credits left; AWS closes the account on 2026-12-31, or when they are gone",
            "upgrade under Billing > Account plan before that; the credits stay",
        ),
    ),
    (
        "free-plan-over",
        line(
            "fail",
            "plan",
            "the free plan ended on 2026-10-31",
            "upgrade under Billing > Account plan: until then AWS makes nothing",
        ),
    ),
    (
        "few-executions",
        line(
            "warn",
            "lambda",
            "10 executions at once, for all functions: so many requests and replies together",
            "enough for a few people; more costs nothing: aws service-quotas request-service-quota-increase "
            "--service-code lambda --quota-code L-B99A9384 --desired-value 1000 --region us-east-1",
        ),
    ),
    (
        "many-budgets",
        line(
            "warn",
            "budgets",
            "2 other budgets have actions; two are free, so this stack's costs 0.10 USD a day",
            "remove an action of no use",
        ),
    ),
    (
        "closed-billing",
        line(
            "fail",
            "budgets",
            "AWS Budgets does not answer these credentials",
            "allow budgets:ViewBudget and budgets:ModifyBudget to them; the root user switches on Account > IAM access to Billing",
        ),
    ),
    ("broken", line("warn", "lambda", "AWS returned an error (500: 500)", "run make doctor again")),
]


@pytest.mark.parametrize(
    ("name", "expected"), LINES, ids=[f"{name} {expected.split()[1]}" for name, expected in LINES]
)
def test_an_account_has_this_line(examined, name, expected):
    seen = examined(name)
    check = expected.split()[1]
    assert seen.lines[check] == expected
    assert seen.good == (not seen.of("fail"))
    assert (check in seen.of("fail")) == expected.startswith("fail")


def test_a_learner_lab_fails_for_its_roles_and_its_billing_alone(examined):
    seen = examined("learner-lab")
    assert seen.of("fail") == ["permissions", "budgets"]
    assert seen.lines["credentials"] == line(
        "ok", "credentials", f"account 123456789012 as {LAB}, from the environment"
    )
    assert seen.lines["plan"] == line(
        "skip", "plan", "unknown: these credentials lack freetier:GetAccountPlanState"
    )


def test_a_policy_may_name_the_stacks_own_resources(examined):
    assert examined("own-resources").lines["permissions"] == PERMITTED


def test_a_session_is_simulated_as_its_role(examined):
    simulated = [
        body
        for name, body in examined("learner-lab").account.asked
        if name == "iam SimulatePrincipalPolicy"
    ]
    assert simulated
    assert all(
        "PolicySourceArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fvoclabs&" in body
        for body in simulated
    )


def test_a_region_beside_the_shells_is_told(examined):
    seen = examined("good", env={"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1"})
    fix = "the stack goes to us-east-1; for the aws command: export AWS_REGION=us-east-1"
    assert seen.lines["region"] == line(
        "warn", "region", "us-east-1, while your shell uses eu-west-1", fix
    )


def test_without_an_address_nobody_reads_the_alarms(examined):
    found = "no alert_email: nobody will be told of alarms, nor when the costs near their limit"
    assert examined("good", alert_email=None).lines["alert_email"] == line(
        "warn", "alert_email", found, "set alert_email in settings.toml"
    )


def test_one_checks_trouble_is_no_others(examined):
    seen = examined("broken")
    assert seen.of("warn") == ["plan", "model", "lambda"]
    assert seen.good

"""`make doctor` against the emulator: every check answers, and what it finds is so."""

import json
from dataclasses import replace
from subprocess import CompletedProcess

import boto3

from tests.support.local_stack import LocalStack, copy_of_the_project

CHECKS = [
    "tools",
    "credentials",
    "region",
    "plan",
    "permissions",
    "model",
    "reply",
    "cloudfront",
    "lambda",
    "budgets",
    "alert_email",
]
CHECKS += ["names", "leftovers"]
MOST_RUNS = 5


def lines(run) -> dict[str, str]:
    print(run.stdout)
    return {line.split()[1]: line for line in run.stdout.splitlines()}


def examined(stack: LocalStack, *words: str, check: bool = True) -> CompletedProcess:
    """`make doctor`, run again while a check had no answer in time, as its output asks for: on a
    busy machine the emulator is slow."""
    for _ in range(MOST_RUNS):
        run = stack.make("doctor", *words, check=False)
        if "no answer" not in run.stdout:
            break
    assert not check or run.returncode == 0, run.stdout + run.stderr
    return run


def test_the_running_stack_is_its_own(stack):
    run = examined(stack, "ENV=local")
    seen = lines(run)
    assert list(seen) == CHECKS
    assert {name: line.split()[0] for name, line in seen.items()} == {
        **dict.fromkeys(CHECKS, "ok"),
        **dict.fromkeys(("plan", "model", "budgets"), "skip"),
        "alert_email": "warn",
    }
    assert seen["names"].endswith("all 10 are free or this stack's own")
    assert seen["leftovers"].endswith("none")


def test_another_name_is_free(stack):
    assert lines(examined(stack, "ENV=local", "STACK=other", "NOMODEL=1"))["names"].endswith(
        "all 10 are free"
    )


def test_from_another_folder_the_same_stack_is_in_the_way(stack, tmp_path):
    copy_of_the_project(tmp_path)
    (tmp_path / ".local").mkdir()
    (tmp_path / ".local/settings.json").write_text(json.dumps({"emulator": int(stack.env["PORT"])}))
    run = examined(replace(stack, folder=tmp_path), "ENV=local", "NOMODEL=1", check=False)
    assert run.returncode != 0
    seen = lines(run)
    assert seen["names"] == (
        "fail  names        taken by what this folder's Terraform does not know: s3 bucket "
        "forever-us-local-site-000000000000, "
        "dynamodb table forever-us-local, lambda function forever-us-local and 7 more → deploy "
        "from the folder that made them, "
        "or under another name (STACK=other); if nobody needs what is in them, "
        "make verify-gone lists the way to remove each"
    )
    assert seen["leftovers"].startswith("warn")


def test_the_emulators_iam_denies_what_a_users_policy_does(stack):
    """As on AWS, with a person's own keys: IAM is enforced here too."""
    endpoint = f"http://127.0.0.1:{stack.env['PORT']}"
    root = {
        "aws_access_key_id": "test",
        "aws_secret_access_key": "test",
        "region_name": "us-east-1",
    }
    iam = boto3.client("iam", endpoint_url=endpoint, **root)
    iam.create_user(UserName="ana")
    statements = [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "iam:CreateRole", "Resource": "*"},
    ]
    iam.put_user_policy(
        UserName="ana",
        PolicyName="most",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statements}),
    )
    key = iam.create_access_key(UserName="ana")["AccessKey"]
    keys = {
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
    }
    person = replace(
        stack, env=stack.env | keys | {"AWS_ENDPOINT_URL": endpoint, "AWS_REGION": "us-east-1"}
    )
    try:
        seen = lines(examined(person, "NOMODEL=1", check=False))
    finally:
        iam.delete_access_key(UserName="ana", AccessKeyId=key["AccessKeyId"])
        iam.delete_user_policy(UserName="ana", PolicyName="most")
        iam.delete_user(UserName="ana")
    arn = "arn:aws:iam::000000000000:user/ana"
    assert (
        seen["credentials"]
        == f"ok    credentials  account 000000000000 as {arn}, from the environment"
    )
    assert seen["permissions"] == (
        f"fail  permissions  denied: iam:CreateRole (the function's role) → allow them to {arn}; "
        "a learner lab never allows iam:CreateRole: use an account of your own"
    )


def test_without_an_emulator_it_says_how_to_get_one(stack, tmp_path):
    copy_of_the_project(tmp_path)
    run = replace(stack, folder=tmp_path).make("doctor", "ENV=local", check=False)
    assert run.returncode != 0
    assert "There is no local stack yet: run make up first." in run.stderr

"""What `make doctor` makes of earlier deploys: CloudFront's refusal, names that are taken, things
left behind."""

import json

import pytest

from tests.doctor.test_accounts import line

# One process for all: what botocore knows of a dozen services is read once.
pytestmark = pytest.mark.xdist_group("doctor")

NO_CDN = "set cdn_enabled = false in settings.toml: the page is then a public S3 object over HTTPS, and the chat is the same"
FAILED = (
    "Error: creating CloudFront Distribution: operation error CloudFront: CreateDistributionWithTags, "
    "https response error StatusCode: 403, RequestID: 926c609c-35ed-481b-904f-cc3c9baeadb2, AccessDenied: "
)
REFUSED = (
    f"{FAILED}Your account must be verified before you can add new CloudFront resources. "
    "To verify your account, please contact AWS Support (https://console.aws.amazon.com/support/home#/) and include this error message.\n"
)
DENIED = f"{FAILED}User: arn:aws:iam::123456789012:user/ana is not authorized to perform: cloudfront:CreateDistribution\n"
TABLE = {"mode": "managed", "type": "aws_dynamodb_table", "name": "this", "module": "module.store"}


@pytest.fixture
def folder(project):
    """Where the stack's state and logs are."""
    made = project / ".stacks" / "forever-us"
    made.mkdir(parents=True)
    return made


def test_an_unverified_account_is_offered_the_page_without_cloudfront(examined, folder):
    log = folder / "terraform.log"
    log.write_text(f"aws_s3_bucket.this: Creation complete\n{REFUSED}")
    seen = examined("unverified")
    assert seen.of("fail") == ["cloudfront"]
    support = (
        f"to have CloudFront after all, ask AWS Support to verify the account, then delete {log}"
    )
    found = "AWS refused it in an earlier deploy: the account is not verified"
    assert seen.lines["cloudfront"] == line("fail", "cloudfront", found, f"{NO_CDN}; {support}")
    without = examined("unverified", cdn_enabled=False)
    assert without.good
    assert without.lines["cloudfront"] == line("ok", "cloudfront", "not used (cdn_enabled = false)")
    assert without.lines["permissions"].endswith("the 6 rights that decide a deploy are allowed")


def test_a_new_account_is_told_that_cloudfront_may_refuse_it(examined):
    found = "no distribution yet, and the account looks new: AWS may refuse the first one until it is verified"
    assert examined("unverified").lines["cloudfront"] == line(
        "warn", "cloudfront", found, f"if so, {NO_CDN}"
    )


def test_a_permission_that_was_missing_is_no_refusal_of_the_account(examined, folder):
    (folder / "terraform.log").write_text(DENIED)
    assert examined("unverified").lines["cloudfront"].startswith("warn")


def test_a_distribution_is_the_best_proof(examined, folder):
    (folder / "terraform.log").write_text(REFUSED)
    assert examined("good").lines["cloudfront"] == line(
        "ok", "cloudfront", "allowed: the account has distributions"
    )


def test_cloudfront_may_be_denied(examined):
    found = "these credentials may not use CloudFront, or the account may not"
    expected = line("fail", "cloudfront", found, f"allow cloudfront:* to them, or {NO_CDN}")
    assert examined("no-cloudfront").lines["cloudfront"] == expected


def test_names_that_are_taken_fail_with_what_to_do(examined):
    seen = examined("leftovers")
    found, fix = seen.lines["names"].split(" → ")
    assert found == line(
        "fail",
        "names",
        "taken by what this folder's Terraform does not know: dynamodb table forever-us, cloudwatch log group /aws/lambda/forever-us, "
        "cloudfront origin access control forever-us",
    )
    assert fix == (
        "deploy from the folder that made them, after copying its .stacks/forever-us here, "
        "or under another name (STACK=other); "
        "if nobody needs what is in them, make verify-gone lists the way to remove each"
    )
    assert not seen.good


def test_what_is_left_is_listed_with_a_warning(examined):
    seen = examined("leftovers")
    assert seen.lines["leftovers"] == line(
        "warn",
        "leftovers",
        "4 of an earlier forever-us: arn:aws:apigateway:us-east-1::/apis/a1b2c3d4e5, "
        "arn:aws:cloudfront::123456789012:distribution/E1EXAMPLE, arn:aws:dynamodb:us-east-1:123456789012:table/forever-us and 1 more",
        "make verify-gone lists the way to remove each; what was removed just now may still show for some minutes",
    )


def test_what_the_state_knows_is_this_stacks_own(examined, folder):
    arn = "arn:aws:dynamodb:us-east-1:123456789012:table/forever-us"
    attributes = {"id": "forever-us", "name": "forever-us", "arn": arn}
    (folder / "terraform.tfstate").write_text(
        json.dumps({"resources": [TABLE | {"instances": [{"attributes": attributes}]}]})
    )
    seen = examined("leftovers")
    taken = (
        "cloudwatch log group /aws/lambda/forever-us, cloudfront origin access control forever-us"
    )
    assert f"does not know: {taken} →" in seen.lines["names"]
    assert "3 of an earlier forever-us" in seen.lines["leftovers"]
    assert arn not in seen.lines["leftovers"]


def test_a_state_in_a_bucket_is_left_to_terraforms_plan(examined, folder):
    (folder / "terraform").mkdir()
    seen = examined("leftovers")
    assert seen.of("skip") == ["names", "leftovers"]

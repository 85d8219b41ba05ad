"""What `make doctor` says of credentials that are missing, over or wrong; nothing else is asked
then."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from tests.doctor.test_accounts import line

# One process for all: what botocore knows of a dozen services is read once.
pytestmark = pytest.mark.xdist_group("doctor")

HOW = "sign in with `aws login` or `aws configure sso`, or give an access key to `aws configure`"
NOBODY = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
# As `aws configure sso` writes it.
SSO = """
[profile family]
sso_session = family
sso_account_id = 123456789012
sso_role_name = AdministratorAccess
region = us-east-1

[sso-session family]
sso_start_url = https://example.awsapps.com/start
sso_region = us-east-1
sso_registration_scopes = sso:account:access
"""


def only(seen) -> str:
    """The credentials' line, which no other check got past."""
    assert not seen.good
    assert seen.of("fail") == ["credentials"]
    assert seen.of("ok") == ["tools", "alert_email"]
    assert seen.lines["names"] == line("skip", "names", "needs good credentials")
    return seen.lines["credentials"]


def test_without_credentials_the_doctor_says_how_to_get_them(examined):
    seen = examined("good", env=NOBODY)
    assert only(seen) == line(
        "fail", "credentials", "there are no AWS credentials on this machine", HOW
    )
    assert seen.account.asked == []


def test_a_profile_that_is_not_there_is_named(examined):
    seen = examined("good", env=NOBODY | {"AWS_PROFILE": "famly"})
    assert only(seen) == line(
        "fail",
        "credentials",
        "there is no profile famly",
        "name one of `aws configure list-profiles` in AWS_PROFILE",
    )


def test_an_sso_session_that_is_over_is_renewed_by_signing_in(examined, project):
    (project / "config").write_text(SSO)
    seen = examined(
        "good",
        env=NOBODY
        | {
            "AWS_PROFILE": "family",
            "AWS_CONFIG_FILE": str(project / "config"),
            "HOME": str(project),
        },
    )
    found, fix = only(seen).split(" → ")
    assert found.startswith(line("fail", "credentials", "the SSO session is over ("))
    assert fix == "run aws sso login --profile family"


@pytest.mark.parametrize(
    ("name", "found", "fix"),
    [
        (
            "expired-token",
            "the credentials have expired",
            f"renew them: {HOW}; a learner lab shows new ones under AWS Details",
        ),
        ("unknown-key", "AWS does not know the access key", f"it was deleted or mistyped: {HOW}"),
        ("unsigned", "the secret does not belong to the access key", f"it was mistyped: {HOW}"),
    ],
)
def test_keys_that_aws_refuses_are_named_as_such(examined, name, found, fix):
    assert only(examined(name)) == line("fail", "credentials", found, fix)


@pytest.mark.parametrize(("minutes", "side"), [(25, "behind"), (-25, "ahead of")])
def test_a_clock_that_is_wrong_is_told_by_the_answers_date(examined, minutes, side):
    # The minutes are rounded down: the answer may be used for most of a minute.
    spare = timedelta(seconds=55 if minutes > 0 else -1)
    date = format_datetime(datetime.now(UTC) + timedelta(minutes=minutes) + spare, usegmt=True)
    expected = line(
        "fail",
        "credentials",
        f"this machine's clock is 25 minutes {side} AWS's",
        "set it by network time (NTP)",
    )
    assert only(examined("unsigned", date=date)) == expected


def test_a_machine_without_a_network_cannot_reach_aws(examined):
    seen = examined("good", env={"AWS_ENDPOINT_URL": "http://127.0.0.1:9"})
    fix = "check the internet connection, and HTTPS_PROXY if there is a proxy"
    assert only(seen) == line("fail", "credentials", "AWS cannot be reached", fix)

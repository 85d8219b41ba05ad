"""`make doctor` ends within 30 seconds whatever AWS does."""

import subprocess
import sys

import pytest
from botocore.config import Config

from scripts.doctor import aws, examine, run
from scripts.workspace.settings import OwnerSettings
from tests.doctor.test_accounts import line
from tests.support.fake_account import FakeAccount
from tests.support.local_stack import ROOT

# One process for all: what botocore knows of a dozen services is read once.
pytestmark = pytest.mark.xdist_group("doctor")

SECONDS = 30
# Before the second attempt, at most.
PAUSE = 1
# The target without what installs its packages, and with a wait that a test can wait for.
DOCTOR = """
import sys
import pytest
from botocore.config import Config
from scripts.__main__ import run
from scripts.doctor import aws
aws.WAITS = aws.WAITS.merge(Config(read_timeout=1))
sys.exit(run("doctor", []))
"""


def test_all_waits_end_before_the_deadline_and_the_deadline_before_30_seconds():
    attempts = aws.WAITS.retries["total_max_attempts"]
    longest = attempts * (aws.WAITS.connect_timeout + aws.WAITS.read_timeout)
    assert longest + (attempts - 1) * PAUSE < run.DEADLINE < SECONDS


def test_an_aws_that_hangs_after_the_first_answer_is_given_up(project, monkeypatch):
    monkeypatch.setattr(aws, "WAITS", aws.WAITS.merge(Config(read_timeout=2)))
    lines = []
    with FakeAccount(
        "good",
        hangs=(
            "ec2",
            "freetier",
            "iam",
            "bedrock",
            "cloudfront",
            "lambda",
            "budgets",
            "s3",
            "dynamodb",
            "logs",
            "tagging",
        ),
    ) as account:
        monkeypatch.setenv("AWS_ENDPOINT_URL", account.url)
        assert examine(OwnerSettings("forever-us"), "aws", say=lines.append)
    assert len(lines) == 13
    assert sum(text.startswith("warn") and "no answer" in text for text in lines) == 10


def test_an_answer_that_never_comes_is_not_waited_for_beyond_the_deadline(project, monkeypatch):
    monkeypatch.setattr(run, "DEADLINE", 1)
    lines = []
    with FakeAccount("good", hangs=("",)) as account:
        monkeypatch.setenv("AWS_ENDPOINT_URL", account.url)
        examine(OwnerSettings("forever-us"), "aws", say=lines.append)
    assert any("no answer within 1 s" in text for text in lines)


def test_an_aws_that_hangs_at_once_ends_the_program(monkeypatch):
    """The program itself: no thread keeps it alive."""
    with FakeAccount("good", hangs=("",)) as account:
        monkeypatch.setenv("AWS_ENDPOINT_URL", account.url)
        ended = subprocess.run(
            [sys.executable, "-c", DOCTOR],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=300,
        )
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    fix = "check the internet connection, and HTTPS_PROXY if there is a proxy"
    assert line("fail", "credentials", "AWS cannot be reached", fix) in ended.stdout.splitlines()

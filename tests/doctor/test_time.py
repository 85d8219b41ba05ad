"""`make doctor` ends within 30 seconds whatever AWS does."""

import subprocess
import sys
import time

from scripts.doctor import examine
from scripts.workspace.settings import OwnerSettings
from tests.doctor.test_accounts import line
from tests.support.fake_account import FakeAccount
from tests.support.local_stack import ROOT

SECONDS = 30
# The target without what installs its packages.
DOCTOR = "import sys; from scripts.__main__ import run; sys.exit(run('doctor', []))"


def test_an_aws_that_hangs_after_the_first_answer_is_given_up(project, monkeypatch):
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
    ) as aws:
        monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url)
        began = time.monotonic()
        assert examine(OwnerSettings("forever-us"), "aws", say=lines.append)
        assert time.monotonic() - began < SECONDS
    assert len(lines) == 13
    assert sum(text.startswith("warn") and "no answer" in text for text in lines) == 10


def test_an_aws_that_hangs_at_once_ends_the_program(monkeypatch):
    """The program itself: no thread keeps it alive."""
    with FakeAccount("good", hangs=("",)) as aws:
        monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url)
        began = time.monotonic()
        run = subprocess.run(
            [sys.executable, "-c", DOCTOR],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert time.monotonic() - began < SECONDS
    assert run.returncode == 1
    assert "Traceback" not in run.stderr
    fix = "check the internet connection, and HTTPS_PROXY if there is a proxy"
    assert line("fail", "credentials", "AWS cannot be reached", fix) in run.stdout.splitlines()

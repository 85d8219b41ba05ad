"""A deployed stack as the commands get it, without an account: moto answers in AWS's place."""

import argparse
import time

import boto3
import pytest
from botocore.stub import Stubber

from scripts.stack.connection import DeployedStack
from scripts.workspace.target import StackTarget

GROUP = "/aws/lambda/chat"


class DeployedDouble(DeployedStack):
    """A stack on AWS over a table that the test has. Its services are at `endpoint`, unless `stub`
    lets the test play one."""

    def __init__(self, outputs: dict, table, endpoint: str = ""):
        outputs = {
            "stack": "forever-us",
            "region": "us-east-1",
            "site_url": "https://page",
        } | outputs
        super().__init__(outputs, StackTarget.of("aws"))
        self._table = table
        self._endpoint = endpoint
        self._stubbed: dict[str, object] = {}

    def table(self):
        return self._table

    def client(self, service: str):
        return self._stubbed.get(service) or boto3.client(service, endpoint_url=self._endpoint)

    def stub(self, service: str) -> Stubber:
        """That service from now on, which answers what the test queues."""
        self._stubbed[service] = self.client(service)
        return Stubber(self._stubbed[service])

    def log(self, *messages: str, ago: float = 60) -> None:
        """Lines that the function wrote so many seconds ago."""
        at = int((time.time() - ago) * 1000)
        lines = [{"timestamp": at + n, "message": message} for n, message in enumerate(messages)]
        self.client("logs").put_log_events(logGroupName=GROUP, logStreamName="one", logEvents=lines)


@pytest.fixture
def deployed(aws, table, bench):
    """A stack with an empty log, whose model is on."""
    sns, logs = (boto3.client(service, endpoint_url=aws) for service in ("sns", "logs"))
    topic = sns.create_topic(Name="chat-alarms")["TopicArn"]
    logs.create_log_group(logGroupName=GROUP)
    logs.create_log_stream(logGroupName=GROUP, logStreamName="one")
    alarms = {"alarms": ["chat-failures", "chat-slow"], "alarm_topic_arn": topic}
    limits = {"monthly_limit_usd": 5, "daily_limit_usd": 1}
    return DeployedDouble({"log_group": GROUP, **limits, **alarms}, table, aws)


@pytest.fixture
def run(deployed, capsys):
    """Runs a command; its lines on stdout, and stderr."""

    def run(command, **options: object) -> tuple[list[str], str]:
        assert not command(argparse.Namespace(**options), deployed)
        said = capsys.readouterr()
        return said.out.splitlines(), said.err

    return run

"""A stack's log, alarms and topic over their real wires, for tests of the commands that read them."""

import argparse
import time
from types import SimpleNamespace

import boto3
import pytest
from botocore.stub import Stubber
from moto.server import ThreadedMotoServer

GROUP = "/aws/lambda/chat"


class WatchedStack:
    """A stack as `scripts.stack.connection` gives it: its outputs, its store and its clients."""

    def __init__(self, url: str, store, table):
        self._url, self._store, self._table, self._given = url, store, table, {}
        self.target = SimpleNamespace(is_local=False, words="")
        self.outputs = {
            "log_group": GROUP,
            "stack": "chat",
            "site_url": "https://chat.example/",
            "monthly_limit_usd": 5,
            "daily_limit_usd": 1,
            "alarms": ["chat-failures", "chat-slow"],
            "alarm_topic_arn": self.real("sns").create_topic(Name="chat-alarms")["TopicArn"],
        }
        self.real("logs").create_log_group(logGroupName=GROUP)
        self.real("logs").create_log_stream(logGroupName=GROUP, logStreamName="one")

    def real(self, service: str):
        return boto3.client(service, endpoint_url=self._url)

    def client(self, service: str):
        return self._given.get(service) or self.real(service)

    def give(self, service: str) -> Stubber:
        """From now on that service answers as it is told."""
        self._given[service] = self.real(service)
        return Stubber(self._given[service])

    def store(self):
        return self._store

    def table(self):
        return self._table

    def wrote(self, *messages: str, ago: float = 60) -> None:
        """The function did, so many seconds ago."""
        at = int((time.time() - ago) * 1000)
        told = [{"timestamp": at + n, "message": message} for n, message in enumerate(messages)]
        self.real("logs").put_log_events(logGroupName=GROUP, logStreamName="one", logEvents=told)

    def remove(self) -> None:
        self.real("logs").delete_log_group(logGroupName=GROUP)
        self.real("sns").delete_topic(TopicArn=self.outputs["alarm_topic_arn"])


@pytest.fixture(scope="session")
def aws():
    """CloudWatch Logs, CloudWatch and SNS."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture
def watched(aws, bench, table):
    """A stack with an empty log, whose model is on."""
    watched = WatchedStack(aws, bench.store, table)
    yield watched
    watched.remove()


@pytest.fixture
def run(watched, capsys):
    """Runs a command; its lines on stdout, and stderr."""

    def run(command, **options: object) -> tuple[list[str], str]:
        assert command(argparse.Namespace(**options), watched) == 0
        said = capsys.readouterr()
        return said.out.splitlines(), said.err

    return run

"""Fixtures of the worker's tests: a queue and a table of a test's own, a scripted model, workers
that end with the test."""

import time
from collections.abc import Callable

import boto3
import pytest

from tests.contract.conftest import make_table
from tests.support.emulator import bare_emulator
from tests.support.fake_openai import openai_server
from tests.support.queue import Post
from tests.support.worker_process import WorkerProcess


@pytest.fixture(scope="session")
def bare_aws():
    """The address of an emulator without a stack."""
    with bare_emulator() as url:
        yield url


@pytest.fixture
def post(bare_aws, table_plan):
    """A queue and a table of the test's own."""
    table = make_table(boto3.resource("dynamodb", endpoint_url=bare_aws), table_plan)
    return Post.new(boto3.client("sqs", endpoint_url=bare_aws), table)


@pytest.fixture
def said():
    """A model server whose words the test writes."""
    with openai_server() as server:
        yield server


@pytest.fixture
def start_worker(post, said, tmp_path):
    """Starts workers that end with the test, ready before it goes on."""
    begun = []

    def start(worker: str = "local-1", *, ready: bool = True, **more: object) -> WorkerProcess:
        given = {} if "MODEL_FILE" in more else {"MODEL_URL": said.url}
        begun.append(WorkerProcess(post, tmp_path, worker, **given | more))
        if ready:
            begun[-1].is_("ready")
        return begun[-1]

    yield start
    for process in begun:
        process.kill()


def wait(holds: Callable[[], object], *, seconds: float = 15) -> object:
    """What `holds` returns, as soon as that is true."""
    until = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < until, "it does not hold"
        time.sleep(0.02)
    return found

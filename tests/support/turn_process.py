"""One turn in a process of its own, to be killed: python -m tests.support.turn_process TABLE_URL
TABLE MODEL_URL EVENT."""

import json
import sys

import boto3

from handler.app import App
from handler.settings import Settings
from tests.support.lambda_bench import FakeConnections, Invoker, LambdaContext, RunningClock

if __name__ == "__main__":
    table_url, table, model_url, settings, event = sys.argv[1:]
    app = App(
        Settings.read(json.loads(settings)),
        table=boto3.resource("dynamodb", endpoint_url=table_url).Table(table),
        bedrock=boto3.client("bedrock-runtime", endpoint_url=model_url),
        connections=FakeConnections(),
        lambda_client=Invoker(),
        send_job=print,
        clock=RunningClock(),
    )
    app.handle(json.loads(event), LambdaContext(300))

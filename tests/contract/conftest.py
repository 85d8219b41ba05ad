"""The handler over DynamoDB's and Bedrock's real wires. The table comes from Terraform's own plan:
the schema lives once."""

import json
import shutil
import subprocess
import threading
import time
from pathlib import Path
from queue import Queue

import boto3
import pytest
from moto.server import ThreadedMotoServer

from handler import aws
from handler.app import App
from handler.ids import new_id
from handler.settings import Settings
from handler.store import Store
from handler.tokens import hash_token, new_token
from scripts.local.bedrock.faults import Fault, Faults
from scripts.local.bedrock.server import Server
from scripts.terraform.cli import binary, environment, mirror_options
from tests.support.lambda_bench import SITE_ORIGIN, Bench, FakeConnections, Invoker

ROOT = Path(__file__).parents[2]
_PLAN = """
provider "aws" {
  region                      = "us-east-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
}

module "store" {
  source = "./store"
  name   = "contract"
}
"""


@pytest.fixture(scope="session")
def table_plan(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """The table's attributes as Terraform plans them."""
    folder = tmp_path_factory.mktemp("store")
    shutil.copytree(ROOT / "terraform/modules/store", folder / "store")
    (folder / "main.tf").write_text(_PLAN)
    shutil.copy(ROOT / "terraform/.terraform.lock.hcl", folder)

    def terraform(*words: str) -> str:
        run = subprocess.run(
            [binary(), *words],
            cwd=folder,
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stderr
        return run.stdout

    terraform("init", "-input=false", *mirror_options())
    terraform("plan", "-input=false", "-out=plan")
    plan = json.loads(terraform("show", "-json", "plan"))
    (resource,) = plan["planned_values"]["root_module"]["child_modules"][0]["resources"]
    return resource["values"]


@pytest.fixture(scope="session")
def dynamodb():
    """DynamoDB on its real wire."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield boto3.resource("dynamodb", endpoint_url=f"http://{host}:{port}")
    server.stop()


@pytest.fixture
def table(dynamodb, table_plan):
    """An empty table of the planned schema."""
    table = make_table(dynamodb, table_plan)
    yield table
    table.delete()


def make_table(dynamodb, table_plan: dict, name: str | None = None):
    """A table of the planned schema, wherever `dynamodb` points."""
    keys = [
        {"AttributeName": table_plan["hash_key"], "KeyType": "HASH"},
        {"AttributeName": table_plan["range_key"], "KeyType": "RANGE"},
    ]
    indexes = [
        {
            "IndexName": index["name"],
            "KeySchema": [keys[0], {"AttributeName": index["range_key"], "KeyType": "RANGE"}],
            "Projection": {
                "ProjectionType": index["projection_type"],
                "NonKeyAttributes": index["non_key_attributes"],
            },
        }
        for index in table_plan["local_secondary_index"]
    ]
    return dynamodb.create_table(
        TableName=name or f"forever-us-{new_id()}",
        BillingMode=table_plan["billing_mode"],
        KeySchema=keys,
        AttributeDefinitions=[
            {"AttributeName": a["name"], "AttributeType": a["type"]}
            for a in table_plan["attribute"]
        ],
        LocalSecondaryIndexes=indexes,
    )


class Bedrock:
    """The local Bedrock runtime with scripted replies, and what it was asked."""

    def __init__(self):
        self.faults = Faults(enabled=True)
        self._server = Server(0, lambda: None, self.faults)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()

    def says(self, reply: str | None = None, **fault: object) -> None:
        """Script the next call."""
        self.faults.add([Fault(reply=reply, **fault)])

    @property
    def calls(self) -> int:
        return self.faults.report()["calls"]

    @property
    def asked(self) -> list[dict]:
        return [call["body"] for call in self.faults.report()["recent"]]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def model():
    bedrock = Bedrock()
    yield bedrock
    bedrock.stop()


@pytest.fixture
def environment_of_function(table) -> dict[str, str]:
    """The function's environment, as Terraform sets it."""
    return {
        "AWS_REGION": "us-east-1",
        "TABLE_NAME": table.name,
        "MODEL_ID": "mistral.mistral-7b-instruct-v0:2",
        "PERSONA": "You are Forever Us.",
        "MAX_TOKENS": "512",
        "MONTHLY_LIMIT_USD": "5",
        "DAILY_LIMIT_USD": "1",
        "SITE_ORIGIN": SITE_ORIGIN,
        "AWS_LAMBDA_FUNCTION_NAME": "forever-us",
        "WORKER_QUEUE_URL": "http://127.0.0.1:1/jobs",
    }


@pytest.fixture
def settings(environment_of_function) -> Settings:
    return Settings.read(environment_of_function)


@pytest.fixture
def bench(table, model, settings) -> Bench:
    """A stack with the model switched on."""
    return make_bench(table, model, settings)


def make_bench(table, model, settings: Settings, clock=time.time) -> Bench:
    """A stack with the model switched on, over any table; `clock` is its time of day."""
    connections, invoker, jobs = FakeConnections(), Invoker(), Queue()
    bedrock = aws.bedrock(endpoint_url=model.url)
    app = App(
        settings,
        table=table,
        bedrock=bedrock,
        connections=connections,
        lambda_client=invoker,
        send_job=jobs.put,
        clock=clock,
    )
    store = Store(table)
    store.switch.switch_on(until=4_000_000_000)
    return Bench(app, store, connections, invoker, model, jobs)


@pytest.fixture
def invite(bench):
    """Makes guests; gives their token."""

    def make(name: str = "ana", *, days: int = 30, daily_limit: int = 50) -> str:
        token = new_token()
        bench.store.guests.create(
            name=name,
            token_hash=hash_token(token),
            days=days,
            daily_limit=daily_limit,
            now=bench.app.api.clock(),
        )
        return token

    return make


@pytest.fixture
def token(invite) -> str:
    return invite()

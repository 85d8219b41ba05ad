"""The handler over DynamoDB's and Bedrock's real wires. The table comes from Terraform's own plan:
the schema lives once. DynamoDB is the emulator's, or moto's where a module says so: two programs
that were written apart must understand what the store asks."""

import boto3
import pytest

from handler.settings import Settings
from handler.tokens import hash_token, new_token
from tests.support.aws_models import shared_aws_models  # noqa: F401
from tests.support.lambda_bench import SITE_ORIGIN, Bench, ScriptedBedrock, make_bench
from tests.support.moto_server import MotoServer
from tests.support.planned_table import make_table


@pytest.fixture(scope="session")
def moto():
    """moto's AWS on its real wire."""
    with MotoServer() as server:
        yield server


@pytest.fixture
def aws(moto):
    """The address of an AWS that has nothing yet."""
    yield moto.url
    moto.reset()


@pytest.fixture(scope="session")
def dynamodb(bare_aws):
    return boto3.resource("dynamodb", endpoint_url=bare_aws)


@pytest.fixture
def motos_dynamodb(aws):
    """A second opinion on what the store asks; slower."""
    return boto3.resource("dynamodb", endpoint_url=aws)


@pytest.fixture
def table(dynamodb, table_plan):
    """An empty table of the planned schema."""
    return make_table(dynamodb, table_plan)


@pytest.fixture
def model():
    bedrock = ScriptedBedrock()
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
            now=bench.app.http.clock(),
        )
        return token

    return make


@pytest.fixture
def token(invite) -> str:
    return invite()

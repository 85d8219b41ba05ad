"""DynamoDB's table as Terraform plans it, made wherever a test wants it: the schema lives once."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from handler.ids import new_id
from scripts.terraform.cli import binary, environment, mirror_options
from tests.support.shared_cache import cached, digest_of

ROOT = Path(__file__).parents[2]
MODULE = ROOT / "terraform/modules/store"
LOCK_FILE = ROOT / "terraform/.terraform.lock.hcl"
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
    digest = digest_of(_PLAN, binary(), files=[*MODULE.rglob("*.tf"), LOCK_FILE])
    return cached("table-plan", digest, lambda: _planned(tmp_path_factory.mktemp("store")))


def _planned(folder: Path) -> dict:
    shutil.copytree(MODULE, folder / "store")
    (folder / "main.tf").write_text(_PLAN)
    shutil.copy(LOCK_FILE, folder)

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
    attributes = table_plan["attribute"]
    return dynamodb.create_table(
        TableName=name or f"forever-us-{new_id()}",
        BillingMode=table_plan["billing_mode"],
        KeySchema=keys,
        AttributeDefinitions=[
            {"AttributeName": one["name"], "AttributeType": one["type"]} for one in attributes
        ],
        LocalSecondaryIndexes=indexes,
    )


def every_item(table, **options: object) -> list[dict]:
    """Every item of a table by its key, as far as the scan's `options` let it through."""
    items, start = [], {}
    while True:
        page = table.scan(ConsistentRead=True, **options, **start)
        items += page["Items"]
        if "LastEvaluatedKey" not in page:
            return sorted(items, key=lambda item: (item["pk"], item["sk"]))
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

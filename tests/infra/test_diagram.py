"""The diagram of docs/architecture.md names every service that Terraform plans."""

import re

import pytest

from scripts.costs.idle import kind_of
from scripts.stack.aws_kinds import KINDS
from tests.support.terraform_tests import ROOT


def labels(markdown: str) -> set[str]:
    """The texts of a page's first Mermaid diagram: what stands in quotes, before any colon."""
    diagram = re.search(r"^```mermaid\n(.*?)^```$", markdown, re.MULTILINE | re.DOTALL)
    texts = re.findall(r'"([^"]+)"', diagram[1]) if diagram else []
    return {text.split(":")[0] for text in texts}


@pytest.mark.parametrize(
    ("markdown", "found"),
    [
        (
            '```mermaid\nflowchart TB\n  a["S3"] --> b[("DynamoDB: a table")]\n```\n',
            {"S3", "DynamoDB"},
        ),
        ('```mermaid\nsubgraph api["API Gateway"]\nend\n```\n"SNS"\n', {"API Gateway"}),
        ('```sh\necho "S3"\n```\n', set()),
    ],
)
def test_labels_are_those_of_the_diagram(markdown, found):
    assert labels(markdown) == found


def test_every_planned_service_is_named(tested):
    planned = {kind_of(address) for plan in tested.plans.values() for address in plan} - {""}
    services = {KINDS[kind].service for kind in planned}
    named = labels((ROOT / "docs/architecture.md").read_text())
    missing = {
        service
        for service in services
        if not any(re.search(rf"\b{service}$", label) for label in named)
    }
    assert missing == set()

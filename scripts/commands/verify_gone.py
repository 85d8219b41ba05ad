"""Looks for anything of the stack that still exists."""

from argparse import Namespace

from scripts.console.progress import say
from scripts.stack import leftovers
from scripts.terraform.driver import TerraformStack
from scripts.workspace.settings import OwnerSettings
from scripts.workspace.target import StackTarget


def run(_options: Namespace, wanted: OwnerSettings, target: StackTarget) -> int:
    """0 when all is gone."""
    region = TerraformStack(target).applied().get("region", wanted.region)
    return leftovers.verify(target, region, say=say)

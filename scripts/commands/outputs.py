"""Prints the stack's outputs."""

import json
from argparse import Namespace

from scripts.stack.connection import DeployedStack


def run(_options: Namespace, deployed: DeployedStack) -> None:
    """One JSON object and nothing else."""
    print(json.dumps(deployed.outputs, indent=2, sort_keys=True))

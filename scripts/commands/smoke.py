"""Asks the page, the API and the model once."""

from argparse import Namespace

from scripts.console.progress import say
from scripts.stack import smoke
from scripts.stack.connection import DeployedStack


def run(_options: Namespace, deployed: DeployedStack) -> None:
    smoke.endpoints(deployed.outputs, say)
    smoke.chat(deployed, say)

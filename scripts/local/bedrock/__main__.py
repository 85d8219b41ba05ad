"""Serves Bedrock's runtime API on 127.0.0.1 with a real model behind it.

python -m scripts.local.bedrock --port 8091 --model file.gguf MODEL_KEY=… MODEL_NAME=… python -m
scripts.local.bedrock --port 8091 --model-url http://127.0.0.1:11434"""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from scripts.llm.llama import Llama
from scripts.llm.upstream import Upstream
from scripts.local.bedrock.faults import Faults
from scripts.local.bedrock.server import Server


def main() -> int:
    """Serves until it is told to end."""
    options = _parse()
    server = Server(options.port, _upstream(options), Faults(enabled=options.faults))
    print(f"Bedrock runtime on http://127.0.0.1:{server.server_port}", file=sys.stderr, flush=True)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever(poll_interval=0.1)
    os._exit(0)  # llama.cpp waits for its running replies otherwise; nobody reads them any more


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--port", type=int, required=True, help="port on 127.0.0.1; 0 for any free one"
    )
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--model", type=Path, help="a GGUF file")
    source.add_argument("--model-url", help="an OpenAI-compatible server")
    parser.add_argument(
        "--faults", action="store_true", help="let tests script faults: POST /_faults, GET /_calls"
    )
    options = parser.parse_args()
    if not (options.model or options.model_url or options.faults):
        parser.error("give --model or --model-url")
    return options


def _upstream(options: argparse.Namespace):
    if options.model:
        return Llama(options.model).upstream
    if options.model_url:
        remote = Upstream(
            options.model_url, os.environ.get("MODEL_KEY"), os.environ.get("MODEL_NAME")
        )
        return lambda: remote
    return lambda: None


if __name__ == "__main__":
    sys.exit(main())

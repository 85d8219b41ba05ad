"""Serves Bedrock's runtime API on 127.0.0.1 with a real model behind it.

python -m scripts.local.bedrock --port 8091 --model file.gguf
MODEL_KEY=… MODEL_NAME=… python -m scripts.local.bedrock --port 8091 --model-url http://…"""

import argparse
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from scripts.llm.client import ChatClient
from scripts.llm.llama import Llama
from scripts.local.bedrock.server import BedrockServer


def main() -> None:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--port", type=int, required=True, help="on 127.0.0.1; 0 for any free one")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--model", type=Path, help="a GGUF file")
    source.add_argument("--model-url", help="an OpenAI-compatible server")
    options = parser.parse_args()
    serve(BedrockServer(options.port, _client(options)))


def serve(server: BedrockServer) -> None:
    """Until SIGTERM or Ctrl-C, which end the process."""
    print(f"Bedrock runtime on http://127.0.0.1:{server.server_port}", file=sys.stderr, flush=True)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever(poll_interval=0.1)
    os._exit(0)  # llama.cpp would wait for its running replies, which nobody reads any more


def _client(options: argparse.Namespace) -> Callable[[], ChatClient | None]:
    if options.model:
        return Llama(options.model).client
    key, name = os.environ.get("MODEL_KEY"), os.environ.get("MODEL_NAME")
    remote = ChatClient(options.model_url, key, name)
    return lambda: remote


if __name__ == "__main__":
    main()
